//! How the source is laid out. No files of a crate import each other, neither directly nor through other files. The
//! crates use each other as `docs/architecture.md` draws it.

mod arrows;
mod imports;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::imports::Crate;

/// Crates that still have circles. A crate leaves this list and never enters it.
const NOT_YET: [&str; 2] = ["local/src", "tests/src"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every folder `src` of the workspace, relative to its root.
fn sources() -> Vec<String> {
    let mut found = Vec::new();
    for group in ["", "shared", "functions", "tests"] {
        for entry in std::fs::read_dir(root().join(group)).unwrap() {
            let src = entry.unwrap().path().join("src");
            let is_crate = ["lib.rs", "main.rs"].iter().any(|file| src.join(file).exists());
            let name = Path::new(group).join(src.strip_prefix(root().join(group)).unwrap());
            found.extend(is_crate.then(|| name.to_str().unwrap().to_owned()));
        }
    }
    found.sort();
    found
}

#[test]
fn no_files_of_a_crate_import_each_other() {
    let sources = sources();
    assert!(sources.len() > 12, "{sources:?}");
    let circles: BTreeMap<_, _> =
        sources.iter().map(|src| (src.as_str(), Crate::read(&root().join(src)).circles())).collect();
    let wrong: Vec<_> = circles
        .iter()
        .filter(|(src, circles)| !circles.is_empty() && !NOT_YET.contains(src))
        .map(|(src, circles)| format!("{src}: {}", circles.join("; ")))
        .collect();
    assert!(wrong.is_empty(), "these files import each other:\n{}", wrong.join("\n"));
}

#[test]
fn a_circle_is_found_however_it_is_written() {
    let circles = |files: &[(&str, &str)]| Crate::of(files.iter().copied()).circles();
    let direct = [("lib", "mod a;\nmod b;"), ("a", "use crate::b::{self, B};"), ("b", "fn f() { super::a::g() }")];
    assert_eq!(circles(&direct), ["a -> b -> a"]);
    let around = [("a", "use crate::b::B;"), ("b", "use super::c;"), ("c", "use crate::{d::D, a::{A, E}};"), ("d", "")];
    assert_eq!(circles(&around), ["a -> b -> c -> a"]);
    // Through what a parent re-exports.
    let parent = [("m", "mod child;\npub use child::Child;"), ("m/child", "use super::Other;")];
    assert_eq!(circles(&parent), ["m -> m/child -> m"]);
    let fine = [
        ("lib", "pub mod a;\npub use a::A;"),
        (
            "a",
            "// use crate::b::B;\nuse std::fmt;\n#[cfg(test)]\nmod tests {\n    use super::*;\n    use crate::b::B;\n}",
        ),
        ("b", "use crate::a::A;"),
    ];
    assert_eq!(circles(&fine), [""; 0]);
}
