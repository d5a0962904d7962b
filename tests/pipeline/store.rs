//! The store's promises, on any DynamoDB-compatible server.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::metrics::{
    AdmissionId, Bucket, Carried, Carry, ConversationId, MediaType, Occurrence, OccurrenceId, SelfMetric, Series,
};
use cxtrace_settings::metrics::default_template;
use cxtrace_store::{Admission, BucketKey, Redirect, SeenEntry, StateTable, StoreError};

use crate::pipeline::support::{noon, table, table_and_client};

fn conversation() -> ConversationId {
    ConversationId::try_new("12341234-1234-4234-8234-123412341234").unwrap()
}

fn series() -> Series {
    default_template().series("CustomerRouting", "Unknown", None).0
}

fn occurrence(n: usize, at: DateTime<Utc>) -> Occurrence {
    let bucket = Bucket::starting_at(at.timestamp() - at.timestamp() % 10);
    let id = OccurrenceId::of(&conversation(), &format!("attribute {n}"));
    Occurrence { id, series: series(), bucket, interval: 10, conversation: conversation(), at: Some(at) }
}

fn later() -> Bucket {
    Bucket::starting_at(noon().timestamp() + 7_200)
}

#[tokio::test]
async fn an_occurrence_put_twice_is_stored_once_with_its_details() {
    let (table, _) = table("put-twice").await;
    let one = occurrence(1, noon());
    table.put_occurrences(&[one.clone(), one.clone()]).await.unwrap();
    table.put_occurrences(std::slice::from_ref(&one)).await.unwrap();
    let contents = table.ledger(BucketKey::of(&one)).await.unwrap().unwrap().contents;
    assert_eq!(contents.ledger.total(), 1);
    let (hash, at) = &contents.details[&one.id];
    assert_eq!(*at, Some(noon()));
    assert!(hash.starts_with('~') && !hash.contains(conversation().as_str()), "a count does not name a conversation");
}

/// A ledger of three occurrences, of which Datadog has accepted one.
async fn three(table: &StateTable) -> (BucketKey, Carry) {
    let all: Vec<_> = (1..4).map(|n| occurrence(n, noon())).collect();
    table.put_occurrences(&all).await.unwrap();
    let key = BucketKey::of(&all[0]);
    table.note_accepted(key, 1).await.unwrap();
    (key, Carry { number: 1, to: later(), count: 2, uncertain: 1 })
}

#[tokio::test]
async fn a_carry_is_decided_once_and_remembered_until_it_is_finished() {
    let (table, _) = table("carry-once").await;
    let (key, carry) = three(&table).await;
    let before = table.contents(key).await.unwrap().ledger;
    table.decide_carry(key, &before, carry).await.unwrap();
    // The SDK repeats the decision when no response comes. The repetition changes nothing.
    table.decide_carry(key, &before, carry).await.unwrap();
    let other = Carry { count: 1, ..carry };
    assert!(matches!(table.decide_carry(key, &before, other).await, Err(StoreError::Contended { .. })));
    let ledger = table.contents(key).await.unwrap().ledger;
    assert_eq!((ledger.total(), ledger.carried), (1, Carried::default().with(carry)));
    assert_eq!(ledger.carried.unfinished(), Some(carry));

    table.note_carry_finished(key, 1).await.unwrap();
    let ledger = table.contents(key).await.unwrap().ledger;
    assert_eq!((ledger.carried.unfinished(), ledger.carried.finished), (None, 1));
    let second = Carry { number: 2, count: 1, ..carry };
    table.decide_carry(key, &ledger, second).await.unwrap();
    // Another invocation finishes the first carry too late.
    table.note_carry_finished(key, 1).await.unwrap();
    let ledger = table.contents(key).await.unwrap().ledger;
    assert_eq!((ledger.carried.count, ledger.carried.uncertain, ledger.carried.unfinished()), (3, 2, Some(second)));
}

#[tokio::test]
async fn a_carry_is_not_decided_on_a_changed_ledger() {
    let (table, _) = table("carry-changed").await;
    let (key, carry) = three(&table).await;
    let before = table.contents(key).await.unwrap().ledger;
    table.note_attempted(key, 3).await.unwrap();
    assert!(matches!(table.decide_carry(key, &before, carry).await, Err(StoreError::Contended { .. })));
    table.note_attempted(key, 0).await.unwrap();
    table.note_accepted(key, 3).await.unwrap();
    assert!(matches!(table.decide_carry(key, &before, carry).await, Err(StoreError::Contended { .. })));
    assert_eq!(table.contents(key).await.unwrap().ledger.total(), 3);
}

#[tokio::test]
async fn carried_counts_stored_twice_count_once() {
    let (table, _) = table("carry-counts").await;
    let (key, carry) = three(&table).await;
    let counts = carry.counts(&series(), key.bucket, 10, &default_template());
    table.put_carried_counts(&counts).await.unwrap();
    table.put_carried_counts(&counts).await.unwrap();
    for (series, received) in [
        (series(), 2),
        (SelfMetric::Late.series(&default_template()), 2),
        (SelfMetric::Uncertain.series(&default_template()), 1),
    ] {
        let stored = table.ledger(BucketKey { series: series.id(), bucket: later() }).await.unwrap().unwrap();
        assert_eq!((stored.series, stored.contents.ledger.total()), (series, received));
    }
    let second = Carry { number: 2, ..carry }.counts(&series(), key.bucket, 10, &default_template());
    table.put_carried_counts(&second).await.unwrap();
    let there = BucketKey { bucket: later(), ..key };
    assert_eq!(table.contents(there).await.unwrap().ledger.total(), 4);
}

/// Puts an item into the ledger of `key` that Cxtrace would not write.
async fn put_raw(table: &StateTable, client: &Client, key: BucketKey, sk: &str, attribute: &str) {
    let pk = format!("bucket#{}#{}", key.series, key.bucket);
    let request = client.put_item().table_name(table.name());
    let text = |text: &str| AttributeValue::S(text.to_owned());
    request.item("pk", text(&pk)).item("sk", text(sk)).item(attribute, text("junk")).send().await.unwrap();
}

#[tokio::test]
async fn an_unreadable_item_hides_no_other_item_of_its_ledger() {
    let (table, _, client) = table_and_client("unreadable").await;
    let (key, _) = three(&table).await;
    put_raw(&table, &client, key, "occurrence#junk", "name").await;
    put_raw(&table, &client, key, "from-a-newer-version#1", "name").await;
    let contents = table.contents(key).await.unwrap();
    assert_eq!((contents.ledger.total(), contents.is_incomplete, contents.unreadable.len()), (3, false, 1));
    let error = contents.unreadable[0].to_string();
    assert!(
        error.contains("occurrence#junk") && error.contains("its sort key must contain an occurrence id"),
        "{error}"
    );

    put_raw(&table, &client, key, "carried#junk", "count").await;
    let contents = table.contents(key).await.unwrap();
    assert_eq!((contents.ledger.total(), contents.is_incomplete, contents.unreadable.len()), (3, true, 2));
}

#[tokio::test]
async fn of_two_events_that_redirect_the_first_decides() {
    let (table, _) = table("redirect-twice").await;
    let one = occurrence(1, noon());
    let home = BucketKey::of(&one);
    assert_eq!(table.redirect(home, one.id, later()).await.unwrap(), Redirect::To(later()));
    assert_eq!(table.redirect(home, one.id, Bucket::starting_at(0)).await.unwrap(), Redirect::To(later()));
}

#[tokio::test]
async fn an_occurrence_stored_at_home_cannot_be_redirected() {
    let (table, _) = table("redirect-home").await;
    let one = occurrence(1, noon());
    table.put_occurrences(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(table.redirect(BucketKey::of(&one), one.id, later()).await.unwrap(), Redirect::Home);
    assert_eq!(table.contents(BucketKey::of(&one)).await.unwrap().ledger.total(), 1);
}

#[tokio::test]
async fn an_occurrence_stored_at_home_after_its_redirect_does_not_count_there() {
    let (table, _) = table("redirect-first").await;
    let one = occurrence(1, noon());
    table.redirect(BucketKey::of(&one), one.id, later()).await.unwrap();
    table.put_occurrences(std::slice::from_ref(&one)).await.unwrap();
    assert_eq!(table.contents(BucketKey::of(&one)).await.unwrap().ledger.total(), 0);
    assert_eq!(table.redirect(BucketKey::of(&one), one.id, later()).await.unwrap(), Redirect::To(later()));
}

#[tokio::test]
async fn an_occurrence_that_was_carried_was_counted_at_home() {
    let (table, _) = table("redirect-late").await;
    let (key, carry) = three(&table).await;
    let ledger = table.contents(key).await.unwrap().ledger;
    table.decide_carry(key, &ledger, carry).await.unwrap();
    let id = occurrence(1, noon()).id;
    assert_eq!(table.redirect(key, id, Bucket::starting_at(0)).await.unwrap(), Redirect::Home);
}

#[tokio::test]
async fn the_accepted_total_never_shrinks_and_an_attempt_can_be_taken_back() {
    let (table, _) = table("notes").await;
    let key = BucketKey::of(&occurrence(1, noon()));
    table.note_attempted(key, 7).await.unwrap();
    table.note_accepted(key, 7).await.unwrap();
    table.note_accepted(key, 5).await.unwrap();
    table.note_attempted(key, 9).await.unwrap();
    table.note_attempted(key, 7).await.unwrap();
    let ledger = table.contents(key).await.unwrap().ledger;
    assert_eq!((ledger.accepted, ledger.attempted), (7, 7));
}

#[tokio::test]
async fn the_budget_admits_exactly_as_many_as_it_may_and_keeps_them() {
    let (table, _) = table("budget").await;
    let series = |n: u8| AdmissionId::from_bytes([n; 16]);
    let asked = futures::future::join_all((0..20).map(|n| table.admit(series(n), 5))).await;
    let admitted: Vec<_> = (0..20).filter(|n| matches!(asked[usize::from(*n)], Ok(Admission::Admitted(_)))).collect();
    assert_eq!(admitted.len(), 5);
    for n in 0..20 {
        let again = table.admit(series(n), 5).await.unwrap();
        assert_eq!(matches!(again, Admission::Admitted(_)), admitted.contains(&n), "series {n}");
    }
    assert_eq!(table.admitted().await.unwrap().len(), 5);
}

#[tokio::test]
async fn seen_entries_are_read_back_however_they_were_added() {
    let (table, _) = table("seen").await;
    let mut expected = Vec::new();
    for range in [0..1, 1..3, 3..47, 47..50, 50..150, 150..5_000] {
        let new: Vec<_> = range.map(|n| occurrence(n, noon())).collect();
        let seen = table.seen(&conversation()).await.unwrap();
        assert!(new.iter().all(|occurrence| !seen.contains(occurrence.id)));
        let entries: Vec<_> = new.iter().map(SeenEntry::of).collect();
        table.add_seen(&conversation(), &seen, &entries).await.unwrap();
        table.add_seen(&conversation(), &seen, &entries).await.unwrap();
        expected.extend(new.iter().map(|occurrence| (occurrence.id, BucketKey::of(occurrence))));
    }
    let mut read: Vec<_> = table.seen(&conversation()).await.unwrap().counted().collect();
    read.sort_by_key(|(id, _)| *id);
    expected.sort_by_key(|(id, _)| *id);
    assert_eq!(read, expected);
}

/// Adds the occurrences of `range` to the conversation's seen set, all in one event.
async fn show(table: &StateTable, range: std::ops::Range<usize>) {
    let entries: Vec<_> = range.map(|n| SeenEntry::of(&occurrence(n, noon()))).collect();
    let seen = table.seen(&conversation()).await.unwrap();
    table.add_seen(&conversation(), &seen, &entries).await.unwrap();
}

/// The conversation's items, by sort key.
async fn items(table: &StateTable, client: &Client) -> Vec<HashMap<String, AttributeValue>> {
    let request = client.query().table_name(table.name()).key_condition_expression("pk = :pk");
    let pk = AttributeValue::S(format!("conversation#{}", conversation()));
    request.expression_attribute_values(":pk", pk).send().await.unwrap().items.unwrap_or_default()
}

/// Deletes an item, as DynamoDB's TTL does.
async fn take_away(table: &StateTable, client: &Client, item: &HashMap<String, AttributeValue>) {
    let request = client.delete_item().table_name(table.name());
    request.key("pk", item["pk"].clone()).key("sk", item["sk"].clone()).send().await.unwrap();
}

#[tokio::test]
async fn a_small_part_stays_small_after_the_first_one_has_expired() {
    let (table, _, client) = table_and_client("seen-first-gone").await;
    show(&table, 0..48).await;
    show(&table, 48..96).await;
    take_away(&table, &client, &items(&table, &client).await[0]).await;
    for n in 96..100 {
        show(&table, n..n + 1).await;
    }
    let sizes: Vec<_> =
        items(&table, &client).await.iter().map(|item| item["entries"].as_bs().unwrap().len()).collect();
    assert_eq!(sizes, [48, 4]);
    assert_eq!(table.seen(&conversation()).await.unwrap().counted().len(), 52);
}

#[tokio::test]
async fn an_expired_item_is_not_created_again_by_a_renewal() {
    let (table, clock, client) = table_and_client("seen-gone").await;
    show(&table, 0..3).await;
    table.decide_media(&conversation(), MediaType::read("VOICE")).await.unwrap();
    let seen = table.seen(&conversation()).await.unwrap();
    for item in items(&table, &client).await {
        take_away(&table, &client, &item).await;
    }
    clock.advance_to(noon() + TimeDelta::days(16));
    table.add_seen(&conversation(), &seen, &[]).await.unwrap();
    assert_eq!(items(&table, &client).await, Vec::new());
}

#[tokio::test]
async fn the_seen_set_keeps_the_first_time_that_an_id_was_named() {
    let (table, _) = table("named").await;
    let (counted, other) = (occurrence(1, noon()), occurrence(2, noon()));
    let named = |seconds| SeenEntry::Named { id: other.id, published: noon() + TimeDelta::seconds(seconds) };
    for entry in [named(60), named(20), named(40), SeenEntry::of(&counted)] {
        let seen = table.seen(&conversation()).await.unwrap();
        table.add_seen(&conversation(), &seen, &[entry]).await.unwrap();
    }
    let seen = table.seen(&conversation()).await.unwrap();
    assert!(seen.names(other.id, noon() + TimeDelta::seconds(20)) && !seen.names(other.id, noon()));
    assert!(!seen.contains(other.id), "it counts nowhere");
    assert!(!seen.names(counted.id, noon() + TimeDelta::hours(1)), "it names nothing");
}

#[tokio::test]
async fn the_media_type_of_a_conversation_is_decided_once() {
    let (table, _) = table("media").await;
    let (voice, chat) = (MediaType::read("VOICE"), MediaType::read("CHAT"));
    assert_eq!(table.decide_media(&conversation(), voice).await.unwrap(), voice);
    assert_eq!(table.decide_media(&conversation(), chat).await.unwrap(), voice);
    assert_eq!(table.seen(&conversation()).await.unwrap().media, Some(voice));
}

#[tokio::test]
async fn a_ledger_larger_than_a_page_is_read_whole() {
    let (table, _) = table("pages").await;
    let all: Vec<_> = (0..6_000).map(|n| occurrence(n, noon() + TimeDelta::milliseconds(1))).collect();
    table.put_occurrences(&all).await.unwrap();
    assert_eq!(table.contents(BucketKey::of(&all[0])).await.unwrap().ledger.total(), 6_000);
}
