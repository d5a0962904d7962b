//! The twin's dead letters, in memory and, if the twin has a folder, in a file.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cxtrace_lambda::dead_letters::{DeadLetters, KeptLetters, Sent};

const FILE: &str = "dead-letters.ndjson";

/// The dead letters of a twin.
#[derive(Debug, Clone, Default)]
pub struct DeadLetterFile {
    kept: KeptLetters,
    file: Option<Arc<Mutex<File>>>,
}

impl DeadLetterFile {
    /// Dead letters that are also appended to `dead-letters.ndjson` in `folder`, one on each line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn in_folder(folder: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(folder.join(FILE))?;
        Ok(Self { kept: KeptLetters::default(), file: Some(Arc::new(Mutex::new(file))) })
    }

    /// The dead letters of this process.
    #[must_use]
    pub fn letters(&self) -> Vec<String> {
        self.kept.letters()
    }
}

impl DeadLetters for DeadLetterFile {
    fn send(&self, letter: String) -> Sent<'_> {
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = writeln!(file, "{letter}") {
                // The dead letter is still in memory and in the log.
                tracing::error!(%error, letter, "a dead letter could not be written to {FILE}");
            }
        }
        self.kept.send(letter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn letters_outlive_their_process() {
        let folder = tempfile::tempdir().unwrap();
        for letter in ["{\"n\":1}", "{\"n\":2}"] {
            let dead_letters = DeadLetterFile::in_folder(folder.path()).unwrap();
            dead_letters.send(letter.to_owned()).await.unwrap();
            assert_eq!(dead_letters.letters(), [letter]);
        }
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "{\"n\":1}\n{\"n\":2}\n");
    }
}
