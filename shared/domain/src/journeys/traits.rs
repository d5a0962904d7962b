//! What a span means, in one vocabulary for all platforms.
//!
//! Sources translate the words of their platform into these types. The platform's own words stay in the span's reason
//! and attributes, for people to read. No rule reads them.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Why a span ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The customer was transferred.
    Transfer,
    /// The customer was transferred to somebody who had answered and had been asked first.
    ConsultTransfer,
    /// The customer was transferred because the called person did not answer.
    UnansweredTransfer,
    /// The called person did not answer.
    Unanswered,
    /// The line, the flow or the software failed.
    Fault,
    /// The customer stopped waiting.
    Abandoned,
}

impl EndReason {
    /// Whether the customer was transferred.
    #[must_use]
    pub fn is_transfer(self) -> bool {
        matches!(self, Self::Transfer | Self::ConsultTransfer | Self::UnansweredTransfer)
    }

    /// Whether a called person did not answer.
    #[must_use]
    pub fn is_unanswered(self) -> bool {
        matches!(self, Self::Unanswered | Self::UnansweredTransfer)
    }
}

/// Where a transfer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferTarget {
    /// To a queue or a group of agents.
    Queue,
    /// To one agent.
    Agent,
    /// To a flow.
    Flow,
    /// To a mailbox.
    Voicemail,
    /// To a phone number outside the platform. Nobody reports what happens there.
    Number,
}

/// How the customer and the contact centre talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Medium {
    /// A phone call.
    Voice,
    /// A call that the contact centre makes because the customer asked for it.
    Callback,
    /// A web chat: both sides are there at the same time.
    Chat,
    /// E-mail.
    Email,
    /// Messages, such as SMS or WhatsApp: each side answers at its own time.
    Message,
    /// Anything else, such as video or screen sharing.
    Other,
}

impl Medium {
    /// Whether people speak in it.
    #[must_use]
    pub fn is_voice(self) -> bool {
        matches!(self, Self::Voice | Self::Callback)
    }

    /// Whether people write in it.
    #[must_use]
    pub fn is_written(self) -> bool {
        matches!(self, Self::Chat | Self::Email | Self::Message)
    }
}

/// The meaning of a span in this vocabulary. `None` means unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Traits {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<EndReason>,
    /// Where the customer was transferred, if the span ended by a transfer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_target: Option<TransferTarget>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub medium: Option<Medium>,
    /// The id of the agent. One agent may have several spans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Whether it is what a customer hears while waiting in a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_queue: Option<bool>,
    /// Whether its parent waits for it, as the caller of a request does. Only such a span must end before its parent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synchronous: Option<bool>,
    /// The time that was agreed with the customer, for a scheduled call-back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_for: Option<DateTime<Utc>>,
}

impl Traits {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
