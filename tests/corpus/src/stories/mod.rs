//! Labelled traffic: stories of customers, told by every system that they met, with the truth of what belongs to what.
//!
//! | what | module |
//! |---|---|
//! | the truth: which anchors are one journey, and which of them can be known to be | [`truth`] |
//! | the systems, their clocks, and a call on its way through them | [`scene`] |
//! | calls that stay in the contact centre | `voice` |
//! | calls that go from one platform to another | `handoffs` |
//! | customers who begin on the web site | `web` |
//! | what belongs to nobody, and test calls | `noise` |
//! | what befalls events on their way | `delivery` |
//! | an hour of all that | [`hour`] |

mod delivery;
mod handoffs;
pub mod hour;
mod noise;
pub mod scene;
pub mod truth;
mod voice;
mod web;

pub use hour::{Corpus, Hour};
pub use truth::{Kind, Label, Truth};
