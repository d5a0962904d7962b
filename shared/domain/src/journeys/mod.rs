//! Journeys: from facts of many systems to one story of what happened to a customer.
//!
//! | step | module |
//! |---|---|
//! | What identifies a thing, across systems? | [`id`] |
//! | What did one source say? | [`fact`] |
//! | What do all observations of one span say together? | [`span`] |
//! | Which identities belong together by what they did? | [`code`], [`handoff`] |
//! | What belongs to one journey, and why? | [`walk`], [`gathered`] |
//! | What do the clocks of its sources say of each other? | [`skew`] |
//! | What do many journeys say of a clock? | [`learn`] |
//! | The journey: legs, gaps, insights, segments, summary, status | [`assemble`] |
//! | The document that everyone reads | [`document`] |
//!
//! Everything here is a function of a *set* of facts: their order, and how often each was seen, change nothing.

pub mod assemble;
pub mod code;
pub mod document;
pub mod fact;
pub mod gathered;
pub mod handoff;
pub mod id;
pub mod learn;
pub mod policy;
pub mod skew;
pub mod span;
pub mod walk;

pub use assemble::{Settled, assemble, edges, is_due, settles_at};
pub use document::Journey;
pub use fact::{
    CodeAct, CodeUse, Fact, FactId, Handoff, HandoffAct, Link, Mention, Moment, Party, Retraction, Role, Source,
};
pub use gathered::{Edge, EdgeId, Evidence, Gathered, Rule};
pub use id::{Id, JourneyId, Namespace};
pub use policy::Policy;
pub use skew::Clocks;
pub use span::{Observation, Outcome, SpanEvent, SpanKey, SpanType, Start};
pub use walk::{Need, Verdict, Walk};
