//! Polls APIs that send no events, and stores the events that they list.
//!
//! | question | module |
//! |---|---|
//! | Which API is asked, and what is in a request? | [`target`] |
//! | What does an answer mean? | [`answer`] |
//! | How is one page asked for, with which key, and how often? | [`asking`] |
//! | How far is an API read? | [`cursors`] |
//! | Which windows does a run read? | [`poller`] |
//!
//! A window's facts are stored before the cursor moves, so a crash repeats requests and loses nothing. Facts have an identity,
//! so an item that is read again changes nothing.

pub mod answer;
pub mod asking;
pub mod cursors;
pub mod poller;
pub mod target;

pub use asking::Api;
pub use cursors::Cursors;
pub use poller::{PollError, Poller, Run};
pub use target::{InvalidTarget, Target};
