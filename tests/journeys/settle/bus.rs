//! A fake of EventBridge below its client: it records requests and can refuse entries.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use cxtrace::engine::{answer, operation, sdk_config};
use cxtrace_tests::connector::{Connector, Respond};
use journey_settler::bus::{Bus, BusError, Event, EventBridge};
use serde_json::{Value, json};

/// An EventBridge that records the entries of each request, and accepts those that it does not refuse.
#[derive(Debug, Clone, Default)]
struct FakeEventBridge {
    requests: Arc<Mutex<Vec<Vec<Value>>>>,
    refused: Arc<Mutex<Vec<u64>>>,
}

impl Respond for FakeEventBridge {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        assert_eq!(operation(&request).unwrap(), "PutEvents");
        let document: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let entries = document["Entries"].as_array().unwrap().clone();
        let results: Vec<_> = entries.iter().map(|entry| self.result(entry)).collect();
        let failed = results.iter().filter(|result| result["ErrorCode"].is_string()).count();
        self.requests.lock().unwrap().push(entries);
        HttpConnectorFuture::ready(answer(200, json!({"FailedEntryCount": failed, "Entries": results}).to_string()))
    }
}

impl FakeEventBridge {
    /// The result of an entry.
    fn result(&self, entry: &Value) -> Value {
        if self.refused.lock().unwrap().contains(&number(entry)) {
            return json!({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"});
        }
        json!({"EventId": "11710aed-b79e-4468-a20b-bb3c0c3b4860"})
    }

    /// The numbers of the entries of each request since the last call.
    fn asked(&self) -> Vec<Vec<u64>> {
        let requests = std::mem::take(&mut *self.requests.lock().unwrap());
        requests.iter().map(|entries| entries.iter().map(number).collect()).collect()
    }
}

/// The number in an entry's detail.
fn number(entry: &Value) -> u64 {
    let detail: Value = serde_json::from_str(entry["Detail"].as_str().unwrap()).unwrap();
    detail["number"].as_u64().unwrap()
}

fn events(count: u64) -> Vec<Event> {
    (0..count).map(|number| Event { detail_type: "Insight Detected", detail: json!({"number": number}) }).collect()
}

#[tokio::test]
async fn many_events_are_put_ten_at_a_time_and_in_order() {
    let kept = FakeEventBridge::default();
    let bus = EventBridge::new(sdk_config(Connector(kept.clone())), "journeys");
    bus.put(events(1)).await.unwrap();
    let entry = kept.requests.lock().unwrap()[0][0].clone();
    let expected = json!({
        "Source": "cxtrace", "DetailType": "Insight Detected", "Detail": "{\"number\":0}", "EventBusName": "journeys",
    });
    assert_eq!(entry, expected);
    kept.asked();

    for (count, sizes) in [(0, vec![]), (10, vec![10]), (11, vec![10, 1]), (25, vec![10, 10, 5])] {
        bus.put(events(count)).await.unwrap();
        let asked = kept.asked();
        assert_eq!(asked.iter().map(Vec::len).collect::<Vec<_>>(), sizes);
        assert_eq!(asked.concat(), (0..count).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn refused_events_are_an_error_and_all_can_be_put_again() {
    let kept = FakeEventBridge::default();
    let bus = EventBridge::new(sdk_config(Connector(kept.clone())), "journeys");
    *kept.refused.lock().unwrap() = vec![12, 15];
    let error = bus.put(events(25)).await.unwrap_err();
    assert!(matches!(&error, BusError::Partly { failed: 2, .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the journey bus journeys did not take 2 events (ThrottlingException). They will be sent again."
    );
    // Later events wait for the next run.
    assert_eq!(kept.asked().concat(), (0..20).collect::<Vec<_>>());

    kept.refused.lock().unwrap().clear();
    bus.put(events(25)).await.unwrap();
    assert_eq!(kept.asked().concat(), (0..25).collect::<Vec<_>>());
}
