//! The wording of gaps, insights and summaries. No text here comes from a customer.

use chrono::TimeDelta;

use crate::journeys::span::SpanType;

/// `350 ms`, `4.2 s`, `42 s`, `3 min 12 s`, `2 h 5 min`, `3 d 4 h`: rounded down.
pub(super) fn duration(time: TimeDelta) -> String {
    let ms = time.num_milliseconds().max(0);
    let seconds = ms / 1_000;
    let two = |more: i64, unit: &str, less: i64, part: &str| match less {
        0 => format!("{more} {unit}"),
        _ => format!("{more} {unit} {less} {part}"),
    };
    match seconds {
        0 => format!("{ms} ms"),
        1..10 if ms % 1_000 >= 100 => format!("{seconds}.{} s", ms % 1_000 / 100),
        1..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => two(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

/// The precision of the text of a duration, in milliseconds.
pub(super) fn precision(ms: i64) -> i64 {
    match ms {
        ..1_000 => 1,
        1_000..10_000 => 100,
        10_000..3_600_000 => 1_000,
        3_600_000..86_400_000 => 60_000,
        _ => 3_600_000,
    }
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
        SpanType::AiConversation => "the AI conversation",
        SpanType::Queue => "the queue",
        SpanType::AgentInteraction => "the agent",
        SpanType::Hold => "the hold",
        SpanType::WrapUp => "the wrap-up",
        SpanType::PlatformHandoff => "the hand-off",
        SpanType::Voicemail => "the voicemail",
        SpanType::Backend => "the backend",
        SpanType::Crm => "the CRM",
        SpanType::Web => "the web session",
        SpanType::Message => "the message",
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
        SpanType::PlatformHandoff => "on the way to another platform",
        SpanType::Voicemail => "in the voicemail",
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
    fn durations_read_as_people_say_them() {
        let read = |ms| duration(TimeDelta::milliseconds(ms));
        for (ms, text) in [
            (-5, "0 ms"),
            (350, "350 ms"),
            (4_000, "4 s"),
            (4_050, "4 s"),
            (4_299, "4.2 s"),
            (42_900, "42 s"),
            (60_000, "1 min"),
            (192_000, "3 min 12 s"),
            (7_500_000, "2 h 5 min"),
            (273_600_000, "3 d 4 h"),
        ] {
            assert_eq!(read(ms), text);
        }
    }

    #[test]
    fn the_precision_is_that_of_the_text() {
        let text = |ms| duration(TimeDelta::milliseconds(ms));
        for ms in [1, 350, 999, 1_000, 4_299, 9_950, 10_000, 59_999, 60_000, 192_700, 3_599_999, 3_600_000, 7_559_999]
            .into_iter()
            .chain([86_399_999, 86_400_000, 273_700_000])
        {
            let least = ms - ms % precision(ms);
            assert_eq!(text(least), text(ms), "{ms}");
            assert_eq!(text(least + precision(ms) - 1), text(ms), "{ms}");
            assert_ne!(text(least + precision(ms)), text(ms), "{ms}");
        }
    }

    #[test]
    fn lists_end_with_and() {
        let list = |items: &[&str]| list(&items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
        assert_eq!(list(&["a"]), "a");
    }
}
