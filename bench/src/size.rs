//! How large the functions are: as binaries, and as the zips that Lambda loads at a cold start.

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::DeflateEncoder;

use crate::Failure;
use crate::binaries::{Binaries, workspace};
use crate::functions::Function;
use crate::report::{Report, Section};

/// The most bytes of a zip.
const MOST: u64 = 4_000_000;

/// What a zip of one file named `bootstrap` holds besides the compressed file: its header, its entry in the
/// directory, and the directory's end.
const ZIP_FRAME: u64 = 30 + 9 + 46 + 9 + 22;

/// Measures it.
pub(crate) fn measure(binaries: &Binaries, report: &mut Report) -> Result<(), Failure> {
    let mut section = Section::new("Size");
    section.means("What Lambda loads and unpacks at a cold start: the smaller, the sooner a function answers.");
    let mut not_built = Vec::new();
    for function in Function::ALL {
        let name = function.name();
        row(&mut section, name, std::env::consts::ARCH, &binaries.of(function))?;
        match built_for_lambda(&binaries.target, name, function.resource()) {
            Some(binary) => row(&mut section, name, "as built for Lambda", &binary)?,
            None => not_built.push(format!("`{name}`")),
        }
    }
    if !not_built.is_empty() {
        section.how(format!("Not built for Lambda here: {}. `scripts/check-functions` does so.", not_built.join(", ")));
    }
    section.how("The zip holds one file, compressed as zip tools do by default (deflate, level 6).");
    report.add(section);
    Ok(())
}

fn row(section: &mut Section, name: &str, what: &str, binary: &Path) -> Result<(), Failure> {
    let bytes = std::fs::read(binary)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(&bytes)?;
    let zip = encoder.finish()?.len() as u64 + ZIP_FRAME;
    section.target(
        format!("`{name}`, {what}: zip, and binary"),
        format!("{} MB, and {} MB", megabytes(zip), megabytes(bytes.len() as u64)),
        format!("zip at most {} MB", MOST / 1_000_000),
        zip <= MOST,
    );
    Ok(())
}

/// The newest of the builds of a function for Lambda: by `sam build`, `scripts/check-functions` or `cargo lambda`.
fn built_for_lambda(target: &Path, name: &str, resource: &str) -> Option<PathBuf> {
    let builds = [workspace().join(".aws-sam/build"), target.join("functions/build"), target.join("lambda")];
    let binaries =
        builds.iter().flat_map(|build| [name, resource].map(|function| build.join(function).join("bootstrap")));
    let modified = |binary: &PathBuf| binary.metadata().and_then(|metadata| metadata.modified()).ok();
    binaries.filter(|binary| binary.is_file()).max_by_key(modified)
}

#[expect(clippy::cast_precision_loss, reason = "shown with two decimals")]
fn megabytes(bytes: u64) -> String {
    format!("{:.2}", bytes as f64 / 1e6)
}
