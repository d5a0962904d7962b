//! The series of Datadog that an occurrence counts in: a metric name and its tags.

use cxtrace_privacy::detectors;
use sha2::{Digest, Sha256};

use super::bucket::Bucket;
use super::digest::digest;
use super::normalise::{MAX_CHARS, kept_in_tag, name_part, tag_value};
use super::parts::SeriesParts;

/// The shortest run of digits in the name of a flow or metric that is masked. Dates are shorter, and many names hold one.
const MIN_DIGITS: usize = 9;

/// The name of flow and metric when the cardinality budget is spent.
pub const OTHER: &str = "__other__";

/// The start of the tag of every part of a series but the first.
const PART: &str = "part:";

/// One tag, `key:value` or a bare word, in Datadog's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tag(String);

impl Tag {
    /// The tag `key:value`. `value` is normalised; `key` is a constant of ours.
    #[must_use]
    pub fn new(key: &'static str, value: &str) -> Self {
        Self(format!("{key}:{}", tag_value(value, key.len() + 1)))
    }

    /// Reads a tag that an operator wrote, such as `env:prod`.
    ///
    /// # Errors
    /// When Datadog would change it or drop it.
    pub fn parse(text: &str) -> Result<Self, InvalidTag> {
        let refuse = |reason| Err(InvalidTag { tag: text.to_owned(), reason });
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) {
            return refuse("it must start with a lower-case letter");
        }
        if text.chars().count() > MAX_CHARS {
            return refuse("it has more than 200 characters");
        }
        if text.ends_with(':') {
            return refuse("it must not end with a colon");
        }
        if ["flow:", "metric:", "media_type:", PART].iter().any(|own| text.starts_with(own)) {
            return refuse("flow, metric, media_type and part are set by Cxtrace");
        }
        if text.starts_with("host:") || text.starts_with("device:") || text.starts_with("source:") {
            return refuse("host, device and source are reserved by Datadog");
        }
        let kept = |c: char| c == '_' || kept_in_tag(c) == Some(c);
        if !text.chars().all(kept) {
            return refuse("it may hold lower-case letters, digits and _ - : . / only");
        }
        Ok(Self(text.to_owned()))
    }

    /// The tag in Datadog's spelling.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a tag cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the tag {tag:?} is not valid in Datadog: {reason}")]
pub struct InvalidTag {
    tag: String,
    reason: &'static str,
}

/// A closed set of media types, as attribute events name them (`communications[].mediaType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType(&'static str);

impl MediaType {
    /// The conversation's media type is missing or unknown.
    pub const UNKNOWN: Self = Self("unknown");

    const KNOWN: [&'static str; 10] = [
        "voice",
        "chat",
        "email",
        "callback",
        "cobrowse",
        "video",
        "screenshare",
        "message",
        "internalmessage",
        "screenmonitoring",
    ];

    /// Reads the word of an event, in any case. Other words are [`Self::UNKNOWN`], so that a platform's new words add
    /// no series.
    #[must_use]
    pub fn read(word: &str) -> Self {
        Self::KNOWN.into_iter().find(|known| known.eq_ignore_ascii_case(word)).map_or(Self::UNKNOWN, Self)
    }

    /// The word, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

/// A metric name with its tags. Datadog keeps one value for each of these in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    name: String,
    tags: Vec<Tag>,
}

/// How the names of self-metrics start. No metric of a flow may start like this.
pub const SELF_METRIC_PREFIX: &str = "cxtrace.";

impl Series {
    /// A series of these parts. The order of `tags` and duplicates do not matter.
    #[must_use]
    pub fn new(name: impl Into<String>, mut tags: Vec<Tag>) -> Self {
        tags.sort();
        tags.dedup();
        Self { name: name.into(), tags }
    }

    /// A series as the table or a stream record holds it, already in Datadog's spelling.
    #[must_use]
    pub fn stored(name: String, tags: Vec<String>) -> Self {
        Self::new(name, tags.into_iter().map(Tag).collect())
    }

    /// The metric's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The tags, sorted.
    pub fn tags(&self) -> impl ExactSizeIterator<Item = &str> {
        self.tags.iter().map(Tag::as_str)
    }

    /// Whether this is a metric about Cxtrace itself.
    #[must_use]
    pub fn is_self_metric(&self) -> bool {
        self.name.starts_with(SELF_METRIC_PREFIX)
    }

    /// The part of this series with the number of the part that `other` is.
    #[must_use]
    pub fn beside(self, other: &Self) -> Self {
        let part = other.tags.iter().find(|tag| tag.0.starts_with(PART));
        Self::new(self.name, self.tags.into_iter().chain(part.cloned()).collect())
    }

    /// Its identity: a hash of name and tags.
    #[must_use]
    pub fn id(&self) -> SeriesId {
        SeriesId(digest(&self.name, self.tags()))
    }
}

fn digest<'a>(name: &str, tags: impl Iterator<Item = &'a str>) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(name.as_bytes());
    for tag in tags {
        // No name and no tag contains a line feed.
        hash.update(b"\n");
        hash.update(tag.as_bytes());
    }
    let mut id = [0; 16];
    id.copy_from_slice(&hash.finalize()[..16]);
    id
}

digest! {
    /// The identity of a [`Series`].
    SeriesId
}

digest! {
    /// The identity of a series in the cardinality budget: the series without the operator's static tags. So a new
    /// `version:` tag does not spend the budget again.
    AdmissionId
}

/// How a flow and a metric become a series: the settings `METRIC_NAME`, `METRIC_TAGS` and `SERIES_PARTS`.
#[derive(Debug, Clone)]
pub struct SeriesTemplate {
    name: String,
    tags: Vec<Tag>,
    parts: SeriesParts,
}

/// Why `METRIC_NAME` cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct InvalidTemplate {
    reason: &'static str,
}

impl SeriesTemplate {
    /// A template of a metric name with the places `{flow}` and `{metric}`, both optional, and the
    /// tags that every series gets.
    ///
    /// # Errors
    /// When Datadog would refuse or change the name.
    pub fn try_new(name: &str, tags: Vec<Tag>) -> Result<Self, InvalidTemplate> {
        let refuse = |reason| Err(InvalidTemplate { reason });
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return refuse("it must start with a letter");
        }
        if name.starts_with(SELF_METRIC_PREFIX) {
            return refuse("names that start with `cxtrace.` are Cxtrace's own counts");
        }
        if name.len() > MAX_CHARS / 2 {
            return refuse("it has more than 100 characters");
        }
        let literal = name.replace("{flow}", "").replace("{metric}", "");
        if literal.contains(['{', '}']) {
            return refuse("the only places are {flow} and {metric}");
        }
        if !literal.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.') {
            return refuse("it may hold ASCII letters, digits, `_`, `.` and the places {flow} and {metric} only");
        }
        Ok(Self { name: name.to_owned(), tags, parts: SeriesParts::default() })
    }

    /// This template with these static tags.
    #[must_use]
    pub fn with_tags(self, tags: Vec<Tag>) -> Self {
        Self { tags, ..self }
    }

    /// This template with series divided into `parts`.
    #[must_use]
    pub fn with_parts(self, parts: SeriesParts) -> Self {
        Self { parts, ..self }
    }

    /// The part of `series` that counts the occurrence `id` whose home is `home`. The first part is the series itself. Each
    /// other one is a series with one more tag, because the publishers of two ledgers must not write the same point.
    #[must_use]
    pub fn part(&self, series: Series, id: &[u8; 16], home: Bucket) -> Series {
        let is_named = |wanted: &str| series.name == wanted || series.tags().any(|tag| tag == wanted);
        match self.parts.part(is_named, id, home) {
            1 => series,
            part => Series::new(series.name, [series.tags, vec![Tag(format!("{PART}{part}"))]].concat()),
        }
    }

    /// The series of a metric, and its identity in the cardinality budget.
    #[must_use]
    pub fn series(&self, flow: &str, metric: &str, media: Option<MediaType>) -> (Series, AdmissionId) {
        // A flow that is called like a phone number counts under a mask. Its occurrences keep their own identities.
        let (flow, metric) = (detectors::masked(flow, MIN_DIGITS), detectors::masked(metric, MIN_DIGITS));
        let tags = vec![Tag::new("flow", &flow), Tag::new("metric", &metric)];
        self.assemble(&name_part(&flow), &name_part(&metric), tags, media)
    }

    /// The series for metrics that the cardinality budget has no room for.
    #[must_use]
    pub fn overflow(&self, media: Option<MediaType>) -> Series {
        let tags = vec![Tag(format!("flow:{OTHER}")), Tag(format!("metric:{OTHER}"))];
        self.assemble(OTHER, OTHER, tags, media).0
    }

    fn assemble(
        &self,
        flow: &str,
        metric: &str,
        mut tags: Vec<Tag>,
        media: Option<MediaType>,
    ) -> (Series, AdmissionId) {
        let mut name = self.name.replace("{flow}", flow).replace("{metric}", metric);
        name.truncate(MAX_CHARS); // ASCII throughout: see try_new and name_part
        tags.extend(media.map(|media| Tag::new("media_type", media.as_str())));
        let bare = Series::new(name, tags);
        let admission = AdmissionId(digest(&bare.name, bare.tags()));
        (self.with_static_tags(bare), admission)
    }

    /// `series` with the operator's static tags added.
    #[must_use]
    pub fn with_static_tags(&self, series: Series) -> Series {
        let mut tags = series.tags;
        tags.extend(self.tags.iter().cloned());
        Series::new(series.name, tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(name: &str) -> SeriesTemplate {
        SeriesTemplate::try_new(name, Vec::new()).unwrap()
    }

    fn by_flow() -> SeriesTemplate {
        template("flow.{flow}.{metric}")
    }

    fn shown(series: &Series) -> String {
        format!("{}{{{}}}", series.name(), series.tags().collect::<Vec<_>>().join(","))
    }

    #[test]
    fn a_number_or_an_address_in_a_name_is_masked_and_dates_stay() {
        for (flow, expected) in [
            ("447700900123", "flow.number_23.B{flow:number-23,metric:b}"),
            ("ada@example.com", "flow.hidden.B{flow:hidden,metric:b}"),
            ("Survey-20230305", "flow.Survey_20230305.B{flow:survey-20230305,metric:b}"),
        ] {
            assert_eq!(shown(&by_flow().series(flow, "B", None).0), expected);
        }
    }

    #[test]
    fn a_series_may_name_flow_and_metric_twice() {
        let (series, _) = by_flow().series("CustomerRouting", "Unknown", None);
        assert_eq!(shown(&series), "flow.CustomerRouting.Unknown{flow:customerrouting,metric:unknown}");
    }

    #[test]
    fn one_name_split_by_tags_serves_generic_dashboards() {
        let template = SeriesTemplate::try_new("flow.metric", vec![Tag::parse("env:prod").unwrap()]).unwrap();
        let (series, _) = template.series("Customer Routing", "Unknown", Some(MediaType::read("VOICE")));
        assert_eq!(shown(&series), "flow.metric{env:prod,flow:customer_routing,media_type:voice,metric:unknown}");
    }

    #[test]
    fn spellings_that_datadog_folds_are_one_series() {
        let template = by_flow();
        assert_eq!(
            template.series("Customer Routing", "Un known", None),
            template.series("Customer_Routing", "Un(known", None)
        );
        assert_ne!(template.series("A", "B", None), template.series("A", "C", None));
    }

    #[test]
    fn static_tags_do_not_spend_the_budget_again() {
        let tagged = SeriesTemplate::try_new("flow.{flow}.{metric}", vec![Tag::parse("version:2").unwrap()]).unwrap();
        let (before, admission_before) = by_flow().series("A", "B", None);
        let (after, admission_after) = tagged.series("A", "B", None);
        assert_ne!(before.id(), after.id());
        assert_eq!(admission_before, admission_after);
    }

    #[test]
    fn the_first_part_is_the_series_itself_and_each_other_one_has_a_tag() {
        let template = by_flow().with_parts(SeriesParts::read("flow:a=3,cxtrace.occurrences.late=2").unwrap());
        let shown_part = |series: Series, id: u8| {
            let mut bytes = [0; 16];
            bytes[15] = id;
            shown(&template.part(series, &bytes, Bucket::starting_at(0)))
        };
        let hot = || template.series("A", "B", None).0;
        assert_eq!(shown_part(hot(), 0), "flow.A.B{flow:a,metric:b}");
        assert_eq!(shown_part(hot(), 1), "flow.A.B{flow:a,metric:b,part:2}");
        assert_eq!(shown_part(hot(), 2), "flow.A.B{flow:a,metric:b,part:3}");
        assert_eq!(shown_part(hot(), 3), "flow.A.B{flow:a,metric:b}");
        assert_eq!(shown_part(template.series("B", "B", None).0, 1), "flow.B.B{flow:b,metric:b}");
        let late = Series::new("cxtrace.occurrences.late", Vec::new());
        assert_eq!(shown_part(late, 1), "cxtrace.occurrences.late{part:2}");
    }

    #[test]
    fn a_name_of_a_megabyte_still_makes_a_series_that_datadog_takes() {
        let (series, _) = by_flow().series(&"Ä".repeat(500_000), &"b".repeat(500_000), None);
        assert!(series.name().len() <= MAX_CHARS);
        assert!(series.tags().all(|tag| tag.chars().count() <= MAX_CHARS));
    }

    #[test]
    fn overflow_is_marked_and_no_flow_can_be_named_like_it() {
        let template = by_flow();
        assert_eq!(shown(&template.overflow(None)), "flow.__other__.__other__{flow:__other__,metric:__other__}");
        assert_ne!(template.series(OTHER, OTHER, None).0, template.overflow(None));
    }

    #[test]
    fn names_and_tags_that_datadog_would_change_are_refused() {
        for name in ["", "1a", "{flow}", "a b", "a{x}", "cxtrace.mine", "flow-metric"] {
            assert!(SeriesTemplate::try_new(name, Vec::new()).is_err(), "{name:?}");
        }
        for tag in ["", "Env:prod", "env:", "env:Prod", "flow:x", "part:2", "host:a", "a b", ":x"] {
            assert!(Tag::parse(tag).is_err(), "{tag:?}");
        }
        assert!(Tag::parse("team:contact-centre/eu").is_ok());
    }
}
