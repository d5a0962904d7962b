//! What an operator decides about an edge: that it joins nothing, or that it does so again. Decisions are only added. The
//! latest one holds, so the order in which they are read does not matter.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::id::Id;

/// What a decision does. At one time, a retraction wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionAct {
    /// The edge counts again.
    Restore,
    /// The edge no longer counts.
    Retract,
}

impl DecisionAct {
    /// Its word in keys and documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Restore => "restore",
            Self::Retract => "retract",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        [Self::Restore, Self::Retract].into_iter().find(|act| act.as_str() == text)
    }
}

/// Why somebody decided. It is a closed list: a free text could hold the name or the number of a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The two belong to different customers.
    DifferentCustomers,
    /// The id is used by many, such as a test account.
    SharedId,
    /// What proves the edge is wrong.
    WrongEvidence,
    /// An earlier decision was a mistake.
    Mistake,
    /// None of these.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 5] =
        [Self::DifferentCustomers, Self::SharedId, Self::WrongEvidence, Self::Mistake, Self::Other];

    /// Its word in documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DifferentCustomers => "different_customers",
            Self::SharedId => "shared_id",
            Self::WrongEvidence => "wrong_evidence",
            Self::Mistake => "mistake",
            Self::Other => "other",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

/// One decision.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Decision {
    /// When, in milliseconds.
    pub at: DateTime<Utc>,
    /// What.
    pub act: DecisionAct,
    /// Who: the subject of the token, or a keyed hash of it. `None` where nobody signs in, and for decisions of earlier versions.
    pub by: Option<String>,
    /// Why. `None` for decisions of earlier versions.
    pub reason: Option<Reason>,
}

/// A decision about the edge between two ids.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Retraction {
    /// The lesser id.
    pub a: Id,
    /// The greater.
    pub b: Id,
    /// What was decided.
    pub decision: Decision,
}

impl Retraction {
    /// `one` and `other` do not belong together.
    #[must_use]
    pub fn between(one: Id, other: Id, at: DateTime<Utc>) -> Self {
        Self::decided(one, other, Decision { at, act: DecisionAct::Retract, by: None, reason: None })
    }

    /// What was decided about `one` and `other`.
    #[must_use]
    pub fn decided(one: Id, other: Id, decision: Decision) -> Self {
        let (a, b) = if one <= other { (one, other) } else { (other, one) };
        Self { a, b, decision }
    }
}
