//! The entries of ends of hand-offs: which are read in a range of time, those of an earlier version, and their erasure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use cxtrace_domain::journeys::handoff::{self, HandoffEvent};
use cxtrace_domain::journeys::{Fact, Handoff, HandoffAct, Id};
use cxtrace_privacy::{Pseudonym, Telephone};
use cxtrace_store::correlation::Consistency;
use cxtrace_tests::sim::journeys::traffic::context;
use proptest::prelude::*;
use proptest::sample::select;

use crate::journeys::support::{JourneyFixture, at, fact, id};

const NUMBER: &str = "+441134960200";
const ANNA: &str = "+447700900001";
const BEN: &str = "+447700900002";

type Item = HashMap<String, AttributeValue>;

/// Which versions have stored an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stored {
    Now,
    Earlier,
    /// The event was sent again after the upgrade.
    Both,
}

fn telephone(number: &str) -> Telephone {
    Telephone::read(number, &context().pseudonyms).unwrap()
}

fn hash(number: &str) -> Pseudonym {
    telephone(number).hash
}

/// A fact whose anchor no other end has.
fn end(name: &str, at: DateTime<Utc>, act: HandoffAct, customer: Option<&str>) -> Fact {
    let mut fact = fact("sbc", &format!("sip.call_id:{name}"), at);
    let customer = customer.map(telephone);
    fact.handoffs.push(Handoff { number: telephone(NUMBER), at, act, customer, is_withheld: false, span: None });
    fact
}

fn crowd(name: &'static str, ends: usize, from: DateTime<Utc>, apart: TimeDelta) -> impl Iterator<Item = Fact> {
    let at = move |n: usize| from + apart * i32::try_from(n).unwrap();
    (0..ends).map(move |n| end(&format!("{name}-{n}"), at(n), HandoffAct::Left, None))
}

/// Stores `facts` as this version, an earlier one, or both store them.
async fn store(fixture: &JourneyFixture, facts: &[Fact], stored: Stored) {
    let before: BTreeSet<_> = number_keys(fixture).await;
    fixture.table.append(facts).await.unwrap();
    if stored == Stored::Now {
        return;
    }
    for item in number_items(fixture).await {
        let (pk, sk) = key(&item);
        let parts: Vec<_> = sk.split('#').collect();
        let [_, customer, time, act, fact] = parts[..] else { continue };
        if before.contains(&(pk.clone(), sk.clone())) {
            continue;
        }
        let by_time = format!("{time}#{act}#{fact}");
        let of_customer = (customer != "-").then(|| format!("of#{customer}#{by_time}"));
        for sk in of_customer.into_iter().chain([by_time]) {
            let mut item = item.clone();
            item.insert("sk".to_owned(), AttributeValue::S(sk));
            fixture.client.put_item().table_name("correlation").set_item(Some(item)).send().await.unwrap();
        }
        if stored == Stored::Earlier {
            let delete = fixture.client.delete_item().table_name("correlation");
            delete.key("pk", AttributeValue::S(pk)).key("sk", AttributeValue::S(sk)).send().await.unwrap();
        }
    }
}

/// What is stored under numbers.
async fn number_items(fixture: &JourneyFixture) -> Vec<Item> {
    let scan = fixture.client.scan().table_name("correlation").filter_expression("begins_with(pk, :pk)");
    let scan = scan.expression_attribute_values(":pk", AttributeValue::S("number#".to_owned())).into_paginator();
    scan.items().send().collect::<Result<Vec<_>, _>>().await.unwrap()
}

async fn number_keys(fixture: &JourneyFixture) -> BTreeSet<(String, String)> {
    number_items(fixture).await.iter().map(key).collect()
}

fn key(item: &Item) -> (String, String) {
    let text = |name: &str| item[name].as_s().unwrap().clone();
    (text("pk"), text("sk"))
}

async fn ends(
    fixture: &JourneyFixture,
    customer: Option<&str>,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Vec<HandoffEvent> {
    let (number, customer) = (hash(NUMBER), customer.map(hash));
    fixture.table.ends_of_handoffs(number, customer, (from, to), Consistency::Strong).await.unwrap()
}

#[tokio::test]
async fn an_end_has_one_entry() {
    let fixture = JourneyFixture::new().await;
    let anna = end("a", at(61), HandoffAct::Left, Some(ANNA));
    let nobody = end("b", at(62), HandoffAct::Arrived, None);
    store(&fixture, &[anna.clone(), nobody.clone()], Stored::Now).await;
    let (number, customer) = (format!("number#{}", hash(NUMBER)), hash(ANNA));
    let expected = [
        (number.clone(), format!("2023-11-15T12:01#-#2023-11-15T12:01:02.000Z#arrived#{}", nobody.id())),
        (number, format!("2023-11-15T12:01#{customer}#2023-11-15T12:01:01.000Z#left#{}", anna.id())),
        // The fact mentions the number nowhere else.
        (format!("number#{customer}"), format!("customer#{}", anna.id())),
    ];
    assert_eq!(number_keys(&fixture).await, BTreeSet::from(expected));
}

/// The keys tell the minute. What is read of the first and the last minute, but is outside, does not count.
#[tokio::test]
async fn ends_outside_of_the_window_do_not_make_a_number_busy() {
    let fixture = JourneyFixture::new().await;
    let (from, to) = (at(55), at(61));
    let apart = TimeDelta::milliseconds(100);
    store(&fixture, &crowd("before", 500, at(0), apart).collect::<Vec<_>>(), Stored::Now).await;
    store(&fixture, &crowd("after", 500, at(62), apart).collect::<Vec<_>>(), Stored::Earlier).await;
    let within: Vec<_> = crowd("within", handoff::MAX_ENDS, from, TimeDelta::milliseconds(30)).collect();
    store(&fixture, &within, Stored::Both).await;
    let read: BTreeSet<_> = ends(&fixture, None, from, to).await.into_iter().map(|end| end.fact).collect();
    assert_eq!(read, within.iter().map(Fact::id).collect());

    store(&fixture, &[end("last", to, HandoffAct::Arrived, None)], Stored::Now).await;
    assert!(ends(&fixture, None, from, to).await.len() > handoff::MAX_ENDS);
}

#[tokio::test]
async fn however_many_ends_a_minute_has_a_read_costs_ten_queries() {
    let fixture = JourneyFixture::new().await;
    store(&fixture, &crowd("x", 5_000, at(0), TimeDelta::milliseconds(10)).collect::<Vec<_>>(), Stored::Now).await;
    store(&fixture, &[end("a", at(55), HandoffAct::Left, Some(ANNA))], Stored::Now).await;
    fixture.requests.take();
    assert!(ends(&fixture, None, at(51), at(59)).await.len() > handoff::MAX_ENDS);
    assert_eq!(fixture.requests.take(), "Query×10");
    // The ends of one customer are found nevertheless: one query for the minute, and one for an earlier version.
    assert_eq!(ends(&fixture, Some(ANNA), at(51), at(59)).await.len(), 1);
    assert_eq!(fixture.requests.take(), "Query×2");
}

#[tokio::test]
async fn the_ends_of_a_customer_in_a_window_cost_a_query_for_each_minute() {
    let fixture = JourneyFixture::new().await;
    let (from, to) = handoff::window(at(30));
    ends(&fixture, Some(ANNA), from, to).await;
    assert_eq!(fixture.requests.take(), "Query×6");
    ends(&fixture, None, from, to).await;
    assert_eq!(fixture.requests.take(), "Query×1");
}

#[tokio::test]
async fn an_erasure_deletes_the_entries_of_both_versions() {
    for stored in [Stored::Now, Stored::Earlier, Stored::Both] {
        let facts = [
            end("a", at(0), HandoffAct::Left, Some(ANNA)),
            end("b", at(1), HandoffAct::Arrived, None),
            end("other", at(2), HandoffAct::Arrived, Some(BEN)),
        ];
        let only_others = JourneyFixture::new().await;
        store(&only_others, &facts[2..], stored).await;
        let expected = number_keys(&only_others).await;
        let erased: Vec<_> = facts[..2].iter().collect();

        let fixture = JourneyFixture::new().await;
        store(&fixture, &facts, stored).await;
        fixture.table.erase_facts(&erased).await.unwrap();
        assert_eq!(number_keys(&fixture).await, expected, "{stored:?}: facts");

        let fixture = JourneyFixture::new().await;
        store(&fixture, &facts, stored).await;
        for fact in &erased {
            fixture.table.erase_id(&fact.anchor).await.unwrap();
        }
        assert_eq!(number_keys(&fixture).await, expected, "{stored:?}: ids");

        // Ben's number is removed from a fact of somebody else, and Anna's end stays as it is.
        let fixture = JourneyFixture::new().await;
        store(&fixture, &facts, stored).await;
        let transfers = fixture.table.transfers_of(hash(BEN)).await.unwrap();
        assert_eq!(transfers.len(), 1);
        for transfer in transfers {
            fixture.table.redact(&transfer.anchor.unwrap(), &[hash(BEN)], &BTreeSet::new()).await.unwrap();
        }
        let ben = hash(BEN).to_string();
        let left = number_keys(&fixture).await;
        assert!(!left.iter().any(|(pk, sk)| format!("{pk} {sk}").contains(&ben)), "{stored:?}: {left:?}");
        assert_eq!(ends(&fixture, Some(ANNA), at(0), at(9)).await.len(), 1);
        let number = ends(&fixture, None, at(0), at(9)).await;
        let fact = &fixture.table.facts_of(&id("sip.call_id:other")).await.unwrap()[0];
        let expected: BTreeSet<_> =
            fact.handoffs.iter().map(|_| fact.id()).chain([facts[0].id(), facts[1].id()]).collect();
        assert_eq!(number.into_iter().map(|end| end.fact).collect::<BTreeSet<_>>(), expected, "{stored:?}");
    }
}

/// A time around the minutes of a window, often at their boundaries: milliseconds, and a fraction of one.
fn moment() -> impl Strategy<Value = DateTime<Utc>> {
    let near = (0_i64..4, select(vec![-1_000, -1, 0, 1, 30_000, 59_999]));
    let millis = prop_oneof![near.prop_map(|(minute, more)| minute * 60_000 + more), 0_i64..240_000];
    (millis, select(vec![0, 1, 999]))
        .prop_map(|(ms, us)| at(0) + TimeDelta::milliseconds(ms) + TimeDelta::microseconds(us))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    /// Times are compared as they are stored, in milliseconds.
    #[test]
    fn both_reads_equal_a_filter_of_all_ends(
        all in proptest::collection::vec(
            (
                moment(),
                select(vec![HandoffAct::Left, HandoffAct::Arrived]),
                select(vec![None, Some(ANNA), Some(BEN)]),
                select(vec![Stored::Now, Stored::Earlier, Stored::Both]),
            ),
            0..25,
        ),
        bounds in (moment(), moment()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (from, to) = (bounds.0.min(bounds.1), bounds.0.max(bounds.1));
        let is_within = |at: DateTime<Utc>| (from.trunc_subsecs(3)..=to).contains(&at.trunc_subsecs(3));
        let (read, facts) = runtime.block_on(async {
            let fixture = JourneyFixture::new().await;
            let mut facts = Vec::new();
            for (n, (at, act, customer, stored)) in all.into_iter().enumerate() {
                let fact = end(&format!("x-{n}"), at, act, customer);
                store(&fixture, std::slice::from_ref(&fact), stored).await;
                facts.push((fact, customer));
            }
            let mut read = BTreeMap::new();
            for customer in [None, Some(ANNA), Some(BEN)] {
                read.insert(customer, ends(&fixture, customer, from, to).await);
            }
            (read, facts)
        });
        for (customer, read) in read {
            let times: Vec<_> = read.iter().map(|end| end.at).collect();
            prop_assert!(times.is_sorted(), "{times:?}");
            let end = |fact: &Fact, customer: Option<&str>| {
                let Handoff { at, act, .. } = fact.handoffs[0];
                (fact.anchor.clone(), at.trunc_subsecs(3), act, customer.map(hash))
            };
            let mut expected: Vec<(Id, _, _, _)> = facts
                .iter()
                .filter(|(fact, of)| is_within(fact.handoffs[0].at) && (customer.is_none() || *of == customer))
                .map(|(fact, of)| end(fact, *of))
                .collect();
            expected.sort();
            let mut read: Vec<_> = read.into_iter().map(|end| (end.anchor, end.at, end.act, end.customer)).collect();
            read.sort();
            prop_assert_eq!(read, expected, "{:?}", customer);
        }
    }
}
