//! Flow metrics: from the name of a participant attribute to an exact count.
//!
//! | step | module |
//! |---|---|
//! | Is this attribute a metric? Which flow, metric and time? | [`attribute`] |
//! | Which occurrence is it, whatever event carries it? | [`occurrence`] |
//! | Which series of Datadog does it count in? | [`series`], [`normalise`] |
//! | Into how many parts is a hot series divided? | [`parts`] |
//! | Which bucket of time? | [`bucket`] |
//! | What is new in this event? | [`diff`] |
//! | What must be published, carried or left alone? | [`ledger`] |
//! | What follows when it is late? | [`carry`] |
//! | Which metrics does Cxtrace send about itself? | [`self_metrics`] |

pub mod attribute;
pub mod bucket;
pub mod carry;
pub mod diff;
mod digest;
mod invisible;
pub mod ledger;
pub mod normalise;
pub mod occurrence;
pub mod parts;
pub mod self_metrics;
pub mod series;
pub mod timestamp;

pub use attribute::{Attribute, AttributeName, MetricName};
pub use bucket::{Bucket, BucketWidth, Placement};
pub use carry::{Carried, CarriedCount, Carry, CarryId};
pub use diff::{Candidate, Finding};
pub use ledger::{Ledger, Plan};
pub use occurrence::{ConversationId, Occurrence, OccurrenceId};
pub use parts::SeriesParts;
pub use self_metrics::SelfMetric;
pub use series::{AdmissionId, MediaType, Series, SeriesId, SeriesTemplate, Tag};
