//! Ids that one source links with too many others: its links join nothing there, and those of others do.

use cxtrace_domain::journeys::source_limits::Kind;
use cxtrace_domain::journeys::super_connector::MAX_EDGES;
use cxtrace_domain::journeys::{Clocks, CodeAct, Fact, Gathered, Id, Role, SpanType, assemble};
use cxtrace_fixtures::MemoryTable;

use crate::builder::{FactBuilder, at, conversation, id, policy};

const TOO_MANY: u32 = MAX_EDGES as u32 + 1;

/// A call that three systems report.
fn call() -> Vec<Fact> {
    let (sip, case) = (id("sip.call_id:c-1"), id("crm.case:c-1"));
    vec![
        FactBuilder::span("genesys", &conversation(1), SpanType::Telephony, "s1", 0.0, 60.0)
            .linking(&case, Role::Reference)
            .fact(),
        FactBuilder::span("sbc", &sip, SpanType::Telephony, "s1", 0.0, 60.0)
            .linking(&conversation(1), Role::Same)
            .fact(),
        FactBuilder::span("crm", &case, SpanType::Crm, "case", 70.0, 90.0).fact(),
    ]
}

fn thing(n: u32) -> Id {
    id(&format!("evil.thing:t-{n}"))
}

/// `count` events of a sender whose word is enough. Each links an id of its own to `victim`.
fn flood(victim: &Id, count: u32) -> Vec<Fact> {
    let one = |n| FactBuilder::of("evil", &thing(n), f64::from(n)).linking(victim, Role::Same).fact();
    (0..count).map(one).collect()
}

fn gather(facts: &[Fact], seed: &Id) -> Gathered {
    MemoryTable::of(facts).gather(seed, &Clocks::default())
}

/// What is kept out is noted. All else is the same.
fn assert_same(with: &Gathered, without: &Gathered) {
    let plain = |gathered: &Gathered| Gathered {
        kept_out: Default::default(),
        super_connectors: Default::default(),
        ..gathered.clone()
    };
    assert_eq!(plain(with), plain(without));
}

#[test]
fn the_links_of_one_sender_quarantine_these_links_and_not_a_victims_id() {
    for victim in [conversation(1), id("sip.call_id:c-1"), id("crm.case:c-1")] {
        let facts = [call(), flood(&victim, TOO_MANY)].concat();
        for seed in [conversation(1), id("sip.call_id:c-1"), id("crm.case:c-1")] {
            let with = gather(&facts, &seed);
            assert_same(&with, &gather(&call(), &seed));
            let kept_out: Vec<_> = with.kept_out.iter().map(|(source, kind, n)| (source.as_str(), kind, n)).collect();
            assert_eq!(kept_out, [("evil", Kind::LinksOfId, 1)]);
            let journey = assemble(&with, &policy(), None, at(1_000.0)).unwrap();
            assert!(journey.insights.is_empty() && journey.quarantined.is_empty(), "{:?}", journey.insights);
            let text = "evil links an id of this journey with more than 200 others. These links of evil are left out.";
            assert_eq!(journey.kept_out[0].text, text);
        }
        // The sender's own things are journeys of their own, and say why.
        let own = gather(&facts, &thing(7));
        assert_eq!((own.anchors.len(), own.quarantined.iter().collect::<Vec<_>>()), (1, vec![&victim]));
    }
    // As many as are allowed join.
    assert_eq!(gather(&[call(), flood(&conversation(1), 200)].concat(), &conversation(1)).anchors.len(), 203);
}

/// A sender that repeats what another says does not take it over.
#[test]
fn an_edge_that_another_source_proves_too_stays() {
    let trace = id("trace:0af7651916cd43dd8448eb211c80319c");
    let mut facts = call();
    let report = |by| FactBuilder::of(by, &trace, 5.0).linking(&conversation(1), Role::Related).fact();
    facts.push(report("backend"));
    let without = gather(&facts, &conversation(1));
    facts.push(report("evil"));
    facts.extend(flood(&conversation(1), TOO_MANY));
    let with = gather(&facts, &conversation(1));
    assert_eq!(with.anchors, without.anchors);
    assert!(with.anchors.contains_key(&trace));
    // Without the other source, it does not join.
    facts.retain(|fact| fact.source.as_str() != "backend");
    assert!(!gather(&facts, &conversation(1)).anchors.contains_key(&trace));
}

/// Two hundred and one calls have one account. For one of them, another system says so, too.
#[test]
fn an_id_that_was_rejected_belongs_to_a_journey_if_another_source_proves_it() {
    let (account, sip) = (id("crm.account:test-1"), id("sip.call_id:c-1"));
    let shared =
        |n| FactBuilder::of("genesys", &conversation(n), f64::from(n)).linking(&account, Role::Reference).fact();
    let mut facts: Vec<_> = (1..=TOO_MANY).map(shared).collect();
    facts.push(FactBuilder::of("sbc", &sip, 9.0).linking(&conversation(1), Role::Same).fact());
    facts.push(FactBuilder::of("crm", &account, 10.0).fact());
    assert_eq!(gather(&facts, &conversation(1)).quarantined.iter().collect::<Vec<_>>(), [&account]);
    facts.push(FactBuilder::of("sbc", &sip, 11.0).linking(&account, Role::Reference).fact());
    let all: Vec<_> = [&conversation(1), &sip, &account].map(|seed| gather(&facts, seed)).into();
    for gathered in &all {
        assert_eq!(gathered, &all[0]);
        assert_eq!((gathered.anchors.len(), gathered.quarantined.len()), (3, 0));
    }
    assert_eq!(gather(&facts, &conversation(2)).anchors.len(), 1);
}

/// A code joins a victim's call as before, although a sender floods the call with links.
#[test]
fn a_flood_of_links_does_not_stop_a_code() {
    let web = id("web.session:s-1");
    let mut facts = vec![
        FactBuilder::of("portal", &web, 0.0).code("4711", CodeAct::Issued, 0.0).fact(),
        FactBuilder::of("genesys", &conversation(1), 60.0).code("4711", CodeAct::Used, 60.0).fact(),
    ];
    facts.extend(flood(&conversation(1), TOO_MANY));
    facts.extend(flood(&web, TOO_MANY).into_iter().map(|fact| Fact { event: "again".to_owned(), ..fact }));
    for seed in [&web, &conversation(1)] {
        assert_eq!(gather(&facts, seed).anchors.keys().collect::<Vec<_>>(), [&conversation(1), &web]);
    }
}
