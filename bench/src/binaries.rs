//! The measured binaries, built like the deployed ones except for the processor.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::deployed::{Function, workspace};
use crate::run::Failure;

/// The folder of the binaries.
#[derive(Debug)]
pub(crate) struct Binaries {
    release: PathBuf,
    /// Cargo's target directory.
    pub(crate) target: PathBuf,
}

impl Binaries {
    /// Builds them. Each function is built alone, so that other crates do not change the features of its dependencies.
    pub(crate) fn build() -> Result<Self, Failure> {
        let binaries = Self::built()?;
        for function in Function::ALL {
            cargo(&["--package", function.name, "--bin", function.name], &binaries.target)?;
        }
        cargo(&["--package", "bench", "--bin", "bare", "--bin", "first-call"], &binaries.target)?;
        Ok(binaries)
    }

    /// The existing binaries, without building.
    pub(crate) fn built() -> Result<Self, Failure> {
        let program = std::env::current_exe()?;
        let release = program.parent().ok_or("this program has no path")?.to_owned();
        let target = release.parent().ok_or("this program is not in a target directory")?.to_owned();
        Ok(Self { target, release })
    }

    /// The binary of `function`.
    pub(crate) fn of(&self, function: Function) -> PathBuf {
        self.named(function.name)
    }

    /// The binary called `name`.
    pub(crate) fn named(&self, name: &str) -> PathBuf {
        self.release.join(name)
    }
}

fn cargo(arguments: &[&str], target: &Path) -> Result<(), Failure> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release"])
        .args(arguments)
        .env("CARGO_TARGET_DIR", target)
        .current_dir(workspace())
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("cargo build --release {} failed", arguments.join(" ")).into()) }
}
