//! The `cxtrace` command as a user meets it: its output, its exit codes, and its state after being killed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod doctor;
mod explain;
mod generate;
mod help;
mod hostile;
mod replay;
mod send;
mod support;
mod up;
