//! The spans of each topic. `topic` lists what each topic becomes.

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::span::{Observation, SpanEvent, SpanType, Start};
use cxtrace_domain::journeys::{Fact, Outcome, PointEvent};
use cxtrace_privacy::safe_text;

use super::event::{Event, field};
use super::{allowlist, traits, words};
use crate::end_reason;
use crate::error::SourceError;
use crate::shape::optional;
use crate::values::{Millis, Time};

impl Event<'_> {
    fn span(&self, kind: &str, span_type: Option<SpanType>, name: &str) -> Result<Observation, SourceError> {
        let mut span = Observation::of(self.key(kind)?);
        span.span_type = span_type;
        span.platform = Some("genesys".to_owned());
        span.name = Some(name.to_owned());
        span.attributes = allowlist::attributes(self.body);
        span.traits = traits::of(self.body);
        Ok(span)
    }

    fn media(&self) -> Option<String> {
        words::word(self.body.media_type.as_deref(), words::MEDIA_TYPE)
    }

    fn customer(&self) -> Result<Observation, SourceError> {
        let media = self.media();
        let (span_type, name) = words::customer(media.as_deref());
        let mut span = self.span("customer", span_type, name)?;
        // Without a medium the name would be too general, and could replace a better name from another event.
        span.name = span.name.filter(|_| media.is_some());
        Ok(span)
    }

    pub(super) fn flow(&self) -> Result<Observation, SourceError> {
        let flow_type = words::word(self.body.flow_type.as_deref(), words::FLOW_TYPE);
        let (span_type, name) = words::flow(flow_type.as_deref());
        self.span("flow", Some(span_type), name)
    }

    pub(super) fn queue(&self) -> Result<Observation, SourceError> {
        self.span("acd", Some(SpanType::Queue), "Queue")
    }

    pub(super) fn agent(&self) -> Result<Observation, SourceError> {
        self.span("user", Some(SpanType::AgentInteraction), "Agent")
    }

    pub(super) fn voicemail(&self) -> Result<Observation, SourceError> {
        self.span("voicemail", Some(SpanType::Voicemail), "Voicemail")
    }

    /// A span that begins with this event.
    pub(super) fn started(&self, mut span: Observation) -> Result<Observation, SourceError> {
        span.start = Some(Start { derived: false, at: self.at()? });
        Ok(span)
    }

    /// A span that ends with this event and had this duration.
    fn ended(&self, mut span: Observation, lasted: Option<Millis>) -> Result<Observation, SourceError> {
        let end = self.at()?;
        span.end = Some(end);
        span.start = lasted.map(|lasted| Start { derived: true, at: end - lasted.0 });
        let body = self.body;
        let words = [
            words::word(body.exit_reason.as_deref(), words::EXIT_REASON),
            words::word(body.acd_outcome.as_deref(), words::ACD_OUTCOME),
            self.disconnect(),
        ];
        span.traits.end_reason = end_reason::of_words(words.iter().flatten().map(String::as_str));
        span.reason = words.into_iter().flatten().next();
        Ok(span)
    }

    fn disconnect(&self) -> Option<String> {
        words::word(self.body.disconnect_type.as_deref(), words::DISCONNECT)
    }

    /// The point at which a span was cut off, named by the platform's word.
    fn cut(span: &mut Observation, words: &[Option<String>]) {
        let (Some(at), false) = (span.end, words.iter().all(Option::is_none)) else { return };
        let transfer = words.iter().flatten().any(|word| words::is_transfer(word));
        let names = ["genesys.disconnect_type", "genesys.exit_reason", "genesys.transfer_type"];
        let known = names.into_iter().filter_map(|name| Some((name.to_owned(), span.attributes.get(name)?.clone())));
        let name = if transfer { "transfer" } else { "disconnect" };
        span.events.push(SpanEvent { at, name: name.to_owned(), attributes: known.collect() });
    }

    pub(super) fn customer_start(&self, fact: &mut Fact) -> Result<(), SourceError> {
        fact.spans.push(self.started(self.customer()?)?);
        Ok(())
    }

    pub(super) fn customer_end(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let mut span = self.ended(self.customer()?, self.body.interacting_duration_ms)?;
        let word = self.disconnect();
        span.outcome = word.as_deref().and_then(words::disconnected);
        Self::cut(&mut span, &[word]);
        fact.spans.push(span);
        Ok(())
    }

    pub(super) fn flow_end(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let body = self.body;
        let mut span = self.ended(self.flow()?, body.connected_duration_ms)?;
        let in_queue = span.attributes.get("genesys.flow_type").is_some_and(|word| word.starts_with("INQUEUE"));
        let (exit, disconnect) = (words::word(body.exit_reason.as_deref(), words::EXIT_REASON), self.disconnect());
        span.outcome = exit.as_deref().and_then(|word| words::left(word, in_queue));
        // A fault on the line counts as a fault, whatever the flow reports.
        let fault = disconnect.as_deref().and_then(words::disconnected);
        span.outcome = fault.filter(|fault| *fault == Outcome::Error || span.outcome.is_none()).or(span.outcome);
        Self::cut(&mut span, &[exit, disconnect]);
        if words::word(body.transfer_type.as_deref(), words::TRANSFER_TYPE).as_deref() == Some("NUMBER") {
            fact.handoffs.extend(self.transferred(&span));
        }
        fact.spans.push(span);
        Ok(())
    }

    /// Genesys sends `flow.outcome` long after the outcome, so `eventTime` is not used. A milestone may be later than the
    /// outcome's end.
    pub(super) fn flow_outcome(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let body = self.body;
        let mut span = self.flow()?;
        let end_path = field("flowOutcomeEndTime");
        let end = optional(&body.flow_outcome_end_time, ("flowOutcomeEndTime", &body.unreadable), end_path.as_str())?;
        let start = body.flow_outcome_start_time;
        let at = end.copied().or(start).ok_or_else(|| SourceError::at(end_path, "is missing"))?.0;
        let at = self.possible(at, "flowOutcomeEndTime")?;
        let id = body.flow_outcome_id.as_deref().and_then(safe_text::uuid);
        let point = |at: DateTime<Utc>, name: &str, attributes: [(&str, Option<String>); 3]| {
            let known = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
            SpanEvent { at, name: name.to_owned(), attributes: known.collect() }
        };
        let started = start.map(|start| start.0.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
        let value = words::word(body.flow_outcome_value.as_deref(), words::FLOW_OUTCOME);
        let known = [("genesys.flow_outcome_id", id.clone()), ("genesys.flow_outcome", value), ("started_at", started)];
        span.events.push(point(at, "flow_outcome", known));
        // A milestone without a time is left out.
        for milestone in body.flow_milestones.iter().flatten() {
            let Some(Time(at)) = milestone.milestone_time else {
                fact.unreadable.insert("flowMilestones.milestoneTime".to_owned());
                continue;
            };
            let milestone = milestone.milestone_id.as_deref().and_then(safe_text::uuid);
            let known = [("genesys.flow_milestone_id", milestone), ("genesys.flow_outcome_id", id.clone()), ("", None)];
            span.events.push(point(at, "flow_milestone", known));
        }
        fact.spans.push(span);
        Ok(())
    }

    pub(super) fn queue_end(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let body = self.body;
        let mut span = self.ended(self.queue()?, body.connected_duration_ms)?;
        let outcome = words::word(body.acd_outcome.as_deref(), words::ACD_OUTCOME);
        if outcome.as_deref() == Some("ANSWERED") {
            // The queue transferred the customer to the agent who answered, so that transfer succeeded.
            span.traits.end_reason = None;
        }
        span.outcome = match &outcome {
            Some(word) => words::waited(word),
            // Without the outcome, a disconnect type only shows faults: it may be the customer's or the agent's.
            None => self.disconnect().as_deref().and_then(words::disconnected).filter(|known| *known != Outcome::Ok),
        };
        fact.spans.push(span);
        Ok(())
    }

    /// An agent's session consists of parts of known duration in this order: alerting, contacting, dialing, then
    /// talking with holds in between. No event reports the time of a hold, so it is placed before the end.
    pub(super) fn agent_end(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let body = self.body;
        let before = [
            ("alert", body.alerting_duration_ms),
            ("callback", body.callback_duration_ms),
            ("contact", body.contacting_duration_ms),
            ("dial", body.dialing_duration_ms),
        ];
        let talk = [body.interacting_duration_ms, body.held_duration_ms];
        let lengths: Vec<TimeDelta> =
            before.iter().map(|(_, length)| *length).chain(talk).flatten().map(|length| length.0).collect();
        let lasted = (!lengths.is_empty()).then(|| Millis(lengths.iter().sum()));
        let mut span = self.ended(self.agent()?, lasted)?;
        let talked = talk.into_iter().flatten().any(|length| length.0 > TimeDelta::zero());
        let word = self.disconnect();
        let tried = before.iter().any(|(_, length)| length.is_some_and(|length| length.0 > TimeDelta::zero()));
        let judge = if tried && !talked { words::unanswered } else { words::disconnected };
        span.outcome = word.as_deref().and_then(judge);
        let transfer = word.as_deref().is_some_and(words::is_transfer);

        let estimated = || [("position".to_owned(), "estimated".to_owned())].into();
        let mut at = span.start.map(|start| start.at);
        for (name, length) in before {
            let (Some(begins), Some(Millis(length))) = (at, length) else { continue };
            if length > TimeDelta::zero() {
                span.events.push(SpanEvent { at: begins, name: name.to_owned(), attributes: estimated() });
            }
            at = Some(begins + length);
        }
        if let (Some(at), true) = (at, talked) {
            span.events.push(SpanEvent { at, name: "answer".to_owned(), attributes: estimated() });
        }
        Self::cut(&mut span, &[word]);
        if transfer {
            span.traits.transfer_target = self.transfer_target().or(span.traits.transfer_target);
            fact.handoffs.extend(self.transferred(&span));
        }
        let held = body.held_duration_ms.filter(|held| held.0 > TimeDelta::zero());
        let hold = held.zip(span.end).map(|(held, end)| (Start { derived: true, at: end - held.0 }, end));
        let agent = span.key.clone();
        fact.spans.push(span);
        if let Some((start, end)) = hold {
            let mut hold = Observation::of(self.key("hold")?);
            hold.parent = Some(agent);
            hold.span_type = Some(SpanType::Hold);
            hold.platform = Some("genesys".to_owned());
            hold.name = Some("Hold".to_owned());
            (hold.start, hold.end) = (Some(start), Some(end));
            hold.attributes = estimated();
            fact.spans.push(hold);
        }
        Ok(())
    }

    pub(super) fn wrap_up(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let span = self.span("wrap_up", Some(SpanType::WrapUp), "Wrap-up")?;
        fact.spans.push(self.ended(span, self.body.wrapup_duration_ms)?);
        Ok(())
    }

    pub(super) fn voicemail_end(&self, fact: &mut Fact) -> Result<(), SourceError> {
        let mut span = self.ended(self.voicemail()?, self.body.voicemail_duration_ms)?;
        span.outcome = self.disconnect().as_deref().and_then(words::disconnected);
        fact.spans.push(span);
        Ok(())
    }

    /// A point on the customer's session. The event does not name that session.
    pub(super) fn point_event(&self, name: &str) -> Result<PointEvent, SourceError> {
        let on = words::customer(self.media().as_deref()).0.unwrap_or(SpanType::Telephony);
        let attributes = allowlist::attributes(self.body);
        Ok(PointEvent { at: self.at()?, name: name.to_owned(), on, attributes })
    }
}
