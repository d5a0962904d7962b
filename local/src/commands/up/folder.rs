//! The folder that keeps a twin's state.

use std::path::Path;

use crate::failure::Failure;

/// The failure of a command whose folder cannot be read or written.
pub(super) fn unusable(folder: &Path, error: &std::io::Error) -> Failure {
    let folder = folder.display();
    Failure::usage(format!("the folder {folder} cannot be used: {error}. Name a folder that you can write to."))
}
