//! What one source may add to a journey, and what a walk costs when a source adds more.

use cxtrace_domain::journeys::source_limits::{Kind, MAX_IDS, MAX_RANGES, MAX_SPANS_OF_SOURCE};
use cxtrace_domain::journeys::super_connector::Neighbours;
use cxtrace_domain::journeys::walk_limits::KnownLimits;
use cxtrace_domain::journeys::{Clocks, CodeAct, Fact, Gathered, Id, Need, Role, SpanType, Walk, assemble};
use cxtrace_fixtures::MemoryTable;

use crate::builder::{FactBuilder, at, conversation, id, policy, source};

/// A customer's call, which two systems report.
fn call() -> [Fact; 2] {
    let sip = id("sip.call_id:c-1");
    [
        FactBuilder::span("genesys", &conversation(1), SpanType::Telephony, "s1", 0.0, 60.0).fact(),
        FactBuilder::span("sbc", &sip, SpanType::Telephony, "s1", 0.0, 60.0)
            .linking(&conversation(1), Role::Same)
            .fact(),
    ]
}

fn hub(n: u32) -> Id {
    id(&format!("crm.hub:{n}"))
}

/// `hubs` events of one sender, in a chain. Each links a hundred ids of its own. The first also links the customer's call.
fn hubs(hubs: u32) -> Vec<Fact> {
    let event = |n: u32| {
        let fact = FactBuilder::of("crm", &hub(n), 100.0).linking(&hub(n + 1), Role::Related);
        let leaves = (0..98).fold(fact, |fact, leaf| fact.linking(&id(&format!("crm.leaf:{n}-{leaf}")), Role::Related));
        if n == 0 { leaves.linking(&conversation(1), Role::Reference).fact() } else { leaves.fact() }
    };
    (0..hubs).map(event).collect()
}

fn kept_out(gathered: &Gathered) -> Vec<(String, Kind, usize)> {
    gathered.kept_out.iter().map(|(source, kind, count)| (source.to_string(), kind, count)).collect()
}

#[test]
fn the_links_of_one_sender_neither_grow_a_journey_without_limit_nor_hide_it() {
    let facts = [call().to_vec(), hubs(402)].concat();
    let table = MemoryTable::of(&facts);
    let alone = MemoryTable::of(&call()).gather(&conversation(1), &Clocks::default());
    for seed in [conversation(1), id("sip.call_id:c-1")] {
        let gathered = table.gather(&seed, &Clocks::default());
        assert_eq!((&gathered.anchors, &gathered.spans), (&alone.anchors, &alone.spans), "{seed}");
        assert_eq!(gathered.facts, alone.facts);
        assert!(gathered.ids_before_limit <= MAX_IDS);
        let kept_out = kept_out(&gathered);
        let [(source, Kind::Links, count)] = kept_out.as_slice() else { panic!("{kept_out:?}") };
        assert!(source == "crm" && *count > 400, "{source} {count}");
        let journey = assemble(&gathered, &policy(), None, at(1_000.0)).unwrap();
        assert_eq!(
            journey.kept_out[0].text,
            "crm links so much to this journey that it would have more than 500 ids. The links of crm are left out."
        );
    }
    // The sender's own events are journeys of their own.
    for n in [0, 200] {
        let gathered = table.gather(&hub(n), &Clocks::default());
        assert_eq!((gathered.anchors.len(), gathered.edges.len()), (1, 0));
    }
    // As many as are allowed are followed.
    let few = MemoryTable::of(&[call().to_vec(), hubs(4)].concat()).gather(&conversation(1), &Clocks::default());
    assert!(few.kept_out.is_empty() && few.anchors.len() == 6, "{:?}", few.kept_out);
}

/// Who knows that a walk from an id reaches a limit does not read all these ids again, and sees the same.
#[test]
fn a_limit_that_is_known_is_not_reached_again() {
    let table = MemoryTable::of(&[call().to_vec(), hubs(402)].concat());
    let (first, asked) = table.gather_knowing(&conversation(1), &Clocks::default(), KnownLimits::default());
    assert!(asked >= MAX_IDS, "{asked}");
    let mut known = KnownLimits::default();
    known.note(&first.left_out);
    let (again, asked) = table.gather_knowing(&conversation(1), &Clocks::default(), known.clone());
    assert!(asked < 10, "{asked}");
    let plain = |gathered: &Gathered| Gathered { left_out: Default::default(), ..gathered.clone() };
    assert_eq!(plain(&again), plain(&first));
    // The other system's report of the call is found from it, and it from that report.
    let (sbc, asked) = table.gather_knowing(&id("sip.call_id:c-1"), &Clocks::default(), known.clone());
    assert!(asked < 10 && sbc.anchors == first.anchors, "{asked}");
    // A hub that is joined to a known one.
    let (hub, asked) = table.gather_knowing(&hub(1), &Clocks::default(), known);
    assert!(asked < 200 && hub.anchors.len() == 1, "{asked}");
}

#[test]
fn a_walk_reads_no_more_than_its_limits() {
    let codes = |n: u32| {
        FactBuilder::of("crm", &hub(0), f64::from(n)).code(&format!("{n:06}"), CodeAct::Used, f64::from(n) * 5_000.0)
    };
    let codes: Vec<_> = (0..2_000).map(|n| codes(n).fact()).collect();
    for (facts, seed) in [(hubs(402), hub(0)), (codes, hub(0))] {
        let (mut walk, mut asked) = (Walk::from(seed.clone(), Clocks::default()), 0);
        loop {
            let needs = walk.needs();
            if needs.is_empty() {
                break;
            }
            asked += needs.len();
            for need in needs {
                let Need::Id(id) = &need else { continue };
                let own = || facts.iter().filter(|fact| fact.anchor == *id);
                let named = facts.iter().filter(|fact| fact.links.iter().any(|link| link.id == *id));
                let linked = own().flat_map(|fact| fact.links.iter().map(|link| link.id.clone()));
                let all = linked.chain(named.map(|fact| fact.anchor.clone()));
                let edges = all.map(|other| (Some(source("crm")), other)).collect();
                walk.neighbours(id, Neighbours { edges, ..Neighbours::default() });
                own().for_each(|fact| walk.fact(fact));
            }
        }
        assert!(asked <= MAX_IDS + MAX_RANGES + 10, "{asked}");
        assert!(walk.is_narrowed());
        assert_eq!(walk.finish().anchors.keys().collect::<Vec<_>>(), [&seed]);
    }
}

#[test]
fn one_source_adds_only_so_many_spans_and_the_rest_is_counted() {
    let own = id("crm.case:c-1");
    let spans = |from: usize, count: usize| {
        let fact = FactBuilder::of("crm", &own, from as f64);
        let all = (from..from + count).fold(fact, |fact, n| {
            fact.observing(SpanType::Crm, &format!("s{n}"), Some(n as f64), Some(n as f64 + 1.0))
        });
        all.linking(&conversation(1), Role::Reference).fact()
    };
    let mut facts: Vec<_> = (0..MAX_SPANS_OF_SOURCE / 1_000).map(|n| spans(n * 1_000, 1_000)).collect();
    facts.push(spans(MAX_SPANS_OF_SOURCE, 300));
    facts.extend(call());
    let gathered = MemoryTable::of(&facts).gather(&conversation(1), &Clocks::default());
    assert_eq!(gathered.spans.len(), MAX_SPANS_OF_SOURCE + 2);
    assert_eq!(kept_out(&gathered), [("crm".to_owned(), Kind::Spans, 300)]);
    let journey = assemble(&gathered, &policy(), None, at(1_000_000.0)).unwrap();
    assert_eq!(
        journey.kept_out[0].text,
        "crm sent more than 20,000 spans of this journey. 300 further reports are left out."
    );
}

#[test]
fn a_span_of_long_ago_does_not_move_the_start_of_another_sources_journey() {
    const DAY: f64 = 86_400.0;
    let own = id("web.session:s-1");
    let earlier = |from: f64| {
        FactBuilder::span("web", &own, SpanType::Web, "s1", from, from + 60.0)
            .linking(&conversation(1), Role::Reference)
            .fact()
    };
    let start = |facts: &[Fact], web: u8| {
        let mut policy = policy();
        policy.authorities = [(source("genesys"), 80), (source("sbc"), 60), (source("web"), web)].into();
        let gathered = MemoryTable::of(facts).gather(&conversation(1), &Clocks::default());
        let journey = assemble(&gathered, &policy, None, at(1_000.0)).unwrap();
        assert_eq!(journey.spans.len(), facts.len());
        journey.started_at.0
    };
    let with = |from: f64| [call().to_vec(), vec![earlier(from)]].concat();
    assert_eq!(start(&with(-365.0 * DAY), 40), at(0.0));
    assert_eq!(start(&with(-365.0 * DAY), 80), at(0.0), "a source of the same authority that nobody names");
    assert_eq!(start(&with(-365.0 * DAY), 90), at(-365.0 * DAY), "a source of more authority");
    assert_eq!(start(&with(-0.5 * DAY), 40), at(-0.5 * DAY), "what came before the call, on the same day");
}
