//! The `cxtrace` command: the whole system on one machine (the local twin), and tools to operate it on AWS.
//!
//! | what it does | module |
//! |---|---|
//! | reads the command line, runs a command | [`cli`], `commands` |
//! | maps events to handlers | [`wiring`] |
//! | runs the handlers that Lambda runs | [`twin`] |
//! | stands in for DynamoDB | [`engine`] |
//! | stands in for Datadog | [`intake`] |
//! | generates traffic | [`generate`] |
//! | reads recorded traffic | `recording` |
//! | prints | `report`, `progress`, `failure`, `logging` |

pub mod cli;
mod commands;
pub mod engine;
mod failure;
pub mod generate;
pub mod intake;
mod logging;
mod progress;
mod recording;
mod report;
pub mod twin;
pub mod wiring;
