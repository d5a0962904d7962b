//! The page of semantic conventions describes every name.

use cxtrace_otlp::export::conventions;

#[test]
fn every_attribute_and_event_of_our_own_is_described() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/semantic-conventions.md");
    let page = std::fs::read_to_string(path).unwrap();
    for name in conventions::ALL {
        assert!(page.contains(&format!("`{name}")), "{name} is not described");
    }
}
