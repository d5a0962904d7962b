//! Spans of applications, and which of them matter to a journey.
//!
//! | step | module |
//! |---|---|
//! | a body as a request, within limits | [`body`] |
//! | ids of interactions in attributes, by configured names | [`interaction`] |
//! | the traces of a request, and which of them belong to a journey | [`traces`] |
//! | a large trace reduced to the spans that matter | `folding` |
//! | what a definition's mapping sees | `item` |
//!
//! Nothing here stores or decides what may be kept: the items go through the mapping of a definition and its gate.

pub mod body;
mod folding;
pub mod interaction;
mod item;
pub mod traces;

pub use body::{Refusal, read};
pub use interaction::Interactions;
pub use traces::{Other, Received, Trace};
