//! The words in the sentences about a journey: durations, places, lists. No text here comes from a customer.

use chrono::TimeDelta;

use crate::journeys::duration_text;
use crate::journeys::span::SpanType;

/// The text of a duration.
pub(super) fn duration(time: TimeDelta) -> String {
    duration_text::text(time.num_milliseconds())
}

/// The name of a span that has none.
pub(super) fn type_name(span_type: SpanType) -> &'static str {
    match span_type {
        SpanType::Telephony => "Call",
        SpanType::Ivr => "IVR",
        SpanType::AiConversation => "AI conversation",
        SpanType::Queue => "Queue",
        SpanType::AgentInteraction => "Agent",
        SpanType::Hold => "Hold",
        SpanType::WrapUp => "Wrap-up",
        SpanType::PlatformHandoff => "Hand-off",
        SpanType::Voicemail => "Voicemail",
        SpanType::Backend => "Backend",
        SpanType::Crm => "CRM",
        SpanType::Web => "Web",
        SpanType::Message => "Message",
    }
}

/// The type within a sentence: `the queue`.
pub(super) fn with_article(span_type: SpanType) -> &'static str {
    match span_type {
        SpanType::Telephony => "the call",
        SpanType::Ivr => "the IVR",
        SpanType::AiConversation => "the AI agent",
        SpanType::Queue => "the queue",
        SpanType::AgentInteraction => "the agent",
        SpanType::Hold => "the hold",
        SpanType::WrapUp => "the wrap-up",
        SpanType::PlatformHandoff => "the hand-off",
        SpanType::Voicemail => "the voicemail",
        SpanType::Backend => "the backend",
        SpanType::Crm => "the CRM",
        SpanType::Web => "the web session",
        SpanType::Message => "the conversation by message",
    }
}

/// What ends when a span of the type ends: `the wait in the queue`.
pub(super) fn course(span_type: SpanType) -> &'static str {
    match span_type {
        SpanType::AiConversation => "the conversation with the AI agent",
        SpanType::Queue => "the wait in the queue",
        SpanType::AgentInteraction => "the conversation with the agent",
        SpanType::Backend => "the request",
        SpanType::Crm => "the work in the CRM",
        SpanType::Telephony
        | SpanType::Ivr
        | SpanType::Hold
        | SpanType::WrapUp
        | SpanType::PlatformHandoff
        | SpanType::Voicemail
        | SpanType::Web
        | SpanType::Message => with_article(span_type),
    }
}

/// Where the customer is meanwhile: `in the queue`.
pub(super) fn whereabouts(span_type: SpanType) -> &'static str {
    match span_type {
        SpanType::Telephony => "on the line",
        SpanType::Ivr => "in the IVR",
        SpanType::AiConversation => "with an AI agent",
        SpanType::Queue => "in the queue",
        SpanType::AgentInteraction => "with an agent",
        SpanType::Hold => "on hold",
        SpanType::WrapUp => "in wrap-up",
        SpanType::PlatformHandoff => "in a transfer",
        SpanType::Voicemail => "in voicemail",
        SpanType::Backend => "in a backend",
        SpanType::Crm => "in the CRM",
        SpanType::Web => "on the web",
        SpanType::Message => "in a conversation by message",
    }
}

/// `the first agent`, `the second agent`, ... `agent 11`.
pub(super) fn nth_agent(number: usize) -> String {
    const WORDS: [&str; 10] =
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];
    let word = number.checked_sub(1).and_then(|at| WORDS.get(at));
    word.map_or_else(|| format!("agent {number}"), |word| format!("the {word} agent"))
}

/// With a capital letter at the beginning.
pub(super) fn capitalized(sentence: &str) -> String {
    let (first, rest) = sentence.split_at(sentence.chars().next().map_or(0, char::len_utf8));
    format!("{}{rest}", first.to_uppercase())
}

/// `once`, `twice`, `3 times`.
pub(super) fn times(count: usize) -> String {
    match count {
        1 => "once".to_owned(),
        2 => "twice".to_owned(),
        count => format!("{count} times"),
    }
}

/// `1 metric`, `2 metrics`.
pub(super) fn several(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_end_with_and() {
        let list = |items: &[&str]| list(&items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
    }
}
