//! One binary for every test of the whole pipeline: linking the SDK once is enough.

mod requests;
mod simulation;
mod store;
mod support;
