//! The `cxtrace` command: the whole system on a laptop, and what helps to run it on AWS.
//!
//! | what it does | module |
//! |---|---|
//! | what can be asked for on the command line | [`cli`], `commands` |
//! | which event wakes which handler | [`wiring`] |
//! | the handlers that Lambda runs, run here | [`twin`] |
//! | the table they store into | [`engine`] |
//! | the Datadog that they send to | [`intake`] |
//! | traffic, made up | [`generate`] |
//! | traffic, recorded | `recording` |
//! | what is printed | `report`, `progress`, `failure`, `logging` |

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
