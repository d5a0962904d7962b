//! Labelled traffic: what customers do, as every system reports it, and the truth about what belongs together.
//!
//! | what | module |
//! |---|---|
//! | the truth: which anchors belong to one journey, and which of them a rule can join | [`truth`] |
//! | the systems and their clocks | [`systems`] |
//! | one scenario, and a call in it | [`scenario`] |
//! | calls that stay in the contact centre | `voice` |
//! | calls that go from one platform to another | `handoffs` |
//! | customers who begin on the web site | `web` |
//! | traffic that belongs to no journey, and test calls | `distractors` |
//! | events that are duplicated, late or lost | `delivery` |
//! | an hour with all of these | [`hour`] |

mod delivery;
mod distractors;
mod handoffs;
pub mod hour;
pub mod scenario;
pub mod systems;
pub mod truth;
mod voice;
mod web;

pub use hour::{Corpus, Hour};
pub use systems::Systems;
pub use truth::{Kind, Label, Truth};
