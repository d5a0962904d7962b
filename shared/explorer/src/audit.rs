//! What is audited: a response carries it in its extensions, from where it is made to the access record.

use cxtrace_domain::journeys::DecisionAct;

/// Something that is audited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audit {
    /// A search by a phone number found so many journeys on this page.
    PhoneSearch {
        /// How many.
        hits: usize,
    },
    /// A search by a phone number was beyond the user's limit.
    PhoneSearchLimited,
    /// A decision about an edge.
    Decision(DecisionAct),
    /// An erasure of so much.
    Erasure {
        /// How many journeys.
        journeys: usize,
        /// How many facts of them.
        facts: usize,
        /// Whether nothing is left.
        is_complete: bool,
    },
}
