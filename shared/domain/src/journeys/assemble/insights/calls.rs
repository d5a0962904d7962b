//! What went wrong with a call, and who it was handed to.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::{Scene, insight};
use crate::journeys::assemble::spans::Part;
use crate::journeys::assemble::words::{during, lasting, the};
use crate::journeys::document::{Insight, InsightRule, Severity};
use crate::journeys::handoff;
use crate::journeys::skew::plus;
use crate::journeys::span::{Outcome, SpanType};

/// The words of Genesys Cloud for a fault of the line or of the flow.
const FAULTS: [&str; 4] = ["ERROR", "TRANSPORT_FAILURE", "FLOW_ERROR_DISCONNECT", "RECOGNITION_FAILURE_DISCONNECT"];

/// A call whose line, or the agent's, ended by a fault while the customer was with somebody or something, and who
/// went on nowhere.
pub(super) fn dropped(scene: &Scene<'_>) -> Vec<Insight> {
    let faulty = |part: &&&Part| {
        let fault = part.span.status == Some(Outcome::Error) || part.says(&FAULTS);
        let leg = part.is(&[SpanType::Telephony, SpanType::AgentInteraction, SpanType::AiConversation, SpanType::Ivr]);
        fault && leg && part.span.ended_at.is_some() && is_voice(part, scene) && !is_transfer(part)
    };
    let mut faulty: Vec<&Part> =
        scene.lines.contexts.iter().chain(&scene.lines.doings).filter(faulty).copied().collect();
    faulty.retain(|part| !goes_on(part, scene) && (!part.is_line() || with_whom(part, scene).is_some()));
    clusters(faulty, scene)
        .into_iter()
        .map(|cluster| {
            let with =
                cluster.iter().find_map(|part| if part.is_line() { with_whom(part, scene) } else { Some(*part) });
            let place = with.map_or("on the line", |part| during(part.span.span_type));
            let after = with.and_then(Part::took).map_or(String::new(), |took| format!(" after {}", lasting(took)));
            let word = cluster.iter().find_map(|part| part.span.reason.as_deref());
            let word = word.map_or(String::new(), |word| format!(": {word}"));
            let spans = cluster
                .iter()
                .copied()
                .chain(with.filter(|with| !cluster.iter().any(|part| part.span.key == with.span.key)));
            let text = format!("The call dropped {place}{after}{word}.");
            insight(InsightRule::DroppedCall, Severity::Error, text, spans.map(|part| &part.span))
        })
        .collect()
}

/// A transfer after which nobody arrived.
pub(super) fn failed_transfers(scene: &Scene<'_>) -> Vec<Insight> {
    let failed = |part: &&&Part| {
        let left = match part.span.span_type {
            SpanType::PlatformHandoff => true,
            SpanType::Hold | SpanType::Voicemail | SpanType::Web | SpanType::Message => false,
            _ => is_transfer(part),
        };
        left && part.span.ended_at.is_some() && !somebody_arrived(part, scene)
    };
    let failed = scene.lines.contexts.iter().chain(&scene.lines.doings).filter(failed).copied().collect();
    clusters(failed, scene)
        .into_iter()
        .map(|cluster| {
            let from = cluster.iter().min_by_key(|part| part.is_line()).copied();
            let from = from.map_or("the call", |part| the(part.span.span_type));
            let word = cluster.iter().find_map(|part| part.words().find(|word| is_transfer_word(word)));
            let word = word.map_or(String::new(), |word| format!(" ({word})"));
            let text = format!("A transfer from {from} reached nobody{word}.");
            insight(InsightRule::FailedTransfer, Severity::Error, text, cluster.into_iter().map(|part| &part.span))
        })
        .collect()
}

/// An AI agent after which the customer was sent to a person, or to the queue for one.
pub(super) fn ai_escalations(scene: &Scene<'_>) -> Vec<Insight> {
    let doings = &scene.lines.doings;
    let escalated = doings.iter().filter(|part| part.is(&[SpanType::AiConversation])).filter_map(|ai| {
        let end = ai.span.ended_at?.0;
        let person = |part: &&&Part| {
            part.is(&[SpanType::Queue, SpanType::AgentInteraction]) && plus(part.start(), handoff::TOLERANCE) >= end
        };
        let person = doings.iter().find(person)?;
        let another = |part: &&&Part| {
            part.is(&[SpanType::AiConversation]) && ai.start() < part.start() && part.start() < person.start()
        };
        if doings.iter().any(|part| another(&part)) {
            return None;
        }
        let text = format!(
            "The AI agent of {} handed over to {} after {}.",
            ai.span.platform,
            if person.is(&[SpanType::Queue]) { "the queue for a person" } else { "a person" },
            lasting(end - ai.start())
        );
        Some(insight(InsightRule::AiEscalation, Severity::Info, text, [&ai.span, &person.span]))
    });
    escalated.collect()
}

/// A customer who was handed from one to the next again and again: between agents, and between platforms.
pub(super) fn repeated_handoffs(scene: &Scene<'_>) -> Vec<Insight> {
    const PLACES: [SpanType; 5] =
        [SpanType::Ivr, SpanType::AiConversation, SpanType::AgentInteraction, SpanType::Web, SpanType::Message];
    let mut hands = Vec::new();
    let mut last: Option<(&str, Option<&str>)> = None;
    for part in scene.lines.doings.iter().filter(|part| part.is(&PLACES) && !reached_nobody(part)) {
        let platform = part.span.platform.as_str();
        let user = part.span.attributes.get("genesys.user_id").map_or(part.span.key.as_str(), String::as_str);
        let agent = part.is(&[SpanType::AgentInteraction]).then_some(user);
        let handed = match last {
            None => false,
            Some((before, _)) if before != platform => true,
            Some((_, before)) => before.is_some() && agent.is_some() && before != agent,
        };
        if handed {
            hands.push(&part.span);
        }
        let agent = agent.or(last.filter(|(before, _)| *before == platform).and_then(|(_, agent)| agent));
        last = Some((platform, agent));
    }
    if hands.len() < scene.policy.many_handoffs.max(1) {
        return Vec::new();
    }
    let text = format!("The customer was handed on {} times.", hands.len());
    vec![insight(InsightRule::RepeatedHandoffs, Severity::Warning, text, hands)]
}

/// Whether it belongs to a spoken conversation.
fn is_voice(part: &Part, scene: &Scene<'_>) -> bool {
    if part.is(&[SpanType::Telephony]) {
        return true;
    }
    match part.span.attributes.get("genesys.media_type").map(String::as_str) {
        Some(media) => ["VOICE", "CALLBACK", "UNKNOWN"].iter().any(|voice| voice.eq_ignore_ascii_case(media)),
        None => {
            let calls = scene.lines.contexts.iter().chain(&scene.lines.doings);
            let mut calls = calls.filter(|line| line.is(&[SpanType::Telephony]));
            calls.any(|line| line.start() <= part.until(scene.now) && part.start() <= line.until(scene.now))
        }
    }
}

/// What the customer was in when the line ended: a person before a machine, and the latest of them.
fn with_whom<'a>(line: &Part, scene: &Scene<'a>) -> Option<&'a Part> {
    let end = line.span.ended_at?.0;
    let then = scene.lines.doings.iter().copied().filter(|part| {
        !part.is_line()
            && !part.is(&[SpanType::Hold, SpanType::Web])
            && part.start() <= end
            && plus(part.until(scene.now), scene.policy.transition) >= end
    });
    then.max_by_key(|part| (part.is(&[SpanType::AgentInteraction]), part.start(), &part.span.key))
}

/// Whether the customer was in something else afterwards, on the same line or by a hand-off.
fn goes_on(part: &Part, scene: &Scene<'_>) -> bool {
    let Some(end) = part.span.ended_at.map(|end| end.0) else { return true };
    let latest = line_end(end, scene);
    let mut after = scene.lines.doings.iter().filter(|other| other.span.key != part.span.key && !other.is_line());
    after.any(|other| {
        let later = other.start() >= end || other.until(scene.now) > plus(end, scene.policy.transition);
        later && !other.is(&[SpanType::Hold, SpanType::Web]) && other.start() <= latest
    })
}

/// Whether somebody, or something, took the customer over from `part`: a hand-off was matched, or there is
/// something on the same line, or soon after it, that began no earlier or lasted longer.
fn somebody_arrived(part: &Part, scene: &Scene<'_>) -> bool {
    let Some(end) = part.span.ended_at.map(|end| end.0) else { return true };
    if scene.gathered.handoffs.iter().any(|(from, _)| *from == part.span.key) {
        return true;
    }
    let latest = line_end(end, scene);
    // The line is up, and the other end may still be ringing.
    if latest > scene.now && scene.now < plus(end, scene.policy.long_gap) {
        return true;
    }
    // What left Genesys for a number is seen no more. A line that stays up for longer than it rings was answered.
    let number = part.span.attributes.get("genesys.transfer_type").is_some_and(|to| to.eq_ignore_ascii_case("NUMBER"));
    if number && latest.min(scene.now) > plus(end, scene.policy.long_queue) {
        return true;
    }
    let others = scene.lines.contexts.iter().chain(&scene.lines.doings);
    let mut others = others.filter(|other| other.span.key != part.span.key && !is_part_of(other, part));
    others.any(|other| {
        let began = plus(other.start(), handoff::TOLERANCE) >= end && other.start() > part.start();
        let lasted = !other.is_line() && other.until(scene.now) > end;
        (began || lasted)
            && other.start() <= latest
            && !other.is(&[SpanType::Hold, SpanType::PlatformHandoff, SpanType::Web])
    })
}

/// Until when somebody can still arrive: a little after the end of the lines that were up at `at`, or a while.
fn line_end(at: DateTime<Utc>, scene: &Scene<'_>) -> DateTime<Utc> {
    let lines = scene.lines.contexts.iter().chain(&scene.lines.doings).filter(|line| line.is_line());
    let up = lines.filter(|line| line.start() <= at && plus(line.until(scene.now), handoff::TOLERANCE) >= at);
    let end = up.map(|line| line.until(scene.now)).max();
    end.map_or_else(|| plus(at, scene.policy.long_gap), |end| plus(end.max(at), handoff::TOLERANCE))
}

fn is_part_of(part: &Part, whole: &Part) -> bool {
    part.span.parent.as_ref() == Some(&whole.span.key)
}

fn is_transfer(part: &Part) -> bool {
    part.words().any(is_transfer_word)
}

fn is_transfer_word(word: &str) -> bool {
    let word = word.to_ascii_uppercase();
    word.contains("TRANSFER") || word.contains("FORWARD")
}

/// Whether it only rang.
fn reached_nobody(part: &Part) -> bool {
    part.says(&["NO_ANSWER_TRANSFER", "NOT_AVAILABLE_TRANSFER", "DND_TRANSFER", "DND_ENDPOINT"])
}

/// What ended at about the same time is one event.
fn clusters<'a>(mut parts: Vec<&'a Part>, scene: &Scene<'_>) -> Vec<Vec<&'a Part>> {
    let end = |part: &Part| part.until(scene.now);
    parts.sort_by_key(|part| (end(part), &part.span.key));
    let mut clusters: Vec<Vec<&Part>> = Vec::new();
    let mut seen = BTreeSet::new();
    for part in parts {
        if !seen.insert(&part.span.key) {
            continue;
        }
        match clusters.last_mut() {
            Some(cluster) if cluster.last().is_some_and(|last| plus(end(last), handoff::TOLERANCE) >= end(part)) => {
                cluster.push(part);
            }
            _ => clusters.push(vec![part]),
        }
    }
    clusters
}
