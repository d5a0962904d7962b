//! One binary for every test of the whole pipeline: linking the SDK once is enough.
#![allow(clippy::unwrap_used, reason = "clippy takes what a test only uses for no part of a test")]

mod publisher;
mod requests;
mod simulation;
mod store;
mod support;
mod template;
