//! One binary for every test of the whole pipeline: linking the SDK once is enough.
#![allow(clippy::unwrap_used, reason = "clippy takes what a test only uses for no part of a test")]

mod canary;
mod journeys;
mod journeys_growth;
mod journeys_merge;
mod journeys_requests;
mod journeys_settle;
mod journeys_support;
mod publisher;
mod requests;
mod simulation;
mod store;
mod store_journeys;
mod support;
mod template;
