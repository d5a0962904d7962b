//! The correlation table: facts, the edges that they prove, and the rows by which journeys are listed.
//!
//! | what | module |
//! |---|---|
//! | keys | [`key`] |
//! | appending facts and retractions | [`append`] |
//! | reading all facts of one journey | [`gather`] |
//! | erasing facts with everything that leads to them | [`erase`] |
//! | rows: a journey's entry in lists, and redirects of merged journeys | [`row`] |
//! | the summary in a row | [`summary`] |
//! | lists, searches, and journeys that are due | [`list`] |
//! | an index that is spread over partitions | [`index`] |
//! | what a record of the stream says | [`change`] |
//! | sources' clocks | [`clock`] |
//! | how far polled APIs are read | [`poll`] |
//! | quarantined ids | [`quarantine`] |
//! | how many phone numbers a user has searched for | [`search_limit`] |
//! | which traces belong to a journey | [`traces`] |

mod append;
pub mod change;
mod clock;
mod erase;
mod gather;
mod index;
mod key;
mod list;
mod poll;
mod quarantine;
mod row;
pub mod schema;
mod search_limit;
mod summary;
mod traces;

pub use append::MAX_FACT_BYTES;
pub use erase::{Deleted, NumberMention};
pub use gather::{Consistency, MAX_BYTES, MAX_SPANS};
pub use list::{DuePage, PhoneMentions, RowPage};
pub use poll::{PollCursor, PollWindow};
pub use quarantine::Quarantine;
pub use row::{Exported, JourneyRow, Listing, RowContent, RowVersion, WriteOutcome};
pub use summary::{StoredSummary, UnreadableSummary};
