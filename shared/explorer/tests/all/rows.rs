//! Summaries: within their limits, and the same when they are read again.

use cxtrace_domain::journeys::JourneySummary;
use cxtrace_domain::journeys::document::InsightRule;
use proptest::prelude::*;

use crate::samples::{full, huge, short};
use crate::support::{at, now};

#[test]
fn a_summary_survives_writing_and_reading() {
    let started_at = at("2026-11-20T09:10:00.123456789Z");
    for journey in [full(1, started_at), short(2, started_at), huge(3, started_at, "é\"\u{1}")] {
        let row = JourneySummary::of(&journey);
        let written = serde_json::to_string(&row).unwrap();
        assert_eq!(serde_json::from_str::<JourneySummary>(&written).unwrap(), row);
    }
}

#[test]
fn a_summary_contains_the_fields_of_a_list() {
    let row = serde_json::to_value(JourneySummary::of(&full(1, at("2026-11-20T09:10:00Z")))).unwrap();
    let expected = serde_json::json!({
        "id": row["id"],
        "revision": 2,
        "status": "revised",
        "started_at": "2026-11-20T09:10:00.000Z",
        "ended_at": "2026-11-20T09:11:30.000Z",
        "duration_ms": 90_000,
        "platforms": ["web", "genesys"],
        "ids": ["genesys.conversation:6efd5506-3fd6-49a1-8a51-000000000001", "web.session:s-0001"],
        "phones": [{ "party": "customer", "masked": "•••• 23" }],
        "metrics": ["CustomerRouting.Unknown"],
        "legs": [
            {
                "number": 1,
                "platform": "web",
                "started_at": "2026-11-20T09:10:00.000Z",
                "ended_at": "2026-11-20T09:10:30.000Z",
            },
            {
                "number": 2,
                "platform": "genesys",
                "started_at": "2026-11-20T09:11:00.000Z",
                "ended_at": "2026-11-20T09:11:30.000Z",
            },
        ],
        "insights": [{
            "rule": "abandoned_in_queue",
            "severity": "error",
            "text": "The customer left the queue after a wait of 30 s.",
        }],
        "outcome": { "kind": "abandoned", "text": "Abandoned in the queue, 1 min 30 s after the start." },
        "waited_ms": 30_000,
        "time": [
            { "kind": "queue", "duration_ms": 30_000 },
            { "kind": "self_service", "duration_ms": 60_000 },
        ],
        "summary": "A customer called.",
    });
    assert_eq!(row, expected);
}

#[test]
fn a_summary_keeps_an_insight_of_every_rule_and_counts_the_rest() {
    let row = JourneySummary::of(&huge(1, now(), "x"));
    for rule in InsightRule::ALL {
        assert!(row.insights.iter().any(|insight| insight.rule == rule), "{}", rule.as_str());
    }
    let left_out = serde_json::to_value(row.left_out).unwrap();
    let expected = serde_json::json!({ "platforms": 476, "ids": 490, "phones": 496, "legs": 468, "insights": 19,
        "metrics": 484 });
    assert_eq!(left_out, expected);
    assert!(row.summary.ends_with("x…") && row.summary.len() <= 600);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_summary_always_fits(text in prop_oneof!["\\PC{1,4}", "[\\x00-\\x1f\"\\\\]{1,3}", Just("💥".to_owned())]) {
        let row = JourneySummary::of(&huge(1, now(), &text));
        prop_assert!(serde_json::to_vec(&row).unwrap().len() < JourneySummary::MAX_BYTES);
        prop_assert_eq!((row.legs.len(), row.platforms.len(), row.ids.len()), (32, 24, 10));
    }
}
