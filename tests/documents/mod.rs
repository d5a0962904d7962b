//! Checks the pages for users and maintainers: their links lead to existing places, and the names that they mention
//! exist in the code.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// Every page: all Markdown files except those of dependencies and of build output.
fn pages() -> Vec<PathBuf> {
    let folders = ["", "docs", "events", "local", "infra"];
    let mut pages: Vec<_> = folders
        .iter()
        .filter_map(|folder| std::fs::read_dir(root().join(folder)).ok())
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect();
    pages.sort();
    pages
}

/// A link of a page: `[text](target)`.
struct PageLink {
    text: String,
    target: String,
}

/// The links of `page`, without those inside fenced or indented code.
fn links(page: &str) -> Vec<PageLink> {
    let mut fenced = false;
    let mut found = Vec::new();
    for line in page.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        }
        if fenced || line.starts_with("    ") {
            continue;
        }
        let mut rest = line;
        while let Some(middle) = rest.find("](") {
            let text = rest[..middle].rsplit('[').next().unwrap_or_default();
            let after = &rest[middle + 2..];
            let end = after.find(')').unwrap_or(after.len());
            found.push(PageLink { text: text.to_owned(), target: after[..end].to_owned() });
            rest = &after[end..];
        }
    }
    found
}

/// The usual anchor of a heading: lower case, hyphens for spaces, no punctuation.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c)).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The problem of `link` on the page `page`, if there is one.
fn fault(page: &Path, link: &PageLink) -> Option<String> {
    if link.target.contains("://") || link.target.starts_with("mailto:") {
        return None;
    }
    let (path, wanted) = link.target.split_once('#').unwrap_or((&link.target, ""));
    let file = if path.is_empty() { page.to_owned() } else { page.parent().unwrap().join(path) };
    if !file.exists() {
        return Some(format!("{} does not exist", link.target));
    }
    if !wanted.is_empty() {
        let text = std::fs::read_to_string(&file).unwrap();
        if !text.lines().filter(|line| line.starts_with('#')).any(|line| anchor(line) == wanted) {
            return Some(format!("{} has no heading #{wanted}", file.display()));
        }
    }
    // If the text of a link is code, it must occur in the linked file: a function, a test, a constant.
    let names = link.text.strip_prefix('`').and_then(|text| text.strip_suffix('`'))?;
    if file.is_dir() || names.contains('/') || path.ends_with(names) {
        return None;
    }
    let text = std::fs::read_to_string(&file).ok()?;
    let missing = names.split("`, `").find(|name| !text.contains(name))?;
    Some(format!("{path} does not contain `{missing}`"))
}

#[test]
fn every_link_of_every_page_exists() {
    let mut faults = Vec::new();
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        let wrong = links(&text).iter().filter_map(|link| fault(&page, link)).collect::<Vec<_>>();
        faults.extend(wrong.into_iter().map(|fault| format!("{}: {fault}", page.display())));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_threat_names_what_prevents_it_and_the_test() {
    let text = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let threats = text.split("\n## Threats").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<_> = threats.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| threat")).collect();
    assert!(rows.len() >= 15, "docs/security.md has fewer threats than expected");
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
        assert!(links(cells[2]).iter().any(|link| link.text.starts_with('`')), "\"{}\" names no test", cells[0]);
    }
}

#[test]
fn every_promise_names_its_test() {
    let text = std::fs::read_to_string(root().join("docs/guarantees.md")).unwrap();
    let promises = text.split("\n## What is not promised").next().unwrap();
    let sections: Vec<_> = promises.split("\n## ").skip(1).collect();
    assert!(sections.len() >= 6, "docs/guarantees.md has fewer promises than expected");
    for section in sections {
        let title = section.lines().next().unwrap_or_default();
        let shown = section.split("Shown by").nth(1).unwrap_or_default();
        assert!(links(shown).iter().any(|link| link.text.starts_with('`')), "\"{title}\" names no test");
    }
}

#[test]
fn the_readme_is_short() {
    let lines = std::fs::read_to_string(root().join("README.md")).unwrap().lines().count();
    assert!(lines <= 150, "README.md has {lines} lines: move details to docs/");
}

#[test]
fn no_page_mentions_a_place_that_readers_do_not_have() {
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap();
        for place in ["/home/", "/root/", "/tmp/", "file://"] {
            assert!(!text.contains(place), "{} mentions {place}", page.display());
        }
    }
}

#[test]
fn a_broken_link_is_found() {
    let page = root().join("README.md");
    let link = |text: &str, target: &str| PageLink { text: text.to_owned(), target: target.to_owned() };
    assert!(fault(&page, &link("x", "docs/nowhere.md")).is_some());
    assert!(fault(&page, &link("x", "README.md#no-such-heading")).is_some());
    assert!(fault(&page, &link("`no_such_test`", "tests/all.rs")).is_some());
    assert!(fault(&page, &link("`mod documents`", "tests/all.rs")).is_none());
}

/// Every file with this extension below these folders.
fn files(folders: &[&str], extension: &str) -> Vec<PathBuf> {
    let mut open: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found
}

/// The messages that the functions log, with their level: the last text in each call of `tracing::error!`, `warn!` and
/// `info!`.
fn logged() -> BTreeSet<(String, String)> {
    let mut logged = BTreeSet::new();
    for path in files(&["functions", "shared"], "rs") {
        let is_test = path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
        let text = std::fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for level in ["error", "warn", "info"] {
            let call = format!("tracing::{level}!(");
            let calls = code.split(&call).skip(1).filter(|_| !is_test);
            logged.extend(calls.map(|call| (level.to_uppercase(), last_text(call))));
        }
    }
    logged
}

/// The last string literal before the parenthesis that ends the call.
fn last_text(call: &str) -> String {
    let (mut depth, mut last, mut chars) = (1, String::new(), call.chars());
    while let Some(c) = chars.next() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '"' => {
                last.clear();
                while let Some(c) = chars.next().filter(|c| *c != '"') {
                    last.extend(if c == '\\' { chars.next() } else { Some(c) });
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    last
}

#[test]
fn the_page_of_logs_lists_every_message_with_its_level() {
    let page = std::fs::read_to_string(root().join("docs/logs.md")).unwrap();
    let mut level = String::new();
    let mut listed = BTreeSet::from([]);
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            level = heading.strip_prefix("Messages at ").unwrap_or_default().to_owned();
        }
        let row = line.strip_prefix("| `").and_then(|row| row.split_once("` | ")).filter(|_| !level.is_empty());
        if let Some((message, meaning)) = row {
            assert!(meaning.trim_end_matches(" |").len() > 3, "{message} says nothing");
            listed.insert((level.clone(), message.to_owned()));
        }
    }
    // The line of an invocation is written without the macro.
    let mut logged = logged();
    logged.insert(("INFO".to_owned(), "the invocation ended".to_owned()));
    let missing: Vec<_> = logged.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&logged).collect();
    assert!(missing.is_empty(), "docs/logs.md lacks {missing:#?}");
    assert!(unknown.is_empty(), "docs/logs.md lists what nobody logs: {unknown:#?}");
}
