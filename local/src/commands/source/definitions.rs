//! The definitions that a command works with: the built-in ones, and those of folders on top.

use std::path::{Path, PathBuf};

use cxtrace_privacy::Pseudonyms;
use cxtrace_sources::Context;
use cxtrace_sources::cxtrace_span::Allowlist;
use cxtrace_sources::registry::Registry;
use cxtrace_sources::registry::folder::{self, Fault};

use crate::failure::Failure;

/// The folders of definitions in a checkout.
const FOLDERS: [&str; 2] = ["shared/sources/definitions", OWN];

/// The folder of the deployer's own definitions.
const OWN: &str = "sources";

/// The key of pseudonyms. It is constant, so that results can be compared.
const KEY: &[u8] = b"the key of a replay on a laptop";

/// The folders that are named, or those of a checkout that exist here.
pub(in crate::commands) fn folders(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    if let Some(missing) = named.iter().find(|folder| !folder.is_dir()) {
        return Err(Failure::usage(format!("{} is not a folder. Name a folder of definitions.", missing.display())));
    }
    let usual = || FOLDERS.iter().map(PathBuf::from).filter(|folder| folder.is_dir()).collect();
    Ok(if named.is_empty() { usual() } else { named.to_vec() })
}

/// Uses the deployer's own definitions, if there are any here, on top of the built-in ones in this process.
pub(in crate::commands) fn load_own() -> Result<(), Failure> {
    let own = PathBuf::from(OWN);
    if own.is_dir() {
        load(&[own])?;
    }
    Ok(())
}

/// Uses the definitions of `folders` on top of the built-in ones in this process.
pub(in crate::commands) fn load(folders: &[PathBuf]) -> Result<Context, Failure> {
    let built_in = Registry::built_in().definitions().cloned().collect();
    let definitions = folder::read(built_in, folders).map_err(|Fault(fault)| Failure::failed(fault))?;
    Registry::use_instead(definitions);
    let pseudonyms = Pseudonyms::try_new(KEY)?;
    Ok(Context::new(pseudonyms, Allowlist::default()))
}

/// The folder of a source's definition: the last one that has it.
pub(super) fn folder_of(source: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let has = |folder: &&PathBuf| folder.join(source).join("source.yaml").is_file();
    folders.iter().rev().find(has).map(|folder: &PathBuf| Path::join(folder, source))
}
