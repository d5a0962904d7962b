//! One module for each command: its options, and what it does.

mod assembler;
mod aws;
mod counted;
pub(crate) mod datadog;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod erase;
pub(crate) mod explain;
mod explorer;
pub(crate) mod generate;
pub(crate) mod intake;
pub(crate) mod options;
pub(crate) mod print;
pub(crate) mod privacy;
pub(crate) mod redrive;
pub(crate) mod replay;
pub(crate) mod replay_loop;
pub(crate) mod republish;
pub(crate) mod send;
mod serve;
pub(crate) mod source;
pub(crate) mod up;
pub(crate) mod verify;
mod webhook_secrets;
