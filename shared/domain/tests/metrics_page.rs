//! `docs/metrics.md` must match the registry of self-metrics.

use std::path::Path;

#[test]
fn the_page_of_self_metrics_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let page = cxtrace_domain::metrics::self_metrics::page();
    if std::env::var_os("CXTRACE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "docs/metrics.md is not current. Run: CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-domain");
}
