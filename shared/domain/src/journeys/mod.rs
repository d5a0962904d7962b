//! Journeys: from facts of many systems to one account of what happened to a customer.
//!
//! | question | module |
//! |---|---|
//! | Which source reported it? | [`origin`] |
//! | What identifies a thing, across systems? | [`id`] |
//! | What did one source report? | [`fact`] |
//! | What do all observations of one span show together? | [`span`], [`traits`] |
//! | Which ids belong together because of what happened? | [`code`], [`handoff`] |
//! | What belongs to one journey, and why? | [`walk`], [`gathered`] |
//! | How much may one source add to a journey? | [`source_limits`], [`walk_limits`], [`super_connector`] |
//! | How wrong are the sources' clocks? | [`clocks`], [`skew`], [`learn`] |
//! | What counts as long or late, and who reports what? | [`policy`] |
//! | What is the journey: legs, gaps, insights, segments, summary, status? | [`assemble`] |
//! | Which insight rules are there? | [`insight_rule`] |
//! | How does everyone read it? | [`document`] |
//! | How is the customer's time rounded, so that its parts add up? | [`shown_time`] |
//! | How does a duration read? | [`duration_text`] |
//! | What do lists, the store and the journey bus hold of it? | [`journey_summary`] |
//! | Which flow metric does a reader search for? | [`flow_metric`] |
//! | What do readers ask, and which port answers? | [`query`] |
//! | What may a reader do? | [`access`] |
//! | How is a person erased? | [`erasure`] |
//! | What does an operator decide about an edge? | [`decision`] |
//! | Who has been notified of a settled journey? | [`settlement`] |
//!
//! Everything here is a function of a *set* of facts: their order, and how often each was seen, change nothing. Nothing
//! here knows a platform: sources translate what theirs says.

pub mod access;
pub mod assemble;
pub mod clocks;
pub mod code;
pub mod decision;
pub mod document;
pub mod duration_text;
pub mod erasure;
pub mod fact;
pub mod flow_metric;
pub mod gathered;
pub mod handoff;
pub mod id;
pub mod insight_rule;
pub mod journey_summary;
pub mod learn;
pub mod origin;
pub mod policy;
pub mod query;
pub mod settlement;
pub mod shown_time;
pub mod skew;
pub mod source_limits;
pub mod span;
pub mod super_connector;
pub mod traits;
pub mod walk;
pub mod walk_limits;

pub use assemble::{Settled, assemble, edges, is_due, led, settles_at};
pub use clocks::Clocks;
pub use decision::{Decision, DecisionAct, Reason, Retraction};
pub use document::Journey;
pub use fact::{CodeAct, CodeUse, Fact, Handoff, HandoffAct, Link, Mention, Party, PointEvent, Role};
pub use flow_metric::FlowMetric;
pub use gathered::{Edge, EdgeId, Evidence, Gathered, Rule};
pub use id::{Id, JourneyId, Namespace};
pub use insight_rule::InsightRule;
pub use journey_summary::{InsightSummary, JourneySummary};
pub use origin::{FactId, Source};
pub use policy::Policy;
pub use settlement::{Claim, Loss, Progress, Settlement};
pub use source_limits::KeptOut;
pub use span::{Observation, Outcome, SpanEvent, SpanKey, SpanType, Start};
pub use traits::{EndReason, Medium, Traits, TransferTarget};
pub use walk::{Need, Verdict, Walk};
