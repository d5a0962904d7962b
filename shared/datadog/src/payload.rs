//! Payloads of `POST /api/v2/series`: their JSON, their limits, and the split of points into payloads.
//!
//! Datadog accepts 512,000 bytes as sent and less than 5,242,880 bytes after decompression (API reference, *Submit
//! metrics*, v2). Payloads here keep the smaller limit before compression. So both limits hold for any compression
//! rate, and lengths alone decide a split. A batch of 10,000 points needs about five payloads. Larger payloads would
//! only make a refused payload more expensive to bisect.

use std::io::Read;

use flate2::Compression;
use flate2::read::GzEncoder;
use serde_json::json;

use crate::point::Point;

/// The maximum size of a payload in bytes, before and after compression.
pub const MAX_BYTES: usize = 512_000;

/// The text before and after the entries of a payload.
const FRAME: (&str, &str) = (r#"{"series":["#, "]}");

/// One point as a member of `series`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry(String);

impl Entry {
    /// `point` as a count (type 1) of one value.
    #[must_use]
    pub fn of(point: &Point) -> Self {
        let entry = json!({
            "metric": point.series.name(),
            "type": 1,
            "interval": point.interval,
            "points": [{ "timestamp": point.bucket.start(), "value": point.total }],
            "tags": point.series.tags().collect::<Vec<_>>(),
        });
        Self(entry.to_string())
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The split of entries into payloads.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// The entries of each payload, by index.
    pub payloads: Vec<Vec<usize>>,
    /// The entries that are too long for any payload, by index.
    pub oversized: Vec<usize>,
}

impl Split {
    /// Splits `entries` into payloads of at most `limit` bytes each, before compression.
    #[must_use]
    pub fn of(entries: &[Entry], limit: usize) -> Self {
        let empty = FRAME.0.len() + FRAME.1.len();
        let mut split = Self::default();
        let mut payload = Vec::new();
        let mut length = empty;
        for (place, Entry(json)) in entries.iter().enumerate() {
            let with_comma = json.len() + 1;
            // The first entry of a payload has no comma before it.
            if empty + with_comma - 1 > limit {
                split.oversized.push(place);
                continue;
            }
            if length + with_comma - 1 > limit {
                split.payloads.push(std::mem::take(&mut payload));
                length = empty;
            }
            payload.push(place);
            length += with_comma;
        }
        if !payload.is_empty() {
            split.payloads.push(payload);
        }
        split
    }
}

/// A request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The bytes as sent.
    pub bytes: Vec<u8>,
    /// Its `Content-Encoding`, if it has one.
    pub encoding: Option<&'static str>,
}

impl Body {
    /// The payload of these entries: compressed, unless that would make it longer.
    #[must_use]
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut json = String::from(FRAME.0);
        for (n, Entry(entry)) in entries.into_iter().enumerate() {
            if n > 0 {
                json.push(',');
            }
            json.push_str(entry);
        }
        json.push_str(FRAME.1);
        let mut compressed = Vec::new();
        // gzip, because servers disagree on whether `deflate` includes zlib's header. The fastest level is enough: names
        // and tags repeat a lot.
        match GzEncoder::new(json.as_bytes(), Compression::fast()).read_to_end(&mut compressed) {
            Ok(length) if length < json.len() => Self { bytes: compressed, encoding: Some("gzip") },
            _ => Self { bytes: json.into_bytes(), encoding: None },
        }
    }
}

#[cfg(test)]
mod tests {
    use cxtrace_domain::metrics::{Bucket, Series};
    use flate2::read::GzDecoder;
    use proptest::prelude::*;

    use super::*;
    use crate::testing::point;

    fn plain(body: &Body) -> Vec<u8> {
        match body.encoding {
            Some("gzip") => {
                let mut plain = Vec::new();
                GzDecoder::new(&body.bytes[..]).read_to_end(&mut plain).unwrap();
                plain
            }
            None => body.bytes.clone(),
            Some(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_point_is_a_count_with_interval_and_tags_and_nothing_else() {
        let point = Point {
            series: Series::stored("genesys.flow.a".into(), vec!["metric:b".into(), "flow:zürich".into()]),
            bucket: Bucket::starting_at(1_678_004_280),
            interval: 10,
            total: 17,
        };
        let body = Body::of([&Entry::of(&point)]);
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&plain(&body)).unwrap(),
            json!({"series": [{
                "metric": "genesys.flow.a",
                "type": 1,
                "interval": 10,
                "points": [{"timestamp": 1_678_004_280, "value": 17}],
                "tags": ["flow:zürich", "metric:b"],
            }]})
        );
    }

    #[test]
    fn what_compression_would_lengthen_is_sent_plain() {
        let tiny = Body::of([]);
        assert_eq!((tiny.encoding, tiny.bytes.as_slice()), (None, &br#"{"series":[]}"#[..]));
        assert_eq!(Body::of(&vec![Entry::of(&point(1, 1)); 9]).encoding, Some("gzip"));
    }

    #[test]
    fn a_payload_may_have_exactly_the_limit() {
        let entries = vec![Entry::of(&point(1, 1)); 3];
        let exact = plain(&Body::of(&entries)).len();
        assert_eq!(Split::of(&entries, exact).payloads, vec![vec![0, 1, 2]]);
        assert_eq!(Split::of(&entries, exact - 1).payloads, vec![vec![0, 1], vec![2]]);
        let one = plain(&Body::of(&entries[..1])).len();
        assert_eq!(Split::of(&entries, one).payloads.len(), 3);
        assert_eq!(Split::of(&entries, one - 1), Split { payloads: Vec::new(), oversized: vec![0, 1, 2] });
    }

    #[test]
    fn a_whole_batch_of_the_stream_takes_few_payloads_within_both_limits() {
        let entries: Vec<_> = (0..10_000).map(|n| Entry::of(&point(n, 1))).collect();
        let split = Split::of(&entries, MAX_BYTES);
        assert!(split.oversized.is_empty() && split.payloads.len() <= 5, "{}", split.payloads.len());
        for payload in split.payloads {
            let body = Body::of(payload.iter().map(|n| &entries[*n]));
            assert!(body.bytes.len() <= MAX_BYTES / 4 && plain(&body).len() <= MAX_BYTES);
        }
    }

    fn points() -> impl Strategy<Value = Vec<Point>> {
        let series =
            ("[a-zA-Z][a-zA-Z0-9_.\"\\\\]{0,300}", proptest::collection::vec("[a-z\"\\\\\n][a-zä料_:./-]{0,60}", 0..6));
        let point =
            (series, any::<i64>(), any::<u32>(), any::<u64>()).prop_map(|((name, tags), start, interval, total)| {
                Point { series: Series::stored(name, tags), bucket: Bucket::starting_at(start), interval, total }
            });
        proptest::collection::vec(point, 0..60)
    }

    proptest! {
        #[test]
        fn a_split_loses_nothing_and_keeps_every_limit(points in points(), limit in 100_usize..4_000) {
            let entries: Vec<_> = points.iter().map(Entry::of).collect();
            let split = Split::of(&entries, limit);

            let mut seen: Vec<_> = split.payloads.iter().flatten().chain(&split.oversized).copied().collect();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..points.len()).collect::<Vec<_>>());

            for payload in &split.payloads {
                prop_assert!(!payload.is_empty());
                let body = Body::of(payload.iter().map(|n| &entries[*n]));
                let json = plain(&body);
                prop_assert!(json.len() <= limit && body.bytes.len() <= limit);
                let document: serde_json::Value = serde_json::from_slice(&json).unwrap();
                let names: Vec<_> =
                    document["series"].as_array().unwrap().iter().map(|s| s["metric"].as_str().unwrap()).collect();
                prop_assert_eq!(names, payload.iter().map(|n| points[*n].series.name()).collect::<Vec<_>>());
            }
            for n in &split.oversized {
                prop_assert!(plain(&Body::of([&entries[*n]])).len() > limit);
            }
        }
    }
}
