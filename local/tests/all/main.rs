//! The `cxtrace` command as a user meets it: its output, its exit codes, and its state after being killed.

mod doctor;
mod explain;
mod generate;
mod help;
mod replay;
mod send;
mod support;
mod up;
