//! Metric queries of Datadog, as far as the definitions use them: `sum:name{filter} by {tags}.as_count()`.

use std::fmt;

/// A metric query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricQuery {
    /// How series are combined: `sum`, `avg`, `max`, `min` or `count`.
    pub aggregator: String,
    /// The metric.
    pub metric: String,
    /// Which series count.
    pub filter: Filter,
    /// The keys of the tags that split the result.
    pub by: Vec<String>,
    /// What follows, such as `.as_count()`.
    pub functions: String,
}

/// Which series a query reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `*`: every series.
    All,
    /// `key:value`. The value may hold `*`.
    Tag(String, String),
    /// `$name`: a template variable of the dashboard.
    Variable(String),
    /// All of these.
    And(Vec<Filter>),
    /// One of these.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
}

/// A query cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the metric query `{query}` cannot be read: {reason}")]
pub struct QueryError {
    query: String,
    reason: &'static str,
}

const AGGREGATORS: [&str; 5] = ["sum", "avg", "max", "min", "count"];

impl MetricQuery {
    /// Reads a whole query.
    ///
    /// # Errors
    /// When it has another form.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let refuse = |reason| QueryError { query: text.to_owned(), reason };
        let (query, rest) = Self::prefix(text).map_err(refuse)?;
        if rest.is_empty() { Ok(query) } else { Err(refuse("something follows it")) }
    }

    /// Every metric query in a longer expression, such as a monitor's, with the place where it stands.
    #[must_use]
    pub fn find_all(text: &str) -> Vec<(std::ops::Range<usize>, Self)> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let next = AGGREGATORS.iter().filter_map(|name| rest.find(&format!("{name}:"))).min();
            let Some(next) = next else { break };
            let start = at + next;
            match Self::prefix(&text[start..]) {
                Ok((query, rest)) => {
                    at = text.len() - rest.len();
                    found.push((start..at, query));
                }
                Err(_) => at = start + 1,
            }
        }
        found
    }

    /// Reads the query that `text` begins with, and gives what follows it.
    fn prefix(text: &str) -> Result<(Self, &str), &'static str> {
        let (aggregator, rest) = text.split_once(':').ok_or("it has no aggregator, such as `sum:`")?;
        if !AGGREGATORS.contains(&aggregator) {
            return Err("its aggregator is not one of sum, avg, max, min and count");
        }
        let (metric, rest) = rest.split_once('{').ok_or("it has no filter in braces")?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        if metric.is_empty() || !metric.chars().all(is_name) {
            return Err("its metric is not a name");
        }
        let (filter, mut rest) = rest.split_once('}').ok_or("its filter does not end")?;
        let filter = Filter::parse(filter)?;
        let mut by = Vec::new();
        if let Some(keys) = rest.strip_prefix(" by {") {
            let (keys, after) = keys.split_once('}').ok_or("its tags do not end")?;
            by = keys.split(',').map(|key| key.trim().to_owned()).collect();
            rest = after;
        }
        let mut functions = String::new();
        while rest.starts_with('.') {
            let end = rest.find(')').ok_or("a function does not end")?;
            functions.push_str(&rest[..=end]);
            rest = &rest[end + 1..];
        }
        let query = Self { aggregator: aggregator.to_owned(), metric: metric.to_owned(), filter, by, functions };
        Ok((query, rest))
    }
}

impl Filter {
    /// Reads what stands between the braces. An empty text is [`Filter::All`].
    fn parse(text: &str) -> Result<Self, &'static str> {
        let mut words = words(text);
        words.reverse();
        if words.is_empty() {
            return Ok(Self::All);
        }
        let filter = Self::any_of(&mut words)?;
        if words.is_empty() { Ok(filter) } else { Err("its filter has too many parentheses") }
    }

    fn any_of(words: &mut Vec<String>) -> Result<Self, &'static str> {
        let mut all = vec![Self::all_of(words)?];
        while words.last().is_some_and(|word| word == "OR") {
            words.pop();
            all.push(Self::all_of(words)?);
        }
        Ok(single(all, Self::Or))
    }

    fn all_of(words: &mut Vec<String>) -> Result<Self, &'static str> {
        let mut all = vec![Self::one(words)?];
        while words.last().is_some_and(|word| word == "AND" || word == ",") {
            words.pop();
            all.push(Self::one(words)?);
        }
        Ok(single(all, Self::And))
    }

    fn one(words: &mut Vec<String>) -> Result<Self, &'static str> {
        match words.pop().as_deref() {
            None => Err("its filter ends too early"),
            Some("(") => {
                let inner = Self::any_of(words)?;
                if words.pop().as_deref() == Some(")") { Ok(inner) } else { Err("its filter lacks a parenthesis") }
            }
            Some("NOT" | "!") => Ok(Self::Not(Box::new(Self::one(words)?))),
            Some("*") => Ok(Self::All),
            Some(word) => match (word.strip_prefix('$'), word.split_once(':')) {
                (Some(name), _) => Ok(Self::Variable(name.to_owned())),
                (None, Some((key, value))) => Ok(Self::Tag(key.to_owned(), value.to_owned())),
                (None, None) => Err("its filter has a word that is neither key:value nor a variable"),
            },
        }
    }

    /// Whether a series with `tags` counts. Template variables select everything.
    #[must_use]
    pub fn selects(&self, tags: &[String]) -> bool {
        match self {
            Self::All | Self::Variable(_) => true,
            Self::Tag(key, pattern) => tags
                .iter()
                .any(|tag| tag.split_once(':').is_some_and(|(other, value)| other == key && matches(pattern, value))),
            Self::And(all) => all.iter().all(|filter| filter.selects(tags)),
            Self::Or(any) => any.iter().any(|filter| filter.selects(tags)),
            Self::Not(inner) => !inner.selects(tags),
        }
    }

    /// This filter and `more`.
    #[must_use]
    pub fn and(self, more: impl IntoIterator<Item = Self>) -> Self {
        let mut all = match self {
            Self::All => Vec::new(),
            Self::And(all) => all,
            other => vec![other],
        };
        all.extend(more);
        if all.is_empty() { Self::All } else { single(all, Self::And) }
    }

    /// This filter without the conditions all of whose parts are `unwanted`.
    #[must_use]
    pub fn without(self, unwanted: &dyn Fn(&Self) -> bool) -> Self {
        let is_unwanted = |filter: &Self| filter.leaves().into_iter().all(unwanted);
        match self {
            Self::And(all) => Self::All.and(all.into_iter().filter(|filter| !is_unwanted(filter))),
            filter if is_unwanted(&filter) => Self::All,
            filter => filter,
        }
    }

    /// Every part that is not a combination.
    #[must_use]
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::And(all) | Self::Or(all) => all.iter().flat_map(Self::leaves).collect(),
            Self::Not(inner) => inner.leaves(),
            leaf => vec![leaf],
        }
    }

    fn has_words(&self) -> bool {
        match self {
            Self::Or(_) => true,
            Self::And(all) => all.iter().any(Self::has_words),
            Self::Not(inner) => inner.has_words(),
            _ => false,
        }
    }

    /// Datadog accepts either commas or words in one filter, not both (docs, *Boolean filtered queries*).
    fn write(&self, with_words: bool) -> String {
        match self {
            Self::All => "*".to_owned(),
            Self::Tag(key, value) => format!("{key}:{value}"),
            Self::Variable(name) => format!("${name}"),
            Self::Not(inner) if with_words => format!("NOT {}", inner.write_inner(true)),
            Self::Not(inner) => format!("!{}", inner.write_inner(false)),
            Self::And(all) if with_words => join(all, " AND "),
            Self::And(all) => all.iter().map(|filter| filter.write(false)).collect::<Vec<_>>().join(","),
            Self::Or(any) => join(any, " OR "),
        }
    }

    fn write_inner(&self, with_words: bool) -> String {
        match self {
            Self::And(_) | Self::Or(_) => format!("({})", self.write(with_words)),
            leaf => leaf.write(with_words),
        }
    }
}

fn join(all: &[Filter], word: &str) -> String {
    all.iter().map(|filter| filter.write_inner(true)).collect::<Vec<_>>().join(word)
}

fn single(mut all: Vec<Filter>, combine: fn(Vec<Filter>) -> Filter) -> Filter {
    if all.len() > 1 {
        return combine(all);
    }
    all.pop().unwrap_or(Filter::All)
}

/// The words of a filter; parentheses, commas and `!` are words.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let is_mark = matches!(c, '(' | ')' | ',') || (c == '!' && word.is_empty());
        if is_mark || c.is_whitespace() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            words.extend(is_mark.then(|| c.to_string()));
        } else {
            word.push(c);
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// Whether `value` has the form of `pattern`, in which `*` stands for any text.
fn matches(pattern: &str, value: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else { return pattern == value };
    let Some(rest) = value.strip_prefix(before) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| matches(after, &rest[at..]))
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(self.has_words()))
    }
}

impl fmt::Display for MetricQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { aggregator, metric, filter, by, functions } = self;
        write!(f, "{aggregator}:{metric}{{{filter}}}")?;
        if !by.is_empty() {
            write!(f, " by {{{}}}", by.join(","))?;
        }
        f.write_str(functions)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        for (text, written) in [
            ("sum:a.b{*}.as_count()", None),
            ("sum:a.b{}.as_count()", Some("sum:a.b{*}.as_count()")),
            ("sum:a{$flow,env:prod} by {flow,metric}.as_count().rollup(sum, 60)", None),
            ("max:a{!env:prod,x:y}", None),
            ("sum:a{(metric:*error* OR metric:*fail*) AND env:prod}", None),
            ("sum:a{(m:a OR m:b), $flow}", Some("sum:a{(m:a OR m:b) AND $flow}")),
            ("sum:a{NOT (m:a OR m:b)}", None),
        ] {
            assert_eq!(MetricQuery::parse(text).unwrap().to_string(), written.unwrap_or(text), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused_with_a_reason() {
        for (text, reason) in [
            ("a.b{*}", "no aggregator"),
            ("median:a{*}", "aggregator is not"),
            ("sum:a b{*}", "not a name"),
            ("sum:a", "no filter"),
            ("sum:a{x", "does not end"),
            ("sum:a{x}", "neither key:value"),
            ("sum:a{(x:y}", "parenthesis"),
            ("sum:a{x:y)}", "too many"),
            ("sum:a{x:y,}", "too early"),
            ("sum:a{*} > 1", "something follows"),
            ("sum:a{*}.as_count(", "a function does not end"),
        ] {
            let error = MetricQuery::parse(text).unwrap_err().to_string();
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn queries_are_found_in_a_monitors_expression() {
        let text = "sum(last_1h):default_zero(sum:a.b{x:y} by {flow}.as_count()) + max:c{*} < 1";
        let found: Vec<_> = MetricQuery::find_all(text).iter().map(|(at, _)| &text[at.clone()]).collect();
        assert_eq!(found, ["sum:a.b{x:y} by {flow}.as_count()", "max:c{*}"]);
    }

    #[test]
    fn a_filter_selects_by_tags_patterns_and_words() {
        let tags = ["flow:ivr".to_owned(), "metric:api_error".to_owned()];
        let selects = |filter: &str| MetricQuery::parse(&format!("sum:a{{{filter}}}")).unwrap().filter.selects(&tags);
        for filter in ["*", "$flow", "flow:ivr", "metric:*error*", "metric:api*", "flow:*", "a:b OR flow:ivr", "!a:b"] {
            assert!(selects(filter), "{filter}");
        }
        for filter in ["flow:i", "metric:error", "flow:ivr,a:b", "NOT flow:ivr", "metric:*fail*"] {
            assert!(!selects(filter), "{filter}");
        }
    }
}
