//! The poller against an API that behaves as PolyAI documents its Conversations API, version 3.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod catching_up;
mod failures;
mod several;
mod support;
