//! An intake that takes series and distributions as Datadog does, and keeps what Datadog would keep.
//!
//! It judges what is sent by Datadog's documented rules (API reference, *Submit metrics*, v2; docs, *Custom
//! metrics* and *Getting started with tags*), which are written down here once more: it must know nothing of
//! the sender, for an error in common would never show. In one respect it is stricter: where Datadog
//! would change the letters of a name or a tag without a word, it answers 400. Two spellings that Datadog folds are
//! one series here, and the later value overwrites the earlier one.
//!
//! | what | module |
//! |---|---|
//! | sizes and compression | `body` |
//! | the shape of the JSON, names, tags, types | `document` |
//! | the same of distributions | `distributions` |
//! | which spellings of a tag are one | `folding` |
//! | why a payload is rejected | `rejection` |
//! | what is kept of it | `state` |
//! | HTTP | [`server`] |

mod body;
mod distributions;
mod document;
mod folding;
mod rejection;
pub mod server;
mod state;
#[cfg(test)]
mod tests;

pub use body::{MAX_PLAIN, MAX_SENT};
pub use distributions::DistributionValue;
pub use server::{SharedIntake, router};
pub use state::{HeldPoint, Intake, IntakeResponse, NEWEST, OLDEST};
