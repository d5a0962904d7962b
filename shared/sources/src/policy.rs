//! What this crate knows of its platforms and the assembly of journeys needs.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::Policy;

use crate::genesys;

/// The policy for the platforms that this crate reads. Genesys Cloud's clock is the reference, and Genesys Cloud reports
/// its conversations.
#[must_use]
pub fn policy() -> Policy {
    Policy {
        reference: Some(genesys::SOURCE),
        reporters: BTreeMap::from([(genesys::CONVERSATION, genesys::SOURCE)]),
        ..Policy::default()
    }
}
