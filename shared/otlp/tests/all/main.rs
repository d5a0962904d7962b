//! Tests of the public functions of `cxtrace-otlp`.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod export;
mod journeys;
mod limits;
mod page;
mod receive;
mod sampling;
