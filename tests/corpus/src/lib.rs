//! Labelled journeys: made-up traffic of a contact centre and the systems around it, whose truth is known, and a
//! measure of how well Cxtrace joins it.
//!
//! | what | module |
//! |---|---|
//! | chance from a seed | [`dice`] |
//! | Genesys and the other systems: the events that they put on the bus | [`platforms`] |
//! | stories with their truth: an hour of a contact centre | [`stories`] |
//! | from events to facts | [`reading`] |
//! | a correlation table in memory | [`table`] |
//! | how well it is joined | [`quality`], [`report`] |
//! | the stories that `cxtrace demo` shows | [`demo`] |

pub mod demo;
pub mod dice;
pub mod platforms;
pub mod quality;
pub mod reading;
pub mod report;
pub mod stories;
pub mod table;

pub use quality::{Quality, Score};
pub use stories::{Corpus, Hour, Kind, Label, Truth};
pub use table::Table;
