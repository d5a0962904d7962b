//! Dead letters of the twin: kept in memory, and in a file when the twin has a folder for its state.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use cxtrace_lambda::dead_letters::{DeadLetters, KeptLetters, Sent};

const FILE: &str = "dead-letters.ndjson";

/// Letters, kept.
#[derive(Debug, Clone, Default)]
pub struct Letters {
    kept: KeptLetters,
    file: Option<Arc<Mutex<File>>>,
}

impl Letters {
    /// Letters that are also appended to `dead-letters.ndjson` in `folder`, one on each line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn in_folder(folder: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(folder.join(FILE))?;
        Ok(Self { kept: KeptLetters::default(), file: Some(Arc::new(Mutex::new(file))) })
    }

    /// Those of this process.
    #[must_use]
    pub fn letters(&self) -> Vec<String> {
        self.kept.letters()
    }
}

impl DeadLetters for Letters {
    fn send(&self, letter: String) -> Sent<'_> {
        if let Some(file) = &self.file {
            let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
            if let Err(error) = writeln!(file, "{letter}") {
                // It is in memory all the same, and the log says so.
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
            let letters = Letters::in_folder(folder.path()).unwrap();
            letters.send(letter.to_owned()).await.unwrap();
            assert_eq!(letters.letters(), [letter]);
        }
        assert_eq!(std::fs::read_to_string(folder.path().join(FILE)).unwrap(), "{\"n\":1}\n{\"n\":2}\n");
    }
}
