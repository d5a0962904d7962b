//! Embeds the definitions of all sources in the program: those of this crate, then those of the deployer's folder. They
//! are read and checked here, so that a fault stops the build and a start of a function costs nothing.
//!
//! The deployer's folder is `sources/` beside `template.yaml`, or what `CXTRACE_SOURCES` names.

#[allow(unreachable_pub, dead_code, reason = "the library exports the same types")]
#[path = "src/registry/auth.rs"]
mod auth;
#[allow(unreachable_pub, dead_code, reason = "the library exports the same functions")]
#[path = "src/mapping/check.rs"]
mod check;
#[path = "src/registry/checks.rs"]
mod checks;
#[path = "src/mapping/compact.rs"]
mod compact;
#[allow(dead_code, reason = "the library uses the same functions")]
#[path = "src/mapping/constants.rs"]
mod constants;
#[allow(unreachable_pub, dead_code, reason = "the library uses the same functions")]
#[path = "src/mapping/cost.rs"]
mod cost;
#[allow(unreachable_pub, unused_imports, reason = "the library exports the same types")]
#[path = "src/registry/definition.rs"]
mod definition;
#[allow(unreachable_pub, reason = "the library exports the same functions")]
#[path = "src/registry/folder.rs"]
mod folder;
#[allow(unreachable_pub, reason = "the library uses the same types")]
#[path = "src/registry/head.rs"]
mod head;
#[allow(unreachable_pub, dead_code, reason = "the library exports the same types")]
#[path = "src/registry/input.rs"]
mod input;
#[allow(unreachable_pub, dead_code, reason = "the library exports the same types")]
#[path = "src/registry/length.rs"]
mod length;
#[allow(unreachable_pub, dead_code, reason = "the library exports the same types")]
#[path = "../privacy/src/pattern.rs"]
mod pattern;
#[allow(unreachable_pub, dead_code, reason = "the library exports the same types")]
#[path = "src/registry/poll.rs"]
mod poll;
#[allow(dead_code, reason = "the library uses the same functions")]
#[path = "src/mapping/prelude.rs"]
mod prelude;
#[allow(unreachable_pub, reason = "the library exports the same types")]
#[path = "src/mapping/problem.rs"]
mod problem;

use std::path::PathBuf;
use std::{env, fs, io};

/// The authority of a source whose definition gives none.
const DEFAULT_AUTHORITY: u8 = 40;

fn main() -> io::Result<()> {
    let own = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let root = own.join("../..");
    println!("cargo::rerun-if-changed=build.rs");
    for file in ["check.rs", "compact.rs", "constants.rs", "cost.rs", "prelude.jq", "prelude.rs", "problem.rs"] {
        println!("cargo::rerun-if-changed=src/mapping/{file}");
    }
    for file in ["auth.rs", "checks.rs", "definition.rs", "folder.rs", "head.rs", "input.rs", "length.rs", "poll.rs"] {
        println!("cargo::rerun-if-changed=src/registry/{file}");
    }
    println!("cargo::rerun-if-changed=../privacy/src/pattern.rs");
    println!("cargo::rerun-if-env-changed=CXTRACE_SOURCES");
    let deployers = env::var_os("CXTRACE_SOURCES").map_or_else(|| root.join("sources"), |path| root.join(path));
    let folders: Vec<_> = [own.join("definitions"), deployers].into_iter().filter(|folder| folder.is_dir()).collect();
    for folder in &folders {
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut definitions = match folder::read(Vec::new(), &folders) {
        Ok(definitions) => definitions,
        Err(folder::Fault(fault)) => {
            fault.lines().for_each(|line| println!("cargo::error={line}"));
            return Ok(());
        }
    };
    for program in definitions.iter_mut().flat_map(|definition| definition.programs.values_mut()) {
        *program = constants::lifted(&compact::compact(program)).into_text();
    }
    let heads: Vec<_> = definitions.iter().map(head::Head::of).collect();
    let json = definitions.iter().map(serde_json::to_string).collect::<Result<Vec<_>, _>>()?;
    let text = format!(
        "pub(super) const HEADS: &str = {:?};\npub(super) static DEFINITIONS: [&str; {}] = {:?};\n",
        serde_json::to_string(&heads)?,
        json.len(),
        json,
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    // Functions that only assemble journeys read nothing else of the definitions.
    let authorities = definitions.iter().filter(|definition| !definition.is_abstract).flat_map(|definition| {
        let names = definition.speaks_for.iter().chain([&definition.source]);
        names.map(|name| format!("{name} {}\n", definition.authority.unwrap_or(DEFAULT_AUTHORITY)))
    });
    fs::write(out.join("authorities.txt"), authorities.collect::<String>())?;
    let delays = heads.iter().filter(|head| !head.is_abstract);
    let delays = delays.filter_map(|head| Some(format!("{} {}\n", head.source, head.delay?.seconds())));
    fs::write(out.join("delays.txt"), delays.collect::<String>())?;
    fs::write(out.join("definitions.rs"), text)
}
