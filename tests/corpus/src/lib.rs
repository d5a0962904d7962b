//! Generated traffic of a contact centre and its surrounding systems, with the truth about it. Measures how well
//! Cxtrace joins it into journeys and finds insights.
//!
//! | what | module |
//! |---|---|
//! | Genesys and the other systems, and their events | [`platforms`] |
//! | scenarios with their truth: an hour of a contact centre | [`scenarios`] |
//! | from events to facts | [`reading`] |
//! | how well journeys are joined | [`quality`], [`report`] |
//! | how correct insights are | [`insights`] |
//! | the scenarios that `cxtrace demo` shows | [`demo`] |

pub mod demo;
pub mod insights;
pub mod platforms;
pub mod quality;
pub mod reading;
pub mod report;
pub mod scenarios;

pub use quality::{Quality, Score};
pub use scenarios::{Corpus, Hour, Kind, Label, Truth};
