//! The truth about generated traffic: which ids belong to one journey.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::Id;

/// A kind of scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A call that an agent answers.
    Plain,
    /// A call that a flow handles without an agent.
    Contained,
    /// A customer hangs up while waiting in the queue.
    Abandoned,
    /// An agent transfers the customer without talking to the next agent.
    BlindTransfer,
    /// An agent talks to another agent before the transfer.
    ConsultTransfer,
    /// Nobody answers the transfer, and the customer returns to the queue.
    NoAnswerTransfer,
    /// The customer leaves a voicemail.
    Voicemail,
    /// A call back in the same conversation.
    CallBack,
    /// A later call back about the same case, in another conversation.
    CaseCallBack,
    /// A call from a switchboard, whose number many customers share.
    Switchboard,
    /// A call without a caller's number.
    Anonymous,
    /// A transfer to a number that the outsourcer's contact centre answers.
    OutsourcerHandoff,
    /// An AI agent hands over to a number that the contact centre answers.
    AiHandoff,
    /// A transfer to a number of another Genesys organization.
    OrganizationHandoff,
    /// A code from the web site, keyed into a call.
    WebCode,
    /// A chat from the web site.
    WebChat,
    /// Web, IVR, two agents, a case and a call back.
    Long,
    /// A monitor's test call, always with the same test account.
    TestCall,
    /// Traffic that belongs to no journey of several systems.
    Distractor,
}

impl Kind {
    /// All kinds, in the order of the report.
    pub const ALL: [Self; 19] = [
        Self::Plain,
        Self::Contained,
        Self::Abandoned,
        Self::BlindTransfer,
        Self::ConsultTransfer,
        Self::NoAnswerTransfer,
        Self::Voicemail,
        Self::CallBack,
        Self::CaseCallBack,
        Self::Switchboard,
        Self::Anonymous,
        Self::OutsourcerHandoff,
        Self::AiHandoff,
        Self::OrganizationHandoff,
        Self::WebCode,
        Self::WebChat,
        Self::Long,
        Self::TestCall,
        Self::Distractor,
    ];

    /// The kind's name in the report.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Plain => "plain call",
            Self::Contained => "contained in the IVR",
            Self::Abandoned => "abandoned in the queue",
            Self::BlindTransfer => "blind transfer",
            Self::ConsultTransfer => "consult transfer",
            Self::NoAnswerTransfer => "transfer nobody answers",
            Self::Voicemail => "voicemail",
            Self::CallBack => "call back",
            Self::CaseCallBack => "call back about a case",
            Self::Switchboard => "from a switchboard",
            Self::Anonymous => "anonymous caller",
            Self::OutsourcerHandoff => "handed to an outsourcer",
            Self::AiHandoff => "handed over by an AI agent",
            Self::OrganizationHandoff => "handed to another organization",
            Self::WebCode => "web to voice by code",
            Self::WebChat => "web to chat",
            Self::Long => "long, over many systems",
            Self::TestCall => "test call of a monitor",
            Self::Distractor => "belongs to nothing",
        }
    }
}

/// The truth about one anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The journey that it belongs to.
    pub journey: u32,
    /// The part of the journey. No system reports anything that connects two parts of a journey, so no rule can join them.
    pub part: u16,
    /// The kind of scenario.
    pub kind: Kind,
}

/// The truth about every anchor.
pub type Truth = BTreeMap<Id, Label>;
