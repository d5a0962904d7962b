//! Properties of generated traffic and of its joins.
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

mod answers;
mod demo;
mod insights;
mod late;
mod laws;
mod quality;
mod rare;
mod reference;
mod sentences;
mod situations;
