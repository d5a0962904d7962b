//! The stories that `cxtrace demo` plays from recordings in the vendors' own shapes: webhooks, records of a Kinesis stream,
//! events of EventBridge, and requests of OpenTelemetry's SDK.

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use serde_json::Value;

use super::moved::moved;
use super::scenario::DemoScenario;
use crate::reading;

/// The time between the starts of two stories.
const APART: TimeDelta = TimeDelta::minutes(4);

/// A recording.
struct Recording {
    title: &'static str,
    kind: &'static str,
    anchor: &'static str,
    lines: &'static str,
}

const RECORDINGS: [Recording; 4] = [
    Recording {
        title: "An AI agent on Vapi hands over to Genesys Cloud",
        kind: "ai_agent_hands_over",
        anchor: "genesys.conversation:eca46dd0-22db-4251-88fd-010d9fc5ae67",
        lines: include_str!("../../../../events/stories/ai-agent-hands-over.ndjson"),
    },
    Recording {
        title: "Amazon Connect, with records 20 minutes late",
        kind: "connect_records_late",
        anchor: "connect.contact:571c7fa2-a63d-44b2-8800-20ef606d7a01",
        lines: include_str!("../../../../events/stories/connect-records-late.ndjson"),
    },
    Recording {
        title: "A Twilio call that drops in a transfer",
        kind: "twilio_dropped_transfer",
        anchor: "twilio.call:CA2304ee68bfa940eb7ca313a50ff26d55",
        lines: include_str!("../../../../events/stories/twilio-dropped-transfer.ndjson"),
    },
    Recording {
        title: "A slow database behind the IVR, in two regions",
        kind: "slow_database",
        anchor: "genesys.conversation:d6159ef5-6247-4b43-8cf3-2068ab74c73a",
        lines: include_str!("../../../../events/opentelemetry/slow-database.ndjson"),
    },
];

/// The stories. The first begins at `start`, to the minute, and each other one four minutes after the one before.
#[must_use]
pub fn stories(start: DateTime<Utc>) -> Vec<DemoScenario> {
    let begins = std::iter::successors(Some(start), |begin| Some(*begin + APART));
    begins.zip(&RECORDINGS).filter_map(|(begin, recording)| play(recording, begin)).collect()
}

fn play(recording: &Recording, begin: DateTime<Utc>) -> Option<DemoScenario> {
    let lines = || recording.lines.lines().filter(|line| !line.is_empty());
    // Each story begins at a full minute. A fraction would move texts that have none.
    let by = begin - received(lines().next()?)?.duration_trunc(TimeDelta::minutes(1)).ok()?;
    Some(DemoScenario {
        title: recording.title,
        kind: recording.kind,
        anchor: reading::id(recording.anchor)?,
        events: lines().map(|line| moved(line, by)).collect::<Option<_>>()?,
    })
}

fn received(line: &str) -> Option<DateTime<Utc>> {
    let json: Value = serde_json::from_str(line).ok()?;
    json.get("received_at").or_else(|| json.get("time"))?.as_str()?.parse().ok()
}
