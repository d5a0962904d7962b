//! Explains why a message is in a dead-letter queue, and what to do about it. It never repeats an event's content.

use serde_json::Value;

/// The explanation of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Explanation {
    /// Whether it has an event, which its function can process again.
    pub(super) holds_event: bool,
    /// The reason, and what to do.
    pub(super) text: String,
}

impl Explanation {
    /// Explains a message by its body, and the `reason` in its attributes.
    pub(super) fn of(body: &str, reason: Option<&str>) -> Self {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        if body.get("requestPayload").is_some() {
            let failure = body["responsePayload"]["errorMessage"].as_str();
            let condition = body["requestContext"]["condition"].as_str();
            let reason = reason.or(failure).or(condition).unwrap_or("the record gives no reason");
            return Self { holds_event: true, text: format!("an event that the function failed on: {reason}") };
        }
        if body.get("detail-type").is_some() {
            let reason = reason.unwrap_or("the message gives no reason");
            return Self { holds_event: true, text: format!("an event that did not reach the function: {reason}") };
        }
        let text = match body["what"].as_str() {
            Some("total") => total(&body),
            Some("ledger item") => ledger_item(&body),
            Some("stream record") => stream_record(&body),
            Some("kinesis record") => kinesis_record(&body),
            _ if body.get("KinesisBatchInfo").is_some() => kinesis_batch(&body["KinesisBatchInfo"]),
            _ if body.get("DDBStreamBatchInfo").is_some() => batch(&body["DDBStreamBatchInfo"]),
            _ => "this is not a message of Cxtrace. Check it, and delete it if nobody needs it.".to_owned(),
        };
        Self { holds_event: false, text }
    }
}

fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or("unknown")
}

fn total(body: &Value) -> String {
    format!(
        "Datadog refuses a total ({}). Datadog lacks the total {} of {} at {}; the occurrences are in the state table. Remove \
         the cause and run `cxtrace republish`: it sends the total again, or carries it to the current bucket if its own has \
         closed. Then delete the message.",
        text(body, "reason"),
        body["value"],
        text(body, "metric"),
        body["timestamp"]
    )
}

fn ledger_item(body: &Value) -> String {
    let rest = match body["published"].as_bool() {
        Some(true) => "The rest of the ledger is published.",
        _ => "Until then the ledger is not published. After the repair, `cxtrace republish` publishes it.",
    };
    format!(
        "an item of a ledger cannot be read ({}). Repair or delete the item with the keys {}, then delete the message. {rest}",
        text(body, "reason"),
        body["keys"]
    )
}

fn stream_record(body: &Value) -> String {
    format!(
        "an item of the state table cannot be read ({}). Look at the item with the keys {}, and find out what else writes to \
         the table. Then delete the message.",
        text(body, "reason"),
        body["keys"]
    )
}

fn kinesis_record(body: &Value) -> String {
    format!(
        "a record of the stream {} cannot be read ({}). Correct the definition of its source, or the parameter that names the \
         stream. Then put the `data` of the message, which is base64, into the stream again, and delete the message.",
        text(body, "stream"),
        text(body, "reason")
    )
}

fn kinesis_batch(info: &Value) -> String {
    format!(
        "records of a Kinesis stream could not be stored for 23 hours: {} to {} of the shard {} of {}. If the stream keeps them \
         longer, read them from there and put them into the stream again. Then delete the message.",
        text(info, "startSequenceNumber"),
        text(info, "endSequenceNumber"),
        text(info, "shardId"),
        text(info, "streamArn")
    )
}

fn batch(info: &Value) -> String {
    format!(
        "a batch of a stream failed for 23 hours: records {} to {} of the shard {} of {}. The items that they refer to are in the \
         table. `cxtrace republish` publishes counts again; a journey is refreshed with its next fact. Then delete the message.",
        text(info, "startSequenceNumber"),
        text(info, "endSequenceNumber"),
        text(info, "shardId"),
        text(info, "streamArn")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_explained_by_its_reason_and_never_by_its_content() {
        let event = json!({"detail-type": "t", "detail": {"secret": "07700 900001"}});
        let failed = json!({
            "requestContext": {"condition": "RetriesExhausted"},
            "requestPayload": event,
            "responsePayload": {"errorMessage": "`conversationId` is missing"},
        });
        for (body, reason, text) in [
            (&failed, None, "an event that the function failed on: `conversationId` is missing"),
            (
                &failed,
                Some("the table does not answer"),
                "an event that the function failed on: the table does not answer",
            ),
            (&event, Some("NO_PERMISSIONS"), "an event that did not reach the function: NO_PERMISSIONS"),
        ] {
            let explanation = Explanation::of(&body.to_string(), reason);
            assert_eq!(explanation, Explanation { holds_event: true, text: text.to_owned() });
        }
    }

    #[test]
    fn a_message_without_an_event_says_what_to_do() {
        let total = json!({"what": "total", "reason": "400", "metric": "a.b", "timestamp": 10, "value": 3});
        let item = json!({"what": "ledger item", "reason": "no number", "keys": {"pk": "p"}, "published": false});
        let batch = json!({"DDBStreamBatchInfo": {"shardId": "s-1", "startSequenceNumber": "1"}});
        let record = json!({"what": "kinesis record", "reason": "not JSON", "stream": "cxone", "data": "bm8="});
        let records = json!({"KinesisBatchInfo": {"shardId": "s-2", "startSequenceNumber": "1"}});
        for (body, part) in [
            (total.to_string(), "lacks the total 3 of a.b at 10"),
            (item.to_string(), "Until then the ledger is not published."),
            (batch.to_string(), "records 1 to unknown of the shard s-1"),
            (record.to_string(), "a record of the stream cxone cannot be read (not JSON)"),
            (records.to_string(), "1 to unknown of the shard s-2"),
            ("no JSON".to_owned(), "not a message of Cxtrace"),
        ] {
            let explanation = Explanation::of(&body, None);
            assert!(!explanation.holds_event && explanation.text.contains(part), "{explanation:?}");
        }
    }
}
