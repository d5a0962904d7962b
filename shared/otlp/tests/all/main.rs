//! Tests of the public functions of `cxtrace-otlp`.

mod export;
mod journeys;
mod limits;
mod page;
mod receive;
mod sampling;
