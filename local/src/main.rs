//! The `cxtrace` command: wiring, nothing more.

use std::process::ExitCode;

fn main() -> ExitCode {
    cxtrace::cli::main()
}
