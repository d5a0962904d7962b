//! Phone numbers of an event: their owners, and hand-offs to a number. They leave this module only as keyed hashes.

use cxtrace_domain::journeys::id::InvalidId;
use cxtrace_domain::journeys::span::Observation;
use cxtrace_domain::journeys::{Fact, Handoff, HandoffAct, Link, Mention, Namespace, Party, Role, TransferTarget};
use cxtrace_privacy::{NoNumber, Telephone};

use super::event::Event;
use super::topic::Topic;
use super::words;
use crate::ids;

/// Whether a text is an extension inside the centre, which is neither a phone number nor a fault.
fn is_extension(text: &str) -> bool {
    (1..=6).contains(&text.trim().len()) && text.trim().bytes().all(|byte| byte.is_ascii_digit())
}

impl Event<'_> {
    fn conceal(&self, number: Option<&String>) -> Option<Telephone> {
        Telephone::read(number?, self.pseudonyms).ok()
    }

    fn is_withheld(&self, number: Option<&String>) -> bool {
        number.is_some_and(|text| Telephone::read(text, self.pseudonyms) == Err(NoNumber::Meaningless))
    }

    fn direction(&self) -> Option<String> {
        words::word(self.body.direction.as_deref(), words::DIRECTION)
    }

    fn is_call(&self) -> bool {
        let media = words::word(self.body.media_type.as_deref(), words::MEDIA_TYPE);
        media.is_none_or(|media| media == "VOICE" || media == "CALLBACK")
    }

    /// Adds the numbers for searching. The caller is the customer, unless the centre made the call. Every event of a
    /// conversation repeats the numbers, so only the first event notes that they are withheld or cannot be read.
    pub(super) fn add_mentions(&self, fact: &mut Fact) {
        let body = self.body;
        let (caller, called) = match self.direction().as_deref() {
            Some("OUTBOUND") => (Party::Centre, Party::Customer),
            _ => (Party::Customer, Party::Centre),
        };
        let ends = [(caller, "ani", body.ani.as_ref()), (called, "dnis", body.dnis.as_ref())];
        let callbacks = body.callback_numbers.iter().flatten();
        let callbacks = callbacks.map(|number| (Party::Customer, "callbackNumbers", Some(number)));
        for (party, field, text) in ends.into_iter().chain(callbacks) {
            let number = match text {
                Some(text) if self.topic == Topic::CustomerStart => {
                    let number = ids::number(text, fact, self.pseudonyms);
                    if number == Err(NoNumber::Unreadable) && self.is_call() && !is_extension(text) {
                        fact.unreadable.insert(field.to_owned());
                    }
                    number.ok()
                }
                text => self.conceal(text),
            };
            let mention = number.map(|phone| Mention { party, phone });
            fact.mentions.extend(mention.filter(|mention| !fact.mentions.contains(mention)));
        }
    }

    /// The hand-off at the start of a customer's session: a call that arrived here, or a call that was made from here.
    pub(super) fn call(&self, span: Option<&Observation>) -> Option<Handoff> {
        match self.direction().as_deref() {
            Some("OUTBOUND") => self.dialled(span),
            Some("INBOUND") if self.is_call() => {
                let body = self.body;
                Some(Handoff {
                    number: self.conceal(body.dnis.as_ref())?,
                    at: body.event_time?.0,
                    act: HandoffAct::Arrived,
                    customer: self.conceal(body.ani.as_ref()),
                    is_withheld: self.is_withheld(body.ani.as_ref()),
                    span: span.map(|span| span.key.clone()),
                })
            }
            _ => None,
        }
    }

    /// A call that was made from here. For the other side, the number that the call shows is the customer's. So both
    /// sides can be compared by it.
    pub(super) fn dialled(&self, span: Option<&Observation>) -> Option<Handoff> {
        let body = self.body;
        let number = self.conceal(body.dnis.as_ref()).filter(|_| self.is_call())?;
        let span = span.map(|span| span.key.clone());
        let customer = self.conceal(body.ani.as_ref());
        let is_withheld = self.is_withheld(body.ani.as_ref());
        Some(Handoff { number, at: body.event_time?.0, act: HandoffAct::Left, customer, is_withheld, span })
    }

    /// A call that was transferred to a third number.
    pub(super) fn transferred(&self, span: &Observation) -> Option<Handoff> {
        let body = self.body;
        let number = self.conceal(body.address_to.as_ref()).filter(|_| self.is_call())?;
        let (ani, dnis) = (self.conceal(body.ani.as_ref()), self.conceal(body.dnis.as_ref()));
        if ani.as_ref() == Some(&number) || dnis.as_ref() == Some(&number) {
            return None;
        }
        let is_outbound = self.direction().as_deref() == Some("OUTBOUND");
        let customer = if is_outbound { dnis } else { ani };
        let is_withheld = self.is_withheld(if is_outbound { body.dnis.as_ref() } else { body.ani.as_ref() });
        let span = Some(span.key.clone());
        Some(Handoff { number, at: body.event_time?.0, act: HandoffAct::Left, customer, is_withheld, span })
    }

    /// The target of an agent's transfer, if it is a phone number.
    pub(super) fn transfer_target(&self) -> Option<TransferTarget> {
        let number = self.conceal(self.body.address_to.as_ref());
        number.filter(|_| self.is_call()).map(|_| TransferTarget::Number)
    }

    /// Adds the web session that the customer came from. An external contact is not a link, because it has many
    /// conversations.
    pub(super) fn add_web_session(&self, fact: &mut Fact) {
        let context = self.body.journey_context.as_ref();
        let Some(session) = context.and_then(|context| context.session_id.as_deref()) else { return };
        match ids::read(Namespace::WEB_SESSION, session, self.pseudonyms) {
            Ok(id) => {
                let all = std::iter::once(id).chain(ids::earlier(&Namespace::WEB_SESSION, session, self.pseudonyms));
                fact.links.extend(all.map(|id| Link { id, role: Role::Reference }));
            }
            Err(InvalidId::Meaningless) => fact.note_meaningless(Namespace::WEB_SESSION.as_str()),
            Err(_) => {}
        }
    }
}
