//! Properties of generated traffic and of its joins.
#![allow(clippy::unwrap_used, reason = "clippy takes what a test only uses for no part of a test")]

mod demo;
mod insights;
mod laws;
mod quality;
mod reference;
mod situations;
