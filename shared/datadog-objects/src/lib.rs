//! Datadog's objects of a stack: dashboards, monitors and metric metadata, from the short form in `infra/datadog`.
//!
//! | question | module |
//! |---|---|
//! | What does the short form say? | `definition` |
//! | Which metrics and tags does a stack send? | [`deployment`] |
//! | How is a metric query read and written? | [`query`] |
//! | How does a definition become Datadog's JSON? | `dashboard`, `flow_names`, `monitor`, `metadata` |
//! | Which objects should there be? | [`catalogue`] |
//! | Which of Datadog's objects are ours, and what does Datadog add to them? | [`ownership`] |
//! | What must be done? | [`plan`], by [`difference`] |
//! | What do they look like, for people? | [`outline`] |
//! | And as a CloudFormation stack? | [`stack`] |
//!
//! This crate must not know how Datadog is reached.

pub mod catalogue;
mod dashboard;
mod definition;
pub mod deployment;
pub mod difference;
mod flow_names;
mod metadata;
mod monitor;
pub mod outline;
pub mod ownership;
pub mod plan;
pub mod query;
pub mod stack;

pub use catalogue::{Catalogue, Object, ObjectKind};
pub use definition::DefinitionError;
pub use deployment::{Deployment, FlowMetric};
pub use ownership::Owner;
pub use plan::{Action, Existing, Plan, PlanError, Step};
