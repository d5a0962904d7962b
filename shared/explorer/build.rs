//! Embeds the files of the web page in the program. No file needs to be named here.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("page");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=page");
    let mut names = Vec::new();
    if root.is_dir() {
        list(&root, "", &mut names)?;
    }
    names.sort();
    let mut code = String::from("/// Every file under `page/`, by its name.\nconst FILES: &[File] = &[\n");
    for name in names {
        let path = root.join(&name);
        code.push_str(&format!("    File {{ name: {name:?}, bytes: include_bytes!({path:?}) }},\n"));
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("files.rs"), code)
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
