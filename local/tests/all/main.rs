//! The `cxtrace` command as a user meets it: its output, its exit codes, and its state after being killed.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod add_a_source;
mod arrival;
mod datadog;
mod doctor;
mod erase;
mod explain;
mod fake_datadog;
mod first_hour;
mod generate;
mod help;
mod hostile;
mod platforms;
mod polling;
mod replay;
mod send;
mod signed_recordings;
mod support;
mod up;
mod verify;
mod webhooks;
