//! The page as it is served: few requests, every file of `page/` in one of them, content types, policy and tags.

use std::collections::BTreeSet;
use std::path::Path;

use cxtrace_explorer::{Caller, Request, Response, Settings, SignIn};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use regex::Regex;

use crate::memory::Memory;
use crate::support::{ask, ask_with, body, get, header, refused};

fn text(response: &Response, name: http::HeaderName) -> &str {
    response.headers()[name].to_str().unwrap()
}

fn body_text(path: &str) -> String {
    String::from_utf8(body(&get(&Memory::sample(), path))).unwrap()
}

/// The addresses that a browser requests before the first request to the API.
fn requested() -> BTreeSet<String> {
    let index = body_text("/");
    let loading = Regex::new(r#"<(?:script|link|img) (?:[^>]* )?(?:src|href)="([^"]*)""#).unwrap();
    let named = loading.captures_iter(&index).map(|found| found[1].to_owned());
    named.chain(["/".to_owned(), "/config.json".to_owned()]).collect()
}

/// The files of the page on disk, by name.
fn files(folder: &Path, before: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let named = entries.map(|entry| (entry.path(), format!("{before}{}", entry.file_name().to_str().unwrap())));
    named
        .flat_map(|(path, name)| {
            if path.is_dir() {
                files(&path, &format!("{name}/"))
            } else {
                vec![(name, std::fs::read_to_string(path).unwrap())]
            }
        })
        .collect()
}

#[test]
fn a_browser_loads_the_page_with_at_most_six_requests() {
    let requested = requested();
    assert!(requested.len() <= 6, "{requested:?}");
    for (path, content_type) in [
        ("/", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/main.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/config.json", "application/json"),
    ] {
        assert!(requested.contains(path), "{path} is not among {requested:?}");
        let response = ask_with(&Memory::sample(), Settings::default(), Request::get(path), Caller::None);
        assert_eq!((response.status().as_u16(), text(&response, CONTENT_TYPE)), (200, content_type), "{path}");
    }
    assert_eq!(requested.len(), 5, "an address is not tested: {requested:?}");
    assert_eq!(body_text("/"), body_text("/index.html"));
}

/// The build fails if a file imports a missing file. But a file that nothing imports would be left out silently.
#[test]
fn every_script_and_style_sheet_is_served() {
    let (script, sheet) = (body_text("/main.js"), body_text("/main.css"));
    let mut count = 0;
    for (name, content) in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("page"), "") {
        if name.ends_with(".js") {
            assert!(script.contains(&format!("\n// {name}\n$files[{name:?}] = ")), "nothing imports {name}");
        } else if name.ends_with(".css") {
            assert!(sheet.contains(&content), "index.html does not link {name}");
        }
        if name != "main.js" && name != "icon.svg" && name != "index.html" {
            assert_eq!(refused(&get(&Memory::sample(), &format!("/{name}")), 404).0, "not_found", "{name}");
        }
        count += 1;
    }
    assert!(count > 50, "only {count} files were found");
}

#[test]
fn the_files_have_a_strict_policy_and_are_sent_again_only_when_they_change() {
    let memory = Memory::sample();
    for path in requested().iter().filter(|path| *path != "/config.json") {
        let response = get(&memory, path);
        let policy = text(&response, CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'self';") && !policy.contains("unsafe"), "{policy}");
        let tag = text(&response, ETAG);
        let unchanged = ask(&memory, header(Request::get(path), "if-none-match", tag));
        assert_eq!((unchanged.status().as_u16(), unchanged.body().len()), (304, 0), "{path}");
        assert_eq!(unchanged.headers()[ETAG], tag);
        let changed = ask(&memory, header(Request::get(path), "if-none-match", "W/\"0\""));
        assert_eq!(changed.status(), 200, "{path}");
    }
}

#[test]
fn the_page_may_reach_only_the_sign_in() {
    let tokens = ["https://cx.auth.eu-west-1.amazoncognito.com/oauth2/token"];
    let sign_in = SignIn::try_new("https://id.example.com/pool", "client", None, &tokens).unwrap();
    let settings = Settings { sign_in: Some(sign_in), ..Settings::default() };
    for path in requested().iter().filter(|path| *path != "/config.json") {
        let response = ask_with(&Memory::sample(), settings.clone(), Request::get(path), Caller::None);
        let reach = "connect-src 'self' https://cx.auth.eu-west-1.amazoncognito.com https://id.example.com";
        assert!(text(&response, CONTENT_SECURITY_POLICY).ends_with(reach), "{path}");
    }
}
