//! The binaries that are measured, built as they are deployed but for the processor.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Failure;
use crate::functions::Function;

/// Where the workspace is.
pub(crate) fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Why there is no client with default TLS.
const LEFT_OUT: &str = "it was left out";

/// What was built.
#[derive(Debug)]
pub(crate) struct Binaries {
    /// Where the functions are.
    release: PathBuf,
    /// A function that does nothing.
    pub(crate) bare: PathBuf,
    /// A first HTTPS call by the functions' client.
    pub(crate) first_call: PathBuf,
    /// A first HTTPS call by a client with default TLS; or why there is none.
    pub(crate) default_tls: Result<PathBuf, String>,
    /// Cargo's target directory.
    pub(crate) target: PathBuf,
}

impl Binaries {
    /// Builds them. Each function is built alone, so that no other crate's needs change its dependencies.
    pub(crate) fn build(with_default_tls: bool) -> Result<Self, Failure> {
        let binaries = Self::built()?;
        let target = &binaries.target;
        for function in Function::ALL {
            cargo(&["--package", function.name(), "--bin", function.name()], target)?;
        }
        cargo(&["--package", "bench", "--bin", "bare", "--bin", "first-call"], target)?;
        let default_tls = if with_default_tls { build_default_tls(target) } else { Err(LEFT_OUT.to_owned()) };
        Ok(Self { default_tls, ..binaries })
    }

    /// Those that were built before, as they are.
    pub(crate) fn built() -> Result<Self, Failure> {
        let own = std::env::current_exe()?;
        let release = own.parent().ok_or("this program is nowhere")?.to_owned();
        let target = release.parent().ok_or("this program is not in a target directory")?.to_owned();
        Ok(Self {
            bare: release.join("bare"),
            first_call: release.join("first-call"),
            default_tls: Err(LEFT_OUT.to_owned()),
            target,
            release,
        })
    }

    /// The binary of `function`.
    pub(crate) fn of(&self, function: Function) -> PathBuf {
        self.release.join(function.name())
    }
}

/// Not being able to build it, for want of a C compiler's features or of a network, stops nothing else.
fn build_default_tls(target: &Path) -> Result<PathBuf, String> {
    let manifest = workspace().join("bench/default-tls/Cargo.toml");
    let target = target.join("default-tls");
    cargo(&["--locked", "--manifest-path", &manifest.to_string_lossy()], &target)
        .map_err(|_| "it could not be built here".to_owned())?;
    Ok(target.join("release/default-tls"))
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
