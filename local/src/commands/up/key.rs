//! The key of a twin's pseudonyms. A twin with a folder keeps its key there.

use std::path::Path;

use super::folder::unusable;
use crate::failure::Failure;
use crate::private_file;
use crate::twin::KEY_FILE;

/// A new random key.
pub(super) fn random() -> Result<Vec<u8>, Failure> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| {
        Failure::failed(format!("the system gives no random numbers: {error}. Set PSEUDONYM_KEY instead."))
    })?;
    Ok(hex::encode(key).into_bytes())
}

/// The key in `folder`; `None` if there is none.
pub(crate) fn stored_in(folder: &Path) -> Option<Vec<u8>> {
    std::fs::read(folder.join(KEY_FILE)).ok()
}

/// The key in `folder`, or a new one if there is none. With another key, new facts would not join with the stored ones.
pub(super) fn kept_in(folder: &Path) -> Result<Vec<u8>, Failure> {
    let path = folder.join(KEY_FILE);
    match std::fs::read(&path) {
        Ok(key) => Ok(key),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = random()?;
            let unfinished = path.with_extension("unfinished");
            let written = write_private(&unfinished, &key).and_then(|()| std::fs::rename(&unfinished, &path));
            written.map_err(|error| unusable(folder, &error))?;
            Ok(key)
        }
        Err(error) => Err(unusable(folder, &error)),
    }
}

/// Writes a file that only its owner may read.
fn write_private(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::File::options();
    options.write(true).create(true).truncate(true);
    std::io::Write::write_all(&mut private_file::open(path, options)?, content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let key = kept_in(folder.path()).unwrap();
        assert_eq!(key.len(), 64);
        assert_eq!(kept_in(folder.path()).unwrap(), key);
        assert_ne!(random().unwrap(), key);
    }
}
