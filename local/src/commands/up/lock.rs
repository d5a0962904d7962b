//! Locks a folder, so that only one twin at a time uses it. A second one would publish totals against the first.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::folder::unusable;
use crate::failure::Failure;
use crate::private_file;

const FILE: &str = "in-use";

/// The lock of a folder. The system releases it at any end of the process.
#[derive(Debug)]
pub(super) struct Lock {
    /// Kept open for its lock.
    _file: File,
}

impl Lock {
    /// Locks `folder`, and creates it if it does not exist.
    pub(super) fn take(folder: &Path) -> Result<Self, Failure> {
        private_file::create_folder(folder).map_err(|error| unusable(folder, &error))?;
        let path = folder.join(FILE);
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = private_file::open(&path, options).map_err(|error| unusable(folder, &error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(taken(folder, &mut file)),
            Err(TryLockError::Error(error)) => return Err(unusable(folder, &error)),
        }
        let written =
            file.set_len(0).and_then(|()| file.rewind()).and_then(|()| write!(file, "{}", std::process::id()));
        written.map_err(|error| unusable(folder, &error))?;
        Ok(Self { _file: file })
    }
}

fn taken(folder: &Path, file: &mut File) -> Failure {
    let mut id = String::new();
    let by = match file.read_to_string(&mut id) {
        Ok(1..) => format!("by process {}", id.trim()),
        _ => "by another process".to_owned(),
    };
    Failure::usage(format!(
        "the folder {} is in use {by}. Stop that process, or name another folder.",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_taken_once_and_free_again_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("made");
        let lock = Lock::take(&folder).unwrap();
        let refusal = Lock::take(&folder).unwrap_err().to_string();
        let expected =
            format!("is in use by process {}. Stop that process, or name another folder.", std::process::id());
        assert!(refusal.ends_with(&expected), "{refusal}");
        drop(lock);
        assert!(Lock::take(&folder).is_ok());
    }
}
