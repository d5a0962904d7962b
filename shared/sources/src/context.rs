//! The settings that a reader needs in addition to the event. It does not know any form of event.

use cxtrace_privacy::Pseudonyms;

use crate::cxtrace_span::allowlist::Allowlist;

#[derive(Debug, Clone)]
pub struct Context {
    /// Conceals phone numbers and other ids.
    pub pseudonyms: Pseudonyms,
    /// Which attributes of a sender's spans are stored.
    pub span_attributes: Allowlist,
}
