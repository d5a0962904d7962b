//! The correlation table: facts, what they prove of each other, and the rows that journeys are listed by.
//!
//! | what | module |
//! |---|---|
//! | keys | [`key`] |
//! | appending facts and retractions | [`append`] |
//! | reading all that belongs to one journey | [`gather`] |
//! | rows: a journey's line in lists, and where a merged one went | [`row`] |
//! | lists, searches, and what is due to be settled | [`list`] |
//! | what has changed, as the stream tells it | [`change`] |
//! | what is known of sources' clocks | [`clock`] |

mod append;
pub mod change;
mod clock;
mod gather;
mod key;
mod list;
mod row;
pub mod schema;

pub use append::MOST_FACT_BYTES;
pub use gather::{MOST_BYTES, MOST_SPANS};
pub use list::{Found, Mentioned, Position};
pub use row::{Line, Row, Standing, Version, Written};
