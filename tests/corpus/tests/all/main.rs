//! What holds of made-up traffic and of how it is joined.
#![allow(clippy::unwrap_used, reason = "clippy takes what a test only uses for no part of a test")]

mod demo;
mod insights;
mod laws;
mod quality;
mod reference;
mod situations;
