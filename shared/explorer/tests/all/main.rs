//! The API as its callers see it: requests and responses, over journeys in memory.

#![allow(clippy::unwrap_used, reason = "clippy takes what a test only uses for no part of a test")]

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
