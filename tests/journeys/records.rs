//! Records of Kinesis streams: what cannot be read is set aside with its reason and stops nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_lambda::dead_letters::MemoryDeadLetters;
use cxtrace_settings::StreamSources;
use serde_json::{Value, json};
use span_collector::kinesis::KinesisBatch;

use super::support::JourneyFixture;

/// After the times in the samples, in seconds.
const ARRIVED: f64 = 1_772_755_200.5;

fn record(stream: &str, number: &str, data: &str) -> Value {
    json!({
        "eventSource": "aws:kinesis",
        "eventSourceARN": format!("arn:aws:kinesis:eu-west-1:123456789012:stream/{stream}"),
        "kinesis": {"sequenceNumber": number, "data": data, "approximateArrivalTimestamp": ARRIVED},
    })
}

#[tokio::test]
async fn what_cannot_be_read_is_set_aside_and_stops_nothing() {
    let fixture = JourneyFixture::new().await;
    let records = [
        record("nobodys", "1", "e30="),
        record("records", "2", "no base64!"),
        record("unknown", "3", "e30="),
        record("records", "4", "e30="),
    ];
    let batch = KinesisBatch::read(&json!({"Records": records}).to_string()).unwrap();
    let streams = StreamSources::read("records=crm,unknown=no-such-source").unwrap();
    let letters = MemoryDeadLetters::default();
    let outcome = fixture.collector().handle_records(&batch, &streams, &letters).await.unwrap();
    assert_eq!((outcome.set_aside, outcome.ignored, outcome.stored, outcome.failed), (3, 1, 0, None));
    let letters: Vec<Value> = letters.messages().iter().map(|letter| serde_json::from_str(letter).unwrap()).collect();
    let reasons: Vec<_> = letters.iter().map(|letter| letter["reason"].as_str().unwrap()).collect();
    assert!(reasons[0].contains("KINESIS_STREAMS") && reasons[1].contains("base64"), "{reasons:?}");
    let numbers: Vec<_> = letters.iter().map(|letter| letter["sequence_number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["1", "2", "3"]);
    assert_eq!((&letters[1]["what"], &letters[1]["data"]), (&json!("kinesis record"), &json!("no base64!")));
    assert_eq!(fixture.requests.take(), "", "nothing was stored, so nothing was written");
}

#[tokio::test]
async fn contact_records_are_stored_beside_a_record_that_cannot_be_read() {
    let fixture = JourneyFixture::new().await;
    let recording = crate::template::file("shared/sources/definitions/amazon-connect/samples/contact-record.ndjson");
    let lines = recording.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let data =
        lines.filter(|line| line["transport"] == "kinesis").map(|line| STANDARD.encode(line["data"].to_string()));
    let mut records: Vec<_> = data.enumerate().map(|(n, data)| record("contacts", &n.to_string(), &data)).collect();
    assert!(!records.is_empty());
    records.insert(0, record("contacts", "bad", &STANDARD.encode("{\"ContactId\": ")));
    let batch = KinesisBatch::read(&json!({"Records": records}).to_string()).unwrap();
    let streams = StreamSources::read("contacts=amazon-connect").unwrap();
    let letters = MemoryDeadLetters::default();
    let handle = async || fixture.collector().handle_records(&batch, &streams, &letters).await.unwrap();
    let outcome = handle().await;
    assert_eq!((outcome.set_aside, outcome.failed.clone()), (1, None), "{outcome:?}");
    assert!(outcome.stored > 0, "{outcome:?}");
    assert!(fixture.requests.take().contains("BatchWriteItem"));
    assert!(!letters.messages()[0].contains("ContactId"), "the data is base64");
    assert_eq!(handle().await.stored, outcome.stored, "a batch that comes again stores the same facts");
}
