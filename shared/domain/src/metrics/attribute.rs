//! Reads the name of a participant attribute: a metric, an attempt at one, or neither.
//!
//! The form is `<Flow>Metric_<Metric>(<UTC>)`. The flow ends at the first `Metric_`. The name ends with parentheses
//! that contain the time. Flow and metric may contain spaces, dots, dashes and parentheses. An attribute's value is
//! never read.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use deunicode::deunicode;

use super::invisible;
use super::timestamp;

/// What separates the flow from the metric.
pub const SEPARATOR: &str = "Metric_";

/// Full-width parentheses, which East Asian keyboards write. A time inside them is not read.
const WIDE_PARENTHESES: [char; 2] = ['（', '）'];

/// An attribute's name without invisible characters: see [`invisible::without`]. Two names that look the same are
/// equal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AttributeName<'a>(Cow<'a, str>);

impl<'a> AttributeName<'a> {
    /// The visible name of `written`.
    #[must_use]
    pub fn new(written: impl Into<Cow<'a, str>>) -> Self {
        Self(invisible::without(written.into()))
    }

    /// The visible name of `written`, if it may be a metric or an attempt at one. Most names are neither, and cost one
    /// search for a byte.
    #[must_use]
    pub fn of_candidate(written: Cow<'a, str>) -> Option<Self> {
        // A full-width parenthesis starts with the byte 0xEF, and a time has a colon. Without a branch for each byte,
        // this takes a few instructions for a whole name.
        let is_mark = |byte: u8| matches!(byte, b'(' | b')' | b':' | 0xef);
        if !written.bytes().fold(false, |found, byte| found | is_mark(byte)) {
            return None;
        }
        let name = Self::new(written);
        (parts(&name.0).is_some() || misspelt(&name.0).is_some()).then_some(name)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for AttributeName<'_> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// A well-formed metric attribute name, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MetricName<'a> {
    /// The text before the first `Metric_`, without spaces around it. Never empty.
    pub flow: &'a str,
    /// The text between `Metric_` and the last parentheses, without spaces around it. Never empty.
    pub metric: &'a str,
    /// When the flow set it.
    pub at: DateTime<Utc>,
}

/// The meaning of an attribute's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribute<'a> {
    /// Not about metrics: almost every attribute.
    Ordinary,
    /// Meant as a metric: it has `Metric_` and a parenthesis, or the word "metric" in any case and a date with a time
    /// after it. But it does not have the form, or the flow or the metric is empty.
    Malformed {
        /// The flow, when the name has one.
        flow: Option<&'a str>,
    },
    /// A metric.
    Metric(MetricName<'a>),
}

impl<'a> Attribute<'a> {
    /// Reads an attribute's name, as [`AttributeName`] shows it.
    #[must_use]
    pub fn read(name: &'a str) -> Self {
        let named = |flow: &'a str| Some(flow.trim()).filter(|flow| !flow.is_empty());
        let Some((flow, rest)) = parts(name) else {
            return misspelt(name).map_or(Self::Ordinary, |flow| Self::Malformed { flow: named(flow) });
        };
        let flow = named(flow);
        // The last parentheses after the separator end the name.
        let stamped = rest.strip_suffix(')').and_then(|rest| rest.rsplit_once('('));
        let metric = stamped.and_then(|(metric, time)| Some((metric.trim(), timestamp::parse(time)?)));
        match (flow, metric) {
            (Some(flow), Some((metric, at))) if !metric.is_empty() => Self::Metric(MetricName { flow, metric, at }),
            _ => Self::Malformed { flow },
        }
    }
}

/// The text before and after the separator, in a name that also has a parenthesis.
fn parts(name: &str) -> Option<(&str, &str)> {
    let has_parenthesis = memchr::memchr2(b'(', b')', name.as_bytes()).is_some() || name.contains(WIDE_PARENTHESES);
    let split = memchr::memmem::find(name.as_bytes(), SEPARATOR.as_bytes()).filter(|_| has_parenthesis)?;
    Some((&name[..split], &name[split + SEPARATOR.len()..]))
}

/// The maximum length of a name that is searched for similar letters, in bytes.
const MAX_MISSPELT: usize = 1_000;

/// The word of the separator, in lower case.
const WORD: &[u8] = b"metric";

/// The text before the word "metric" (in any case, or with one wrong letter), in a name with a date and a time after that
/// word. Names of other attributes contain no time.
fn misspelt(name: &str) -> Option<&str> {
    // `2023-03-05T08:`, with digits of any value.
    const TIME: &[u8] = b"0000-00-00 00:";
    let is_time = |bytes: &[u8]| {
        bytes.iter().zip(TIME).all(|(byte, of)| match of {
            b'0' => byte.is_ascii_digit(),
            b' ' => matches!(byte, b'T' | b't' | b' '),
            mark => byte == mark,
        })
    };
    let has_time =
        |bytes: &[u8], from: usize| bytes.get(from..).is_some_and(|rest| rest.windows(TIME.len()).any(is_time));
    let word_in = |bytes: &[u8]| {
        let at = bytes.windows(WORD.len()).position(|window| window.eq_ignore_ascii_case(WORD))?;
        has_time(bytes, at).then_some(at)
    };
    let similar_in = |bytes: &[u8]| {
        if bytes.len() > MAX_MISSPELT || !has_time(bytes, 0) {
            return None;
        }
        let at = (0..bytes.len()).find(|at| bytes.get(*at..).is_some_and(starts_with_similar))?;
        has_time(bytes, at).then_some(at)
    };
    let at = word_in(name.as_bytes()).or_else(|| similar_in(name.as_bytes()).filter(|_| name.is_ascii()));
    match at {
        Some(at) => name.get(..at),
        // Letters of other scripts look like these, and some keyboards write wide letters. Then the end of the flow is
        // unknown.
        None if !name.is_ascii() && name.len() <= MAX_MISSPELT => {
            let ascii = deunicode(name);
            word_in(ascii.as_bytes()).or_else(|| similar_in(ascii.as_bytes())).map(|_| "")
        }
        None => None,
    }
}

/// Whether a text starts with [`WORD`] with one letter too many, one missing, one wrong, or two exchanged.
fn starts_with_similar(text: &[u8]) -> bool {
    let start = |length: usize| text.get(..length).map(<[u8]>::to_ascii_lowercase);
    let has_one_more = |long: &[u8], short: &[u8]| {
        let same = long.iter().zip(short).take_while(|(one, other)| one == other).count();
        long.get(same + 1..) == short.get(same..)
    };
    let is_changed = |word: &[u8]| {
        let wrong: Vec<usize> = (0..WORD.len()).filter(|at| word.get(*at) != WORD.get(*at)).collect();
        match wrong.as_slice() {
            [_] => true,
            [one, other] => {
                other - one == 1 && word.get(*one) == WORD.get(*other) && word.get(*other) == WORD.get(*one)
            }
            _ => false,
        }
    };
    start(WORD.len()).is_some_and(|word| is_changed(&word))
        || start(WORD.len() - 1).is_some_and(|word| has_one_more(WORD, &word))
        || start(WORD.len() + 1).is_some_and(|word| has_one_more(&word, WORD))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn metric(name: &str) -> Option<(&str, &str)> {
        match Attribute::read(name) {
            Attribute::Metric(m) => Some((m.flow, m.metric)),
            _ => None,
        }
    }

    #[test]
    fn the_flow_ends_at_the_first_separator_and_the_time_is_in_the_last_parentheses() {
        let at = "(2023-03-05T08:18:04.568Z)";
        assert_eq!(metric(&format!("CustomerRoutingMetric_Unknown{at}")), Some(("CustomerRouting", "Unknown")));
        assert_eq!(metric(&format!("AMetric_BMetric_C{at}")), Some(("A", "BMetric_C")));
        assert_eq!(metric(&format!("Bill (EU)Metric_Paid (card) v1.2{at}")), Some(("Bill (EU)", "Paid (card) v1.2")));
        assert_eq!(metric(&format!("XMetric_Y(2020-01-01T00:00:00Z){at}")), Some(("X", "Y(2020-01-01T00:00:00Z)")));
    }

    #[test]
    fn ordinary_names_with_parentheses_are_ordinary() {
        for name in [
            "LLM (AW) question",
            " ani_in_identity_platform",
            "Metric",
            "Metric_",
            "FlowMetric_X",
            "(2023-03-05T08:18:04Z)",
        ] {
            assert_eq!(Attribute::read(name), Attribute::Ordinary, "{name:?}");
        }
    }

    #[test]
    fn an_attempt_at_a_metric_is_malformed_and_says_its_flow() {
        for name in [
            "IvrMetric_Paid()",
            "IvrMetric_Paid(yesterday)",
            "IvrMetric_(2023-03-05T08:18:04Z)",
            "IvrMetric_Paid(2023-03-05T08:18:04Z).",
            "IvrMetric_Paid(2023-03-05T08:18:04Z",
            "IvrMetric_Paid2023-03-05T08:18:04Z)",
            "IvrMetric_Paid)2023-03-05T08:18:04Z(",
            "IvrMetric_Paid（2023-03-05T08:18:04Z）",
        ] {
            assert_eq!(Attribute::read(name), Attribute::Malformed { flow: Some("Ivr") }, "{name}");
        }
        assert_eq!(Attribute::read("Metric_Paid(2023-03-05T08:18:04Z)"), Attribute::Malformed { flow: None });
        assert_eq!(Attribute::read("Ivr (EU)Metric_Paid"), Attribute::Malformed { flow: Some("Ivr (EU)") });
    }

    #[test]
    fn a_misspelt_metric_with_a_time_is_malformed() {
        for name in [
            "Ivrmetric_Paid(2023-03-05T08:18:04.568Z)",
            "IvrMETRIC_PAID(2023-03-05T08:18:04Z)",
            "Ivr metric-Paid(2023-03-05T08:18:04Z)",
            "IvrMetric Paid(2023-03-05T08:18:04Z)",
            "IvrMetrics_Paid(2023-03-05T08:18:04Z)",
            "IvrMetric＿Paid(2023-03-05T08:18:04Z)",
            "IvrMetric_Paid[2023-03-05T08:18:04Z]",
            "IvrMetric_Paid 2023-03-05 08:18:04",
            "IvrMertic_Paid(2023-03-05T08:18:04Z)",
            "IvrMetirc_Paid(2023-03-05T08:18:04Z)",
            "IvrMetrik_Paid(2023-03-05T08:18:04Z)",
            "IvrMetic_Paid(2023-03-05T08:18:04Z)",
            "IvrMettric_Paid(2023-03-05T08:18:04Z)",
        ] {
            let found = AttributeName::of_candidate(Cow::Borrowed(name)).unwrap();
            assert_eq!(Attribute::read(found.as_str()), Attribute::Malformed { flow: Some("Ivr") }, "{name}");
        }
        for name in
            ["IvrМetric_Paid(2023-03-05T08:18:04Z)", "Ｉｖｒ＿Ｍｅｔｒｉｃ＿Ｐａｉｄ（２０２３-03-05T08:18:04Z）"]
        {
            let found = AttributeName::of_candidate(Cow::Borrowed(name)).unwrap();
            assert_eq!(Attribute::read(found.as_str()), Attribute::Malformed { flow: None }, "{name}");
        }
        for name in [
            "metric system (EU)",
            "Metric_",
            "2023-03-05T08:18:04Z metric",
            "metrics of (2023-03-05)",
            "biometric:1",
            "generic_matrix(2023-03-05T08:18:04Z)",
            "2023-03-05T08:18:04Z mertic",
            "Mertic_Paid(today)",
        ] {
            assert_eq!(Attribute::read(name), Attribute::Ordinary, "{name}");
        }
    }

    #[test]
    fn a_names_invisible_characters_are_ignored() {
        let shown = "Main IvrMetric_Paid(2023-03-05T08:18:04Z)";
        for written in [
            "Main IvrMetric_Paid(2023-03-05T08:18:04Z) ",
            "\u{feff}Main IvrMetric_Paid(2023-03-05T08:18:04Z)\r\n",
            "\u{200b}Main\u{a0}IvrMetric_Paid(2023-03-05T08:18:04Z)\u{a0}\u{2060}",
            "Main IvrMet\u{200b}ric_Paid(2023-03-05T08:18:04Z\u{200e})",
            "Main\u{3000}Ivr\u{ad}Metric_Paid\u{fe0f}(2023-03-05T08:18:04Z)",
        ] {
            let name = AttributeName::of_candidate(Cow::Borrowed(written)).unwrap();
            assert_eq!(name.as_str(), shown, "{written:?}");
            assert_eq!(metric(name.as_str()), Some(("Main Ivr", "Paid")));
        }
        for written in ["LLM (AW) question", "IvrMetric_Paid", "Ivr(Metric Paid)"] {
            assert_eq!(AttributeName::of_candidate(Cow::Borrowed(written)), None, "{written:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(name in any::<String>()) {
            let _ = Attribute::read(&name);
        }

        #[test]
        fn what_is_put_together_is_taken_apart_again(flow in "[^M]{1,20}", metric in "[^()]{1,20}", secs in 0_i64..4_000_000_000) {
            let (flow, metric) = (flow.trim(), metric.trim());
            prop_assume!(!flow.is_empty() && !metric.is_empty());
            let at = DateTime::from_timestamp(secs, 0).unwrap();
            let name = format!("{flow}{SEPARATOR}{metric}({})", at.to_rfc3339());
            prop_assert_eq!(Attribute::read(&name), Attribute::Metric(MetricName { flow, metric, at }));
        }

        #[test]
        fn a_name_is_a_metric_only_with_separator_flow_metric_and_closing_time(name in ".{0,30}(Metric_)?.{0,10}\\(?.{0,30}\\)?") {
            if let Attribute::Metric(m) = Attribute::read(&name) {
                let (flow, rest) = name.split_once(SEPARATOR).unwrap();
                prop_assert_eq!(flow.trim(), m.flow);
                prop_assert!(rest.trim_start().starts_with(m.metric));
                prop_assert!(name.ends_with(')'));
            }
        }

        #[test]
        fn what_looks_meant_as_a_metric_is_never_ordinary(name in ".{0,12}Metric_.{0,12}", at in any::<prop::sample::Index>(), paren in "[()（）]") {
            let places: Vec<_> = name.char_indices().map(|(at, _)| at).filter(|at| name[..*at].contains(SEPARATOR) || name[*at..].contains(SEPARATOR)).collect();
            prop_assume!(!places.is_empty());
            let mut name = name.clone();
            name.insert_str(places[at.index(places.len())], &paren);
            prop_assert_ne!(Attribute::read(&name), Attribute::Ordinary);
        }
    }
}
