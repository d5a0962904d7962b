//! Embeds the web page in the program: its modules as one script, its style sheets as one, and every other file as it
//! is. So a browser loads the page with a few requests. No file needs to be named here.

#[path = "build/bundle.rs"]
mod bundle;

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use bundle::{Fault, Files};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("page");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=page");
    let mut names = Vec::new();
    if root.is_dir() {
        list(&root, "", &mut names)?;
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut embedded = Vec::new();
    let mut joined = Files::new();
    for name in names {
        let path = root.join(&name);
        if name == "index.html" || name.ends_with(".css") || name.ends_with(".js") {
            joined.insert(name, fs::read_to_string(path)?);
        } else {
            embedded.push((name, path));
        }
    }
    if !joined.is_empty() {
        match join(&joined) {
            Ok(files) => {
                for (name, text) in files {
                    let path = out.join(name);
                    fs::write(&path, text)?;
                    embedded.push((name.to_owned(), path));
                }
            }
            Err(fault) => println!("cargo::error=shared/explorer/page/{fault}"),
        }
    }
    embedded.sort();
    let mut code = String::from("/// The page's files as they are served, by name.\nconst FILES: &[File] = &[\n");
    for (name, path) in embedded {
        code.push_str(&format!("    File {{ name: {name:?}, bytes: include_bytes!({path:?}) }},\n"));
    }
    code.push_str("];\n");
    fs::write(out.join("files.rs"), code)
}

/// The files that take the place of `files`, by name.
fn join(files: &Files) -> Result<[(&'static str, String); 3], Fault> {
    let (index, sheets) = bundle::index(files.get("index.html").map(String::as_str).unwrap_or_default());
    Ok([
        ("index.html", index),
        (bundle::STYLE_SHEET, bundle::style_sheet(files, &sheets)?),
        (bundle::SCRIPT, bundle::script(files, bundle::SCRIPT)?),
    ])
}

/// Adds the names of the files under `folder`, with `/` between folders. It leaves out hidden files, and `.d.ts` files,
/// which only the type check reads.
fn list(folder: &Path, before: &str, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| is_part_of_page(name)) else { continue };
        let name = format!("{before}{name}");
        if entry.file_type()?.is_dir() {
            list(&entry.path(), &format!("{name}/"), names)?;
        } else {
            names.push(name);
        }
    }
    Ok(())
}

fn is_part_of_page(name: &str) -> bool {
    !name.starts_with('.') && !name.ends_with(".d.ts")
}
