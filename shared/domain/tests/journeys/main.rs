//! Journeys from facts: whole documents, laws, and the partition against an independent reference.
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

mod builder;
mod codes;
mod foreign;
mod gaps;
mod handoffs;
mod insights;
mod laws;
mod limits;
mod merge;

mod partition;
mod point_events;
mod reference;
mod segments;
mod settlement;
mod skew;
mod status;
mod stories;
mod super_connectors;
mod walk;
