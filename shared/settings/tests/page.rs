//! `docs/settings.md` must match the registry.

use std::path::Path;

#[test]
fn the_page_of_settings_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    let page = cxtrace_settings::page::page();
    if std::env::var_os("CXTRACE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/settings.md is not current. Run: CXTRACE_WRITE_DOCS=1 cargo test -p cxtrace-settings"
    );
}
