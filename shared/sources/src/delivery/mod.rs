//! Deliveries: what a platform sent, whatever it came through. A definition's input decodes a delivery, splits it into items, and
//! maps each to Cxtrace Span documents, which the reader of that form reads. This module must not know any platform.
//!
//! | file | what it does |
//! |---|---|
//! | `decode.rs` | bytes to JSON |
//! | `records.rs` | lines of values to JSON |
//! | `recording.rs` | a recorded delivery |
//! | `envelopes.rs` | batches that AWS hands to functions |
//! | `request.rs` | a request in the envelope of API Gateway |
//! | `dropped.rs` | what was left out of a document, and why |

mod decode;
mod delivered;
mod dropped;
mod envelopes;
mod limits;
mod read;
mod recording;
mod records;
mod request;

pub use crate::registry::Transport;
pub use delivered::{Delivery, DeliveryRead, Dropped, EventEnvelope};
pub use envelopes::unwrapped;
pub use limits::{MAX_BODY, MAX_DOCUMENTS, MAX_ITEMS};
pub use read::read_delivery;
