//! Sweeps find the ledgers that nobody publishes any more, and no others.

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_runtime_api::client::http::HttpConnectorFuture;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{Engine, answer, operation, sdk_config};
use cxtrace_domain::metrics::{Bucket, ConversationId, Occurrence, OccurrenceId};
use cxtrace_settings::metrics::default_template;
use cxtrace_store::sweep::{MAX_AGE, SweepProgress, Wanted};
use cxtrace_store::{BucketKey, StateTable, schema};
use cxtrace_test_support::clock::SimClock;
use cxtrace_tests::connector::{Connector, Respond};
use serde_json::{Value, json};

use crate::pipeline::support::noon;

/// An engine whose scans have pages of this many items.
#[derive(Debug, Clone)]
struct Paged {
    engine: Engine,
    limit: usize,
}

impl Respond for Paged {
    fn respond(&self, request: HttpRequest) -> HttpConnectorFuture {
        let operation = operation(&request).unwrap_or_default();
        let mut body: Value = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        if operation == "Scan" {
            body["Limit"] = json!(self.limit);
        }
        let (status, body) = self.engine.execute(&operation, body.to_string().as_bytes());
        HttpConnectorFuture::ready(answer(status, body))
    }
}

/// A table whose scans have small pages.
struct Fixture {
    engine: Engine,
    clock: SimClock,
}

impl Fixture {
    async fn new() -> Self {
        let clock = SimClock::at(noon());
        let engine = Engine::in_memory(Arc::new(clock.clone())).unwrap();
        let fixture = Self { engine, clock };
        schema::create(&fixture.client(100), "state", false).await.unwrap();
        fixture
    }

    fn client(&self, limit: usize) -> Client {
        Client::new(&sdk_config(Connector(Paged { engine: self.engine.clone(), limit })))
    }

    fn table(&self, limit: usize) -> StateTable {
        StateTable::new(self.client(limit), "state", TimeDelta::days(30), Arc::new(self.clock.clone()))
    }

    /// What a whole sweep finds now.
    async fn found(&self, rejected: bool) -> BTreeSet<BucketKey> {
        let table = self.table(3);
        let mut sweep = table.sweep(self.wanted(rejected), &SweepProgress::Begun);
        let mut keys = BTreeSet::new();
        while let Some(found) = sweep.page().await.unwrap() {
            for ledger in found {
                assert_eq!(ledger.series.id(), ledger.key.series);
                assert!(keys.insert(ledger.key), "{:?} is found twice", ledger.key);
            }
        }
        assert_eq!(sweep.progress(), SweepProgress::Ended);
        keys
    }

    fn wanted(&self, rejected: bool) -> Wanted {
        Wanted { now: self.clock.time(), historical: false, rejected }
    }
}

fn occurrences(metric: &str, at: DateTime<Utc>, count: usize) -> Vec<Occurrence> {
    let conversation = ConversationId::try_new("c").unwrap();
    let occurrence = |n: usize| Occurrence {
        id: OccurrenceId::of(&conversation, &format!("{metric} {at} {n}")),
        series: default_template().series("A", metric, None).0,
        bucket: Bucket::starting_at(at.timestamp()),
        interval: 10,
        conversation: conversation.clone(),
        at: Some(at),
    };
    (0..count).map(occurrence).collect()
}

#[tokio::test]
async fn a_ledger_is_found_when_nobody_publishes_it() {
    let fixture = Fixture::new().await;
    let table = fixture.table(100);
    let [lost, held, behind, refused] =
        ["Lost", "Held", "Behind", "Refused"].map(|metric| occurrences(metric, noon(), 3));
    let key = |of: &[Occurrence]| BucketKey::of(&of[0]);
    for one in [&lost, &held, &behind, &refused] {
        table.put_occurrences(one).await.unwrap();
    }
    table.note_accepted(key(&held), 3).await.unwrap();
    table.note_accepted(key(&behind), 2).await.unwrap();
    table.note_rejected(key(&refused), 3, 0).await.unwrap();
    assert_eq!(fixture.found(true).await, BTreeSet::new(), "they are too young");

    fixture.clock.advance_to(noon() + TimeDelta::minutes(10) + TimeDelta::seconds(1));
    assert_eq!(fixture.found(false).await, BTreeSet::from([key(&lost), key(&behind)]));
    assert_eq!(fixture.found(true).await, BTreeSet::from([key(&lost), key(&behind), key(&refused)]));

    // A new occurrence has a record of its own, which publishes the whole ledger. A lost one is found ten minutes later.
    let late = occurrences("Lost", noon(), 4);
    table.put_occurrences(&late[3..]).await.unwrap();
    let more = occurrences("Refused", noon(), 4);
    table.put_occurrences(&more[3..]).await.unwrap();
    assert_eq!(fixture.found(false).await, BTreeSet::from([key(&behind)]));
    fixture.clock.advance(TimeDelta::minutes(11).to_std().unwrap());
    assert_eq!(fixture.found(false).await, BTreeSet::from([key(&lost), key(&behind), key(&refused)]));

    // Waking them does not change a total, and they are left alone until the publisher has had the time.
    let mut sweep = table.sweep(fixture.wanted(false), &SweepProgress::Begun);
    let found = sweep.page().await.unwrap().unwrap();
    let total = async || table.contents(key(&lost)).await.unwrap().ledger.total();
    let before = total().await;
    table.wake_publisher(&found, 1).await.unwrap();
    assert_eq!((before, total().await), (4, 4));
    assert_eq!(fixture.found(true).await, BTreeSet::new());
}

/// DynamoDB deletes expired items in any order. A ledger without its note looks as if nothing of it had been published.
#[tokio::test]
async fn a_ledger_that_may_have_lost_its_note_is_left_alone() {
    let fixture = Fixture::new().await;
    let table = fixture.table(100);
    let held = occurrences("Held", noon(), 3);
    table.put_occurrences(&held).await.unwrap();
    table.note_accepted(BucketKey::of(&held[0]), 3).await.unwrap();
    fixture.clock.advance_to(noon() + TimeDelta::days(20));
    // An event is tried again after weeks.
    table.put_occurrences(&held).await.unwrap();

    let text = |text: &str| AttributeValue::S(text.to_owned());
    let pk = format!("bucket#{}#{}", held[0].series.id(), noon().timestamp());
    let request = fixture.client(100).delete_item().table_name("state").key("pk", text(&pk)).key("sk", text("note"));
    request.send().await.unwrap();
    fixture.clock.advance_to(noon() + MAX_AGE - TimeDelta::seconds(1));
    assert_eq!(fixture.found(false).await.len(), 1, "the note is missing, which cannot be at this age");
    fixture.clock.advance_to(noon() + MAX_AGE);
    assert_eq!(fixture.found(true).await, BTreeSet::new());
}

#[tokio::test]
async fn a_redirected_occurrence_is_found_until_its_copy_is_stored() {
    let fixture = Fixture::new().await;
    let table = fixture.table(100);
    let home = occurrences("Moved", noon(), 1).remove(0);
    let to = Bucket::starting_at(noon().timestamp() + 600);
    table.redirect(BucketKey::of(&home), home.id, to).await.unwrap();
    table.put_occurrences(std::slice::from_ref(&home)).await.unwrap();
    fixture.clock.advance_to(noon() + TimeDelta::minutes(30));
    assert_eq!(fixture.found(false).await, BTreeSet::from([BucketKey::of(&home)]));

    let copy = Occurrence { bucket: to, ..home };
    table.put_occurrences(std::slice::from_ref(&copy)).await.unwrap();
    table.note_accepted(BucketKey::of(&copy), 1).await.unwrap();
    fixture.clock.advance(TimeDelta::minutes(30).to_std().unwrap());
    assert_eq!(fixture.found(false).await, BTreeSet::new());
}

#[tokio::test]
async fn a_ledger_that_cannot_be_read_is_set_aside_and_not_woken() {
    let fixture = Fixture::new().await;
    let table = fixture.table(100);
    let broken = occurrences("Broken", noon(), 1);
    table.put_occurrences(&broken).await.unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let pk = format!("bucket#{}#{}", broken[0].series.id(), noon().timestamp());
    let client = fixture.client(100);
    let request = client.put_item().table_name("state").item("pk", text(&pk)).item("sk", text("note"));
    request.item("accepted", text("junk")).send().await.unwrap();
    fixture.clock.advance_to(noon() + TimeDelta::minutes(30));
    let mut sweep = table.sweep(fixture.wanted(true), &SweepProgress::Begun);
    assert!(sweep.page().await.unwrap().unwrap().is_empty());
    assert_eq!(table.set_aside().take(), 1);
}

/// Wherever a sweep ends, the next one goes on there, and every ledger that fits into one of them is judged once. A sweep
/// that cannot read a ledger to its end leaves it out, so that it does not stay there for ever.
#[tokio::test]
async fn a_sweep_goes_on_wherever_it_ended() {
    let fixture = Fixture::new().await;
    let mut ledgers = BTreeSet::new();
    for (n, size) in [1, 2, 9, 1, 3, 1, 20, 2, 1, 4].into_iter().enumerate() {
        let stored = occurrences(&format!("M{n}"), noon(), size);
        fixture.table(100).put_occurrences(&stored).await.unwrap();
        ledgers.insert(BucketKey::of(&stored[0]));
    }
    fixture.clock.advance_to(noon() + TimeDelta::hours(2));
    for limit in 1..30 {
        let table = fixture.table(limit);
        for pages in [1, 2, 7, 100] {
            let (mut progress, mut found) = (SweepProgress::Begun, Vec::new());
            let ended = 'sweeps: {
                for _ in 0..100 {
                    let mut sweep = table.sweep(fixture.wanted(false), &progress);
                    for _ in 0..pages {
                        match sweep.page().await.unwrap() {
                            Some(page) => found.extend(page.into_iter().map(|ledger| (ledger.key, ledger.contents))),
                            None => break 'sweeps true,
                        }
                    }
                    progress = sweep.progress();
                    if progress == SweepProgress::Ended {
                        break 'sweeps true;
                    }
                }
                false
            };
            assert!(ended, "{limit} items a page, {pages} pages a sweep: it does not end");
            let keys: BTreeSet<_> = found.iter().map(|(key, _)| *key).collect();
            assert_eq!(keys.len(), found.len(), "{limit} items a page, {pages} pages a sweep: found twice");
            for (key, contents) in &found {
                let whole = table.contents(*key).await.unwrap().ledger;
                assert_eq!(contents.ledger, whole, "{limit} items a page, {pages} pages a sweep");
            }
            // A sweep of this many pages reads past the greatest ledger and the one before it.
            if limit * pages > 20 + 9 + limit {
                assert_eq!(keys, ledgers, "{limit} items a page, {pages} pages a sweep");
            }
        }
    }
}

#[tokio::test]
async fn of_two_sweepers_one_stores_its_cursor() {
    let fixture = Fixture::new().await;
    let table = fixture.table(100);
    assert_eq!(table.sweep_cursor().await.unwrap(), None);
    let first = table.store_sweep_cursor(None, noon(), SweepProgress::Begun).await.unwrap().unwrap();
    assert_eq!(table.sweep_cursor().await.unwrap(), Some(first.clone()));
    let later = noon() + TimeDelta::days(1);
    let second = table.store_sweep_cursor(Some(&first), later, SweepProgress::Ended).await.unwrap().unwrap();
    assert_eq!(table.store_sweep_cursor(Some(&first), later, SweepProgress::Ended).await.unwrap(), None);
    assert_eq!(table.sweep_cursor().await.unwrap(), Some(second));
}
