//! Finds and opens event files, plain or gzip. The first bytes show which.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;

/// The endings of event files, before `.gz`.
const ENDINGS: [&str; 3] = ["json", "ndjson", "jsonl"];

/// The ending of files that hold what events beside them become. They contain no events.
const EXPECTED: &str = ".expected.json";

/// The name of standard input, on the command line and in messages.
const STDIN: &str = "-";

/// One text of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// Standard input, which can be read once.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// The named files cannot be used. Nothing has been read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FindError {
    /// It does not exist.
    #[error("{} does not exist. Name a file, a folder, or - for standard input.", .path.display())]
    Missing {
        /// The file or folder.
        path: PathBuf,
    },
    /// It cannot be read.
    #[error("{} cannot be read. Check its permissions, or name another file or folder.", .path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The operating system's error.
        #[source]
        source: io::Error,
    },
    /// A folder without events.
    #[error(
        "the folder {} contains no event files. Their names end in .json, .ndjson or .jsonl, with or without .gz. \
         Name other files directly.", .path.display()
    )]
    NoEvents {
        /// The folder.
        path: PathBuf,
    },
    /// Standard input is named more than once.
    #[error("standard input is named more than once. Name it once.")]
    StdinTwice,
}

/// The inputs that `paths` name. A folder stands for all event files in it, at any depth, sorted.
pub(crate) fn find(paths: &[PathBuf]) -> Result<Vec<Input>, FindError> {
    let mut inputs = Vec::new();
    for path in paths {
        if path.as_os_str() == STDIN {
            if inputs.contains(&Input::Stdin) {
                return Err(FindError::StdinTwice);
            }
            inputs.push(Input::Stdin);
            continue;
        }
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => FindError::Missing { path: path.clone() },
            _ => FindError::Unreadable { path: path.clone(), source },
        };
        if fs::metadata(path).map_err(unreadable)?.is_dir() {
            let mut files = Vec::new();
            collect(path, &mut files)?;
            if files.is_empty() {
                return Err(FindError::NoEvents { path: path.clone() });
            }
            files.sort();
            inputs.extend(files.into_iter().map(Input::File));
        } else {
            let input = Input::File(path.clone());
            // A pipe must not be opened before it is read.
            if !input.is_read_once() {
                File::open(path).map_err(unreadable)?;
            }
            inputs.push(input);
        }
    }
    Ok(inputs)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), FindError> {
    let unreadable = |source| FindError::Unreadable { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        // Links to folders are not followed, because they could make a circle.
        if entry.file_type().map_err(unreadable)?.is_dir() {
            collect(&path, files)?;
        } else if is_named_as_events(&path) && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_named_as_events(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let name = name.strip_suffix(".gz").unwrap_or(name);
    !name.starts_with('.')
        && !name.ends_with(EXPECTED)
        && name.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending))
}

/// A text being read.
pub(crate) type TextReader = Box<dyn BufRead + Send>;

impl Input {
    /// Its name in messages.
    pub(crate) fn name(&self) -> Arc<str> {
        match self {
            Self::Stdin => "standard input".into(),
            Self::File(path) => path.display().to_string().into(),
        }
    }

    /// Its size in bytes; `None` for a pipe.
    pub(crate) fn size(&self) -> Option<u64> {
        match self {
            Self::File(path) if !self.is_read_once() => fs::metadata(path).ok().map(|metadata| metadata.len()),
            _ => None,
        }
    }

    /// Whether it can be read only once, as a pipe.
    pub(crate) fn is_read_once(&self) -> bool {
        match self {
            Self::Stdin => true,
            Self::File(path) => fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()),
        }
    }

    /// Its text, unpacked if it is gzip. `read` counts the bytes that are read from the file itself.
    pub(crate) fn open(&self, read: Arc<AtomicU64>) -> io::Result<TextReader> {
        let raw: Box<dyn Read + Send> = match self {
            Self::Stdin => Box::new(io::stdin()),
            Self::File(path) => Box::new(File::open(path)?),
        };
        text_of(CountingReader { raw, read })
    }
}

/// The text in `raw`, unpacked if it is gzip.
pub(crate) fn text_of(raw: impl Read + Send + 'static) -> io::Result<TextReader> {
    let mut raw = BufReader::with_capacity(64 * 1024, raw);
    if raw.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        return Ok(Box::new(BufReader::with_capacity(64 * 1024, MultiGzDecoder::new(raw))));
    }
    Ok(Box::new(raw))
}

/// Unpacks gzip of up to `most` unpacked bytes.
pub(crate) fn unpack(bytes: &[u8], most: u64) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(bytes).take(most + 1).read_to_end(&mut plain)?;
    if plain.len() as u64 > most {
        return Err(io::Error::other(format!("it has more than {most} bytes")));
    }
    Ok(plain)
}

struct CountingReader<R> {
    raw: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.raw.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

/// Opens a file for writing, or standard output.
pub(crate) fn create(path: &Path) -> io::Result<Box<dyn Write>> {
    if path.as_os_str() == STDIN {
        return Ok(Box::new(io::BufWriter::new(io::stdout().lock())));
    }
    Ok(Box::new(io::BufWriter::new(File::create(path)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(inputs: &[Input], folder: &Path) -> Vec<String> {
        inputs
            .iter()
            .map(|input| match input {
                Input::Stdin => "-".to_owned(),
                Input::File(path) => path.strip_prefix(folder).unwrap().display().to_string(),
            })
            .collect()
    }

    #[test]
    fn a_folder_means_the_event_files_in_it_sorted() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/deep")).unwrap();
        for name in [
            "b.ndjson",
            "a/x.json.gz",
            "a/deep/y.jsonl",
            "README.md",
            ".hidden.json",
            "c.gz",
            "json",
            "b.expected.json",
        ] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        let found = find(&[folder.path().to_owned()]).unwrap();
        assert_eq!(names(&found, folder.path()), ["a/deep/y.jsonl", "a/x.json.gz", "b.ndjson"]);
        let named = [folder.path().join("README.md"), PathBuf::from("-")];
        assert_eq!(names(&find(&named).unwrap(), folder.path()), ["README.md", "-"]);
    }

    #[test]
    fn unusable_files_are_refused_with_advice() {
        let folder = tempfile::tempdir().unwrap();
        let message = |paths: &[PathBuf]| find(paths).unwrap_err().to_string();
        assert!(message(&[folder.path().join("none")]).ends_with("Name a file, a folder, or - for standard input."));
        assert!(message(&[folder.path().to_owned()]).contains("contains no event files"));
        assert_eq!(message(&["-".into(), "-".into()]), "standard input is named more than once. Name it once.");
    }

    #[test]
    fn gzip_is_unpacked_as_long_as_it_is_not_too_large() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&[b'x'; 1_000]).unwrap();
        let packed = packed.finish().unwrap();
        assert_eq!(unpack(&packed, 1_000).unwrap().len(), 1_000);
        assert!(unpack(&packed, 999).is_err());
        assert!(unpack(b"plain", 9).is_err());
    }
}
