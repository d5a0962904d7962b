//! The examples of `docs/span.md` match the code.

use cxtrace_sources::cxtrace_span::{self, Allowlist};
use serde_json::Value;

use crate::support::{envelope, fact, try_facts};

fn page() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/span.md")).unwrap()
}

/// The fenced examples, each with its kind.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let fenced = page.split("\n```").skip(1).step_by(2);
    fenced.map(|block| block.split_once('\n').unwrap()).collect()
}

#[test]
fn every_example_is_read_or_refused_as_documented() {
    let page = page();
    let blocks = blocks(&page);
    let event = |detail: &str| envelope(cxtrace_span::DETAIL_TYPE, &serde_json::from_str::<Value>(detail).unwrap());
    let (mut read, mut refused) = (0, 0);
    for (at, (kind, text)) in blocks.iter().enumerate().filter(|(_, (kind, _))| *kind == "json") {
        match blocks.get(at + 1) {
            Some(("text", error)) => {
                assert_eq!(try_facts(&event(text)).unwrap_err().to_string(), error.trim(), "{kind} {text}");
                refused += 1;
            }
            _ => {
                fact(&event(text));
                read += 1;
            }
        }
    }
    assert_eq!((read, refused), (5, 4), "examples of the page");
}

#[test]
fn the_example_with_every_field_keeps_all_of_them() {
    let page = page();
    let detail: Value = serde_json::from_str(blocks(&page)[1].1).unwrap();
    let mut fact = fact(&envelope(cxtrace_span::DETAIL_TYPE, &detail));
    insta::assert_json_snapshot!(fact);
    let span = fact.spans.remove(0);
    assert_eq!(span.attributes.len(), detail["attributes"].as_object().unwrap().len());
}

#[test]
fn the_page_lists_every_attribute_that_is_kept() {
    let page = page();
    let missing: Vec<_> = Allowlist::built_in().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_page_states_the_limits() {
    let page = page();
    for row in [
        format!("| `detail` | {} KB |", cxtrace_span::MAX_BYTES / 1024),
        format!("| `spans` | {} |", cxtrace_span::MAX_SPANS),
        format!("| `links`, `phones`, points on a span | {} each |", cxtrace_span::MAX_PARTS),
        format!("at most {} hours after `observed_at`", cxtrace_span::AHEAD.num_hours()),
        format!("A span has at most {}.", cxtrace_span::MAX_ATTRIBUTES),
    ] {
        assert!(page.contains(&row), "{row}");
    }
}
