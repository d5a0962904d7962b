//! The API as its callers see it: requests and responses, over journeys in memory.

#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

mod access;
mod bundling;
mod cursors;
mod hostile;
mod lists;
mod memory;
mod openapi;
mod page;
mod routes;
mod rows;
mod samples;
mod schema;
mod sending;
mod support;
