//! What is true of made-up traffic: which sources' own ids belong to one journey.

use std::collections::BTreeMap;

use cxtrace_domain::journeys::Id;

/// A kind of story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A call that an agent answers.
    Plain,
    /// A call that a flow deals with alone.
    Contained,
    /// A customer who leaves the queue.
    Abandoned,
    /// An agent sends the customer on to another queue, without asking.
    BlindTransfer,
    /// An agent asks another before sending the customer on.
    ConsultTransfer,
    /// A transfer that nobody answers, and the queue again.
    NoAnswerTransfer,
    /// A message left.
    Voicemail,
    /// A call back in the same conversation.
    CallBack,
    /// A call back later, in a conversation of its own, about the same case.
    CaseCallBack,
    /// A call from a switchboard, whose number many customers have.
    Switchboard,
    /// A call without a number.
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
    /// Everything: web, IVR, two agents, a case, a call back.
    Long,
    /// A call by which a monitor tests the line, always with the same test account.
    TestCall,
    /// Something that nothing else belongs to.
    Noise,
}

impl Kind {
    /// All of them, in the order in which they are listed.
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
        Self::Noise,
    ];

    /// What to call it.
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
            Self::Noise => "belongs to nothing",
        }
    }
}

/// What is true of one anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The journey that it belongs to.
    pub journey: u32,
    /// The part of the journey: two parts of one journey have nothing in common that any system told, so that no rule
    /// can know that they are one.
    pub part: u16,
    /// The kind of story.
    pub kind: Kind,
}

/// What is true of every anchor.
pub type Truth = BTreeMap<Id, Label>;
