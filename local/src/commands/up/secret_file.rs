//! Secrets by source, in a file in the place of a secret of AWS.

use std::path::{Path, PathBuf};

use webhook_receiver::secret_book::{Loading, NoSecrets};
use webhook_receiver::{LoadSecrets, Secrets};

/// The file, if there is one.
#[derive(Debug)]
pub(super) struct SecretFile(Option<PathBuf>);

impl SecretFile {
    pub(super) fn new(path: Option<&Path>) -> Self {
        Self(path.map(Path::to_owned))
    }
}

impl LoadSecrets for SecretFile {
    fn load(&self) -> Loading<'_> {
        Box::pin(async move {
            let Some(path) = &self.0 else { return Ok(Secrets::default()) };
            let unreadable = |source| NoSecrets::File { path: path.display().to_string(), source };
            Ok(Secrets::read(&std::fs::read_to_string(path).map_err(unreadable)?)?)
        })
    }
}
