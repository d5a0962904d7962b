//! An intake that accepts series and distributions like Datadog, and keeps the values that Datadog would keep.
//!
//! It enforces Datadog's documented rules (API reference, *Submit metrics*, v2; docs, *Custom metrics* and *Getting
//! started with tags*). The rules are implemented here independently of the sender, because tests cannot find an error
//! that both share. The intake is stricter in one respect: it answers 400 if Datadog would silently change a name or a
//! tag. Two spellings that Datadog folds are one series here, and the later value overwrites the earlier one.
//!
//! | part | module |
//! |---|---|
//! | sizes and compression | `body` |
//! | the form of the JSON, names, tags, types | `document` |
//! | the same for distributions | `distributions` |
//! | which spellings of a tag are equal | `folding` |
//! | queries of counts | [`query`] |
//! | why a payload is rejected | `rejection` |
//! | the kept values | `state` |
//! | HTTP | [`server`] |

mod body;
mod distributions;
mod document;
mod folding;
pub mod query;
mod rejection;
pub mod server;
mod state;
#[cfg(test)]
mod tests;

pub use body::{MAX_PLAIN, MAX_SENT};
pub use distributions::DistributionValue;
pub use server::{SharedIntake, router};
pub use state::{HeldPoint, Intake, IntakeResponse, NEWEST, OLDEST};
