//! The secrets of webhooks in a file, as docs/webhooks.md describes them.

use std::path::Path;

use webhook_receiver::Secrets;

use crate::failure::Failure;

pub(crate) fn read(path: &Path) -> Result<Secrets, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}. Name another file.", path.display())))?;
    Secrets::read(&text).map_err(|error| Failure::usage_of(&error))
}
