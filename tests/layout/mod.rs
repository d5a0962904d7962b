//! The layout of the source. No files of a crate import each other, neither directly nor through other files. The
//! crates use each other as in the drawing of `docs/architecture.md`.

pub(crate) mod arrows;
mod imports;

use std::path::{Path, PathBuf};

use self::imports::Crate;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The folder `src` of every crate of the workspace, relative to the root.
fn sources() -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = toml::from_str(&manifest).unwrap();
    let members = manifest["workspace"]["members"].as_array().unwrap().iter().map(|member| member.as_str().unwrap());
    let crates = members.flat_map(|member| match member.strip_suffix("/*") {
        Some(group) => {
            let entries = std::fs::read_dir(root().join(group)).unwrap();
            entries.map(|entry| format!("{group}/{}", entry.unwrap().file_name().to_str().unwrap())).collect()
        }
        None => vec![member.to_owned()],
    });
    crates.map(|member| format!("{member}/src")).collect()
}

#[test]
fn no_files_of_a_crate_import_each_other() {
    let circles = sources().into_iter().map(|src| {
        let read = Crate::read(&root().join(&src));
        assert!(!read.is_empty(), "{src} has no files");
        (src, read.circles())
    });
    let wrong: Vec<_> = circles
        .filter(|(_, circles)| !circles.is_empty())
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
