//! One customer's way through seven systems, as it arrives: late, out of order and twice. What the twin shows at each minute is
//! what its deliveries so far say, and the journey settles when its sources have had their time.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::twin::{Ingested, Replay, TableLocation};
use cxtrace_settings::Environment;
use serde_json::Value;

use crate::support::root;

/// A delivery of the recording, and when it arrives here.
#[derive(Debug, Clone)]
struct Arrival {
    /// Its place in the recording.
    number: usize,
    at: DateTime<Utc>,
    topic: Option<String>,
    json: String,
}

/// The deliveries, each once as recorded and once more, up to half an hour late in an order of no meaning. The contact records come
/// 20 minutes after the call at the earliest. The last of them says more than the others, and comes when the journey has settled.
fn arrivals(path: &Path) -> Vec<Arrival> {
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    let last_record = lines.iter().rposition(|line| line.contains("\"kinesis\"")).unwrap();
    let mut arrivals = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        let delivery: Value = serde_json::from_str(line).unwrap();
        let at = delivery["received_at"].as_str().or_else(|| delivery["time"].as_str()).unwrap();
        let mut at: DateTime<Utc> = at.parse().unwrap();
        if number == last_record {
            at += TimeDelta::hours(1);
        }
        for copy in 0..2_i64 {
            let late = TimeDelta::seconds((number as i64 * 7919 + copy * 104_729) % 1800);
            let topic = delivery["detail-type"].as_str().map(str::to_owned);
            arrivals.push(Arrival { number, at: at + late, topic, json: (*line).to_owned() });
        }
    }
    arrivals.sort_by_key(|arrival| arrival.at);
    arrivals
}

async fn replay() -> Replay {
    let environment = Environment::of([("CORRELATION_ATTRIBUTES", "uui=uui,traceparent=trace")]);
    Replay::open(TableLocation::Memory, environment, false).await.unwrap()
}

async fn take(replay: &mut Replay, at: DateTime<Utc>, arrival: &Arrival) {
    let taken = replay.take(Some(at), arrival.topic.as_deref(), &arrival.json).await.unwrap();
    assert!(matches!(taken, Ingested::Processed { .. }), "{taken:?}: {}", arrival.json);
}

/// The journeys, without what depends on when they were settled and read.
async fn journeys(replay: &mut Replay) -> Vec<Value> {
    replay.finish().await.unwrap();
    let all = Box::pin(replay.twin.journeys.all()).await.unwrap();
    let mut all: Vec<_> = all.iter().map(|journey| serde_json::to_value(journey).unwrap()).collect();
    for journey in &mut all {
        for name in ["status", "revision"] {
            journey.as_object_mut().unwrap().remove(name);
        }
    }
    all
}

/// The revisions that the bus was notified of.
fn revisions(replay: &Replay) -> Vec<u64> {
    let events = replay.twin.journeys.bus().events();
    let settled = events.iter().filter(|event| event.detail_type == "Journey Settled");
    settled.map(|event| event.detail["revision"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_journey_over_seven_systems_is_right_at_each_minute_and_settles_once_and_is_revised_once() {
    let arrivals = arrivals(&root().join("events/stories/seven-systems.ndjson"));
    let mut live = replay().await;
    let mut arrived: Vec<Arrival> = Vec::new();
    let mut coming = arrivals.iter().peekable();
    let mut now = arrivals[0].at;
    let (mut settled_at, mut expected, mut steps) = (None, Vec::new(), 0);
    while coming.peek().is_some() || now < arrivals.last().unwrap().at + TimeDelta::minutes(5) {
        let before = arrived.len();
        while let Some(arrival) = coming.next_if(|arrival| arrival.at <= now) {
            take(&mut live, now, arrival).await;
            arrived.push(arrival.clone());
        }
        live.let_pass(if before == arrived.len() { TimeDelta::minutes(1) } else { TimeDelta::zero() }).await.unwrap();
        if arrived.len() > before {
            // The same deliveries in the recording's order, once, all of them now.
            let mut straight = replay().await;
            let mut once = arrived.clone();
            once.sort_by_key(|arrival| arrival.number);
            once.dedup_by_key(|arrival| arrival.number);
            for arrival in &once {
                take(&mut straight, now, arrival).await;
            }
            expected = journeys(&mut straight).await;
            steps += 1;
        }
        // Time alone changes nothing, and neither does settling.
        assert_eq!(journeys(&mut live).await, expected, "at {now}");
        let revisions = revisions(&live);
        if settled_at.is_none() && !revisions.is_empty() {
            settled_at = Some(now);
            assert!(coming.peek().is_some_and(|next| next.number > 30), "it settled at {now}, before all had arrived");
        }
        now += TimeDelta::minutes(1);
    }
    assert!(steps > 40, "{steps}");
    assert_eq!(journeys(&mut live).await.len(), 1);
    assert_eq!(revisions(&live), [1, 2], "settled at {settled_at:?}");
}
