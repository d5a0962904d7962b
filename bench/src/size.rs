//! The size of the functions: the binaries, and the zips that Lambda loads at a cold start.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::bench::Bench;
use crate::deployed::{Function, workspace};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::megabytes;

/// The maximum size of a zip, in bytes.
const MAX: u64 = 4_000_000;

/// The overhead of a zip of one file named `bootstrap`: headers and directory.
const ZIP_FRAME: u64 = 30 + 9 + 46 + 9 + 22;

/// Measures it.
pub(crate) fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("Size");
    for function in Function::ALL {
        row(&mut section, function.name, std::env::consts::ARCH, &bench.binaries.of(function))?;
        if let Some(binary) = built_for_lambda(&bench.binaries.target, function) {
            row(&mut section, function.name, "as built for Lambda", &binary)?;
        }
    }
    section.how(
        "The zip holds one file, compressed with deflate at level 6. `scripts/check-functions` builds for Lambda; what it \
         has not built is left out.",
    );
    bench.report.add(section);
    Ok(())
}

fn row(section: &mut Section, name: &str, what: &str, binary: &Path) -> Result<(), Failure> {
    let bytes = std::fs::read(binary)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&bytes)?;
    let zip = encoder.finish()?.len() as u64 + ZIP_FRAME;
    section.target(
        format!("`{name}`, {what}: zip, and binary"),
        format!("{}, and {}", megabytes(zip), megabytes(bytes.len() as u64)),
        format!("zip at most {} MB", MAX / 1_000_000),
        zip <= MAX,
    );
    Ok(())
}

/// The newest build of a function for Lambda: by `sam build`, `scripts/check-functions` or `cargo lambda`.
fn built_for_lambda(target: &Path, function: Function) -> Option<PathBuf> {
    let builds = [workspace().join(".aws-sam/build"), target.join("functions/build"), target.join("lambda")];
    let binaries = builds
        .iter()
        .flat_map(|build| [function.name, function.resource].map(|name| build.join(name).join("bootstrap")));
    let modified = |binary: &PathBuf| binary.metadata().and_then(|metadata| metadata.modified()).ok();
    binaries.filter(|binary| binary.is_file()).max_by_key(modified)
}
