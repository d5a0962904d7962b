//! What a reader needs to know beside the event. It must not know any form of event.

use cxtrace_privacy::Pseudonyms;

use crate::cxtrace_span::allowlist::Allowlist;

/// What a reader needs to know beside the event.
#[derive(Debug, Clone)]
pub struct Context {
    /// Conceals phone numbers and other ids.
    pub pseudonyms: Pseudonyms,
    /// Which attributes of a sender's spans are stored.
    pub span_attributes: Allowlist,
}
