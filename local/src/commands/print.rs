//! Standard output. A reader that closes the pipe early is not a failure.

use std::io::{self, ErrorKind, Write};

use serde::Serialize;

use crate::failure::Failure;

pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    ignore_closed_pipe(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints `document` on one line.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_string(document)?;
    text.push('\n');
    print(&text)
}

fn ignore_closed_pipe(written: io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::failed(format!("standard output cannot be written: {error}. Redirect it to another file.")))
        }
        _ => Ok(()),
    }
}
