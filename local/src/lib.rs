//! The `cxtrace` command: the whole system on one machine (the local twin), and tools to operate it on AWS.
//!
//! | what it does | module |
//! |---|---|
//! | reads the command line, runs a command | [`cli`], `commands` |
//! | maps events to handlers | [`wiring`] |
//! | runs the handlers that Lambda runs | [`twin`] |
//! | stands in for DynamoDB | [`engine`] |
//! | stands in for Datadog | [`intake`] |
//! | asks Datadog, and changes its objects | `datadog_api` |
//! | compares what was counted with what Datadog shows | `verification` |
//! | generates traffic | [`generate`] |
//! | reads recorded traffic | `recording` |
//! | refuses requests of other machines and pages | `guard` |
//! | logs the requests of a server | `access_log` |
//! | writes files for their owner only | `private_file` |
//! | prints | `report`, `progress`, `failure`, `logging` |

mod access_log;
pub mod cli;
mod commands;
mod datadog_api;
pub mod engine;
mod failure;
pub mod generate;
mod guard;
pub mod intake;
mod logging;
mod private_file;
mod progress;
mod recording;
mod report;
pub mod twin;
mod verification;
pub mod wiring;
