//! A schedule to settled journeys: once every source's delay has elapsed, a journey gets a revision, and the journey bus
//! and Datadog are notified.
//!
//! | who is notified | how often | module |
//! |---|---|---|
//! | journey bus: `Journey Settled`, `Insight Detected` | at least once for each revision; again only after a crash, or when the bus took only some. `id` and `revision` identify duplicates | [`bus`] |
//! | Datadog, insights | exactly once for each journey and rule, by the ledgers of flow metrics | [`insights`] |
//! | Datadog, durations | at most once for each revision: durations that Datadog may hold are not sent again | [`measures`], `durations` |
//! | receiver of traces | at least once for each revision, with ids that stay the same | `traces`, `exporting` |
//!
//! The steps and their order are those of [`Settlement`]. Many journeys are settled at once by the first
//! pass, `announcing`. Their durations follow in a second one, so that the bus never waits for Datadog, and their traces in a third one. A
//! receiver of traces that is down settles nothing twice: the row says that only the export is pending.
//!
//! [`Settlement`]: cxtrace_domain::journeys::Settlement

mod announcing;
mod budget;
pub mod bus;
mod circuit_breaker;
mod durations;
mod error;
mod exporting;
pub mod insights;
pub mod measures;
mod run;
mod settler;
mod traces;

pub use budget::SeriesBudget;
pub use circuit_breaker::CircuitBreaker;
pub use error::SettleError;
pub use settler::{JourneySettler, Run};
pub use traces::Export;
