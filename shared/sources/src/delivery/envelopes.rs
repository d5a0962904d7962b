//! What AWS wraps around deliveries when it hands several to a function: batches of Kinesis, Firehose, SQS and SNS. It must not
//! know any platform.

use chrono::{DateTime, SecondsFormat};
use serde_json::{Map, Value, json};

/// How many envelopes may stand in each other: SNS within SQS is usual.
const MAX_DEPTH: usize = 3;

/// The entries of a batch, as texts of recorded deliveries. `None` if `text` is not a batch.
///
/// A record of a stream has the stream's name as its source.
#[must_use]
pub fn unwrapped(text: &str) -> Option<Vec<String>> {
    // Most texts are not batches. This check avoids reading them twice.
    if !text.contains("\"Records\"") && !text.contains("\"deliveryStreamArn\"") {
        return None;
    }
    let Ok(Value::Object(batch)) = serde_json::from_str(text) else { return None };
    entries(&batch, 0)
}

fn entries(batch: &Map<String, Value>, depth: usize) -> Option<Vec<String>> {
    if let Some(Value::Array(records)) = batch.get("Records") {
        let read: Option<Vec<_>> = records.iter().map(|record| entry(record, depth)).collect();
        return read.map(|texts| texts.into_iter().flatten().collect()).filter(|texts: &Vec<_>| !texts.is_empty());
    }
    let stream = name(batch.get("deliveryStreamArn")?.as_str()?);
    let records = batch.get("records")?.as_array()?;
    let record = |record: &Value| {
        let at = record.get("approximateArrivalTimestamp").and_then(Value::as_f64);
        Some(of_stream(stream, record.get("data")?, at.map(|milliseconds| milliseconds / 1e3)))
    };
    records.iter().map(record).collect()
}

fn entry(record: &Value, depth: usize) -> Option<Vec<String>> {
    if let Some(kinesis) = record.get("kinesis") {
        let stream = record.get("eventSourceARN").and_then(Value::as_str).map(name).unwrap_or_default();
        let at = kinesis.get("approximateArrivalTimestamp").and_then(Value::as_f64);
        return Some(vec![of_stream(stream, kinesis.get("data")?, at)]);
    }
    let message = record.get("body").or_else(|| record.get("Sns")?.get("Message"))?.as_str()?;
    // A message of SNS within one of SQS has an envelope of its own.
    let inner = match serde_json::from_str::<Value>(message) {
        Ok(Value::Object(inner)) => inner,
        _ => return Some(vec![message.to_owned()]),
    };
    if let (Some("Notification"), Some(Value::String(message))) =
        (inner.get("Type").and_then(Value::as_str), inner.get("Message"))
    {
        return Some(vec![message.clone()]);
    }
    let nested = (depth < MAX_DEPTH).then(|| entries(&inner, depth + 1)).flatten();
    Some(nested.unwrap_or_else(|| vec![message.to_owned()]))
}

/// A recorded delivery of a stream. `at` is in seconds.
fn of_stream(stream: &str, data: &Value, at: Option<f64>) -> String {
    let at = at.and_then(|seconds| DateTime::from_timestamp_millis((seconds * 1e3).round() as i64));
    let received_at = at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true));
    json!({"transport": "kinesis", "source": stream, "data": data, "received_at": received_at}).to_string()
}

/// The name at the end of an ARN.
fn name(arn: &str) -> &str {
    arn.rsplit(['/', ':']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(batch: &Value) -> Vec<Value> {
        unwrapped(&batch.to_string()).unwrap().iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    #[test]
    fn every_record_of_a_stream_becomes_a_delivery_of_its_stream() {
        let record = |data: &str| {
            json!({"kinesis": {"data": data, "approximateArrivalTimestamp": 1_739_537_297.25}, "eventSource": "aws:kinesis",
                   "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/connect-records"})
        };
        let expected = |data: &str| json!({"transport": "kinesis", "source": "connect-records", "data": data, "received_at": "2025-02-14T12:48:17.250Z"});
        assert_eq!(of(&json!({"Records": [record("e30="), record("e31=")]})), [expected("e30="), expected("e31=")]);
        let firehose = json!({"deliveryStreamArn": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/connect-records",
            "records": [{"recordId": "1", "approximateArrivalTimestamp": 1_739_537_297_250_i64, "data": "e30="}]});
        assert_eq!(of(&firehose), [expected("e30=")]);
    }

    #[test]
    fn messages_are_what_was_sent_however_deep_they_stand() {
        let event = json!({"detail-type": "T", "source": "s", "detail": {"a": 1}});
        let sns = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": event.to_string()}}]});
        let notification = json!({"Type": "Notification", "Message": event.to_string()});
        for message in [event.to_string(), sns.to_string(), notification.to_string()] {
            let sqs = json!({"Records": [{"eventSource": "aws:sqs", "messageId": "1", "body": message}]});
            assert_eq!(of(&sqs), std::slice::from_ref(&event));
        }
        assert_eq!(of(&sns), [event]);
    }

    #[test]
    fn everything_else_is_not_a_batch() {
        for other in ["", "7", "[]", "{}", r#"{"Records": 7}"#, r#"{"Records": []}"#, r#"{"Records": [{"a": 1}]}"#] {
            assert_eq!(unwrapped(other), None, "{other}");
        }
        assert_eq!(unwrapped(r#"{"deliveryStreamArn": "a", "records": 7}"#), None);
    }
}
