//! The twin's dead letters, in memory and, if the twin has a folder, in a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cxtrace_lambda::dead_letters::{DeadLetters, MemoryDeadLetters, Sent};

use crate::private_file;

const FILE: &str = "dead-letters.ndjson";

/// The dead letters of a twin.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFile {
    kept: MemoryDeadLetters,
    file: Option<Arc<Mutex<File>>>,
}

impl DeadLetterFile {
    /// Dead letters that are also appended to `dead-letters.ndjson` in `folder`, one on each line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn in_folder(folder: &Path) -> std::io::Result<Self> {
        let mut options = OpenOptions::new();
        options.create(true).append(true);
        let file = private_file::open(&folder.join(FILE), options)?;
        Ok(Self { kept: MemoryDeadLetters::default(), file: Some(Arc::new(Mutex::new(file))) })
    }

    /// The dead letters of this process.
    #[must_use]
    pub fn messages(&self) -> Vec<String> {
        self.kept.messages()
    }
}

impl DeadLetters for DeadLetterFile {
    fn send(&self, dead_letter: String) -> Sent<'_> {
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = writeln!(file, "{dead_letter}") {
                // The dead letter is still in memory and in the log.
                tracing::error!(%error, dead_letter, "a dead letter could not be written to {FILE}");
            }
        }
        self.kept.send(dead_letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn letters_outlive_their_process() {
        let folder = tempfile::tempdir().unwrap();
        for dead_letter in ["{\"n\":1}", "{\"n\":2}"] {
            let dead_letters = DeadLetterFile::in_folder(folder.path()).unwrap();
            dead_letters.send(dead_letter.to_owned()).await.unwrap();
            assert_eq!(dead_letters.messages(), [dead_letter]);
        }
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "{\"n\":1}\n{\"n\":2}\n");
    }
}
