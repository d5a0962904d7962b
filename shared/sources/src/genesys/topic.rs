//! The registry of Genesys Cloud's conversation detail topics. The deciding fields, the table in `docs/fields.md`, the
//! rules of the template, the twin's wiring and `cxtrace doctor` follow from it.

/// Declares the topics. `change` topics must have the time of a change; `session` topics must name a session.
macro_rules! topics {
    ($($topic:ident = $name:literal [$($needs:ident)*] $becomes:literal;)*) => {
        /// A conversation detail topic.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Topic {
            $(#[doc = $becomes] $topic,)*
        }

        impl Topic {
            pub const ALL: [Self; TOPICS.len()] = [$(Self::$topic,)*];

            /// The name behind the common prefix, such as `acd.end`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$topic => $name,)*
                }
            }

            /// What an event of this topic becomes.
            #[must_use]
            pub const fn becomes(self) -> &'static str {
                match self {
                    $(Self::$topic => $becomes,)*
                }
            }

            const fn needs(self, wanted: Need) -> bool {
                let needs: &[Need] = match self {
                    $(Self::$topic => &[$(Need::$needs,)*],)*
                };
                let mut n = 0;
                while n < needs.len() {
                    if needs[n] as u8 == wanted as u8 {
                        return true;
                    }
                    n += 1;
                }
                false
            }
        }

        /// The conversation detail topics, as in `detail-type`: `{id}` is literal.
        pub const TOPICS: [&str; [$($name,)*].len()] = [$(concat!("v2.detail.events.conversation.{id}.", $name),)*];
    };
}

/// What an event must have.
#[derive(Clone, Copy)]
enum Need {
    /// A conversation. `attributes` has fields of its own.
    Conversation,
    /// The time of a change.
    Time,
    /// A session, which identifies a span.
    Session,
}

topics! {
    AcdEnd = "acd.end" [Conversation Time Session] "the end of a wait in a queue";
    AcdStart = "acd.start" [Conversation Time Session] "the start of a wait in a queue";
    Acw = "acw" [Conversation Time Session] "an agent's work after the contact";
    Attributes = "attributes" [] "counts, correlations and metric points; see above";
    Contact = "contact" [Conversation Time] "the point `contact_update`: the conversation has another external contact";
    CustomerEnd = "customer.end" [Conversation Time Session] "the end of the customer's session";
    CustomerStart = "customer.start" [Conversation Time Session] "the start of the customer's session";
    FlowEnd = "flow.end" [Conversation Time Session] "the end of a flow";
    FlowOutcome = "flow.outcome" [Conversation Session] "an outcome and milestones of a flow";
    FlowStart = "flow.start" [Conversation Time Session] "the start of a flow";
    Outbound = "outbound" [Conversation Time] "the point `outbound_dial`";
    UserEnd = "user.end" [Conversation Time Session] "the end of an agent's session, with its holds";
    UserStart = "user.start" [Conversation Time Session] "the start of an agent's session: the alert";
    VoicemailEnd = "voicemail.end" [Conversation Time Session] "the end of leaving a message";
    VoicemailStart = "voicemail.start" [Conversation Time Session] "the start of leaving a message";
    Wrapup = "wrapup" [Conversation Time Session] "an agent's work after the contact, with the wrap-up code";
}

/// The kinds in the keys of Genesys' spans, `genesys:<conversation>:<kind>:<session>`.
pub const KINDS: [&str; 7] = ["acd", "customer", "flow", "hold", "user", "voicemail", "wrap_up"];

/// Topics about a conversation: all but `attributes`.
pub(super) const OF_A_CONVERSATION: [&str; count(Need::Conversation)] = names(Need::Conversation);

/// Topics with the time of a change.
pub(super) const OF_A_CHANGE: [&str; count(Need::Time)] = names(Need::Time);

/// Topics about a span, which is identified by its session.
pub(super) const OF_A_SESSION: [&str; count(Need::Session)] = names(Need::Session);

impl Topic {
    /// The topic of events with this `detail-type`.
    #[must_use]
    pub fn read(detail_type: &str) -> Option<Self> {
        TOPICS.iter().position(|topic| *topic == detail_type).map(|place| Self::ALL[place])
    }

    /// The `detail-type` of its events.
    #[must_use]
    pub const fn detail_type(self) -> &'static str {
        TOPICS[self as usize]
    }
}

const fn count(need: Need) -> usize {
    let (mut count, mut n) = (0, 0);
    while n < Topic::ALL.len() {
        count += Topic::ALL[n].needs(need) as usize;
        n += 1;
    }
    count
}

/// The names of the topics that need this. `N` is their number.
const fn names<const N: usize>(need: Need) -> [&'static str; N] {
    let mut names = [""; N];
    let (mut at, mut n) = (0, 0);
    while n < Topic::ALL.len() {
        if Topic::ALL[n].needs(need) {
            names[at] = Topic::ALL[n].name();
            at += 1;
        }
        n += 1;
    }
    names
}
