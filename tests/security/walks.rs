//! What a sender's events cost others: the requests and bytes of a journey that it links to, and of a journey that it does not.

use cxtrace_domain::journeys::super_connector::MAX_EDGES;
use cxtrace_domain::journeys::{Clocks, Fact, Link, Role, Source};
use cxtrace_journeys::{Backlog, Refreshed, Seeds};
use cxtrace_store::correlation::Quarantine;

use crate::journeys::support::{JourneyFixture, at, fact, id, linked};

const CALL: &str = "genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10";
const SIP: &str = "sip.call_id:a84b4c76e66710";
const OTHER: &str = "sip.call_id:b84b4c76e66711";

/// 402 events of one sender with 40,000 ids, in a chain. The first links somebody's call.
fn hubs() -> Vec<Fact> {
    let hub = |n: usize| format!("crm.hub:{n}");
    let event = |n: usize| {
        let leaves = (0..98).map(|leaf| format!("crm.leaf:{n}-{leaf}"));
        let links = leaves.chain([hub(n + 1)]).chain((n == 0).then(|| CALL.to_owned()));
        let links = links.map(|other| Link { id: id(&other), role: Role::Reference }).collect();
        Fact { links, ..fact("crm", &hub(n), at(n as i64)) }
    };
    (0..402).map(event).collect()
}

/// The number of queries among counted requests.
fn queries(counted: &str) -> usize {
    let query = counted.split(' ').find_map(|request| request.strip_prefix("Query×"));
    query.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn the_links_of_one_sender_cost_a_victim_a_bounded_number_of_reads_and_others_none() {
    let fixture = JourneyFixture::new().await;
    let victims = [fact("genesys", CALL, at(0)), linked("sbc", SIP, at(1), CALL)];
    fixture.append_and_assemble(&[victims.as_slice(), &[fact("sbc", OTHER, at(0))]].concat()).await;
    let path = |anchor: &str| format!("/api/journeys/{}", id(anchor).journey());
    let (_, before) = fixture.get(&path(CALL)).await;
    fixture.requests.take();
    let (_, other) = fixture.get(&path(OTHER)).await;
    let cost_of_other = fixture.requests.take();

    for hubs in hubs().chunks(50) {
        fixture.table.append(hubs).await.unwrap();
    }
    fixture.requests.take();
    let (status, after) = fixture.get(&path(CALL)).await;
    let read = fixture.requests.take();
    assert!(queries(&read) <= 520, "{read}");
    assert_eq!(status, 200);
    for field in ["id", "started_at", "ended_at", "platforms", "ids", "spans", "legs", "insights", "facts", "status"] {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!((&after["kept_out"][0]["source"], &after["kept_out"][0]["what"]), (&"crm".into(), &"links".into()));

    // The victim's row is refreshed within the same limit, and then not for each new fact.
    let assembly = fixture.assembly();
    fixture.requests.take();
    let Refreshed::UpToDate { row, .. } = assembly.refresh(&id(CALL), false).await.unwrap() else { panic!() };
    let read = fixture.requests.take();
    assert!(queries(&read) <= 520, "{read}");
    assert!(row.listing().unwrap().fact_count > 1_000, "the next refresh waits");
    assert_eq!(assembly.refresh(&id(CALL), false).await.unwrap(), Refreshed::Deferred);

    // All events of the attack together cost about one read of each id, and not 500 for each event.
    fixture.requests.take();
    fixture.assemble_new().await;
    let read = fixture.requests.take();
    assert!(queries(&read) <= 402 * 100 + 2_000, "{read}");
    // Another event of the sender costs a few reads.
    fixture.table.append(&[linked("crm", "crm.hub:more", at(900), CALL)]).await.unwrap();
    fixture.clock.advance_to(at(3_600));
    let known = fixture.assembly();
    known.refresh(&id(CALL), false).await.unwrap();
    fixture.requests.take();
    known.refresh(&id("crm.hub:more"), false).await.unwrap();
    let read = fixture.requests.take();
    assert!(queries(&read) <= 10, "{read}");

    // A journey that the sender does not link costs what it cost before.
    fixture.requests.take();
    assert_eq!(fixture.get(&path(OTHER)).await, (200, other));
    assert_eq!(fixture.requests.take(), cost_of_other);
}

/// Where one process assembles everything, such as the twin, a journey that the sender does not link is refreshed before the
/// sender's next one.
#[tokio::test]
async fn a_journey_that_the_sender_does_not_link_does_not_wait_for_those_that_it_links() {
    let fixture = JourneyFixture::new().await;
    let assembly = fixture.assembly();
    let mut backlog = Backlog::default();
    let add_new = async |backlog: &mut Backlog| {
        let mut seeds = Seeds::default();
        journey_assembler::add_seeds(&fixture.batch(), &mut seeds, fixture.table.set_aside());
        backlog.add(assembly.groups(&seeds).await.unwrap());
    };
    for hubs in hubs().chunks(50).take(2) {
        fixture.table.append(hubs).await.unwrap();
    }
    add_new(&mut backlog).await;
    let mut hubs = backlog.next(0).unwrap();
    assembly.refresh_first(&mut hubs).await.unwrap();
    backlog.put_back(hubs);
    let hubs = backlog.next(0).unwrap();
    let waiting = hubs.len();
    assert!(waiting > 90, "{waiting}");

    // Another customer's call arrives while one of the sender's journeys is refreshed.
    fixture.table.append(&[fact("sbc", OTHER, at(0))]).await.unwrap();
    add_new(&mut backlog).await;
    let mut other = backlog.next(1).unwrap();
    fixture.requests.take();
    assembly.refresh_first(&mut other).await.unwrap();
    let read = fixture.requests.take();
    assert!(queries(&read) <= 10, "{read}");
    assert!(fixture.listed().await.contains(&id(OTHER).journey().to_string()));
    assert!(other.is_empty());
    backlog.put_back(hubs);
    assert_eq!(backlog.waiting(), waiting);
}

/// A sender whose word is enough links a victim's call with more than 200 things of its own, one after the other.
#[tokio::test]
async fn the_links_of_one_sender_quarantine_its_links_and_not_a_victims_call() {
    let fixture = JourneyFixture::new().await;
    let victims = [fact("genesys", CALL, at(0)), linked("sbc", SIP, at(1), CALL)];
    fixture.append_and_assemble(&victims).await;
    let path = format!("/api/journeys/{}", id(CALL).journey());
    let (_, before) = fixture.get(&path).await;
    let thing = |n: usize| {
        let mut thing =
            Fact::of(Source::read("crm").unwrap(), id(&format!("crm.case:evil{n}")), at(2 + n as i64), "span");
        thing.links.push(Link { id: id(CALL), role: Role::Same });
        thing
    };
    fixture.append_and_assemble(&(0..MAX_EDGES).map(thing).collect::<Vec<_>>()).await;
    assert_eq!(fixture.listed().await.len(), 1, "as many as are allowed join");
    fixture.append_and_assemble(&[thing(MAX_EDGES)]).await;

    // The rows of all are right at once, and the victim's journey is as it was.
    let own: Vec<_> = (0..=MAX_EDGES).map(|n| thing(n).anchor.journey()).collect();
    let rows = fixture.table.rows(&own).await.unwrap();
    assert!(rows.iter().all(|row| row.listing().is_some_and(|listing| listing.anchors.len() == 1)));
    let (status, after) = fixture.get(&path).await;
    assert_eq!(status, 200);
    for field in
        ["id", "started_at", "ended_at", "platforms", "ids", "spans", "legs", "insights", "facts", "quarantined"]
    {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!((&after["kept_out"][0]["source"], &after["kept_out"][0]["what"]), (&"crm".into(), &"links".into()));
    let mark = fixture.table.quarantine_of(&id(CALL), Source::read("crm").as_ref()).await.unwrap();
    assert_eq!(mark, Some(Quarantine::Finished));

    // The next one changes nobody's journey and reads no other.
    let counts = fixture.append_and_assemble(&[thing(MAX_EDGES + 1)]).await;
    assert_eq!(counts.refreshed, 1);
    assert_eq!(fixture.get(&path).await.1["spans"], before["spans"]);
}

/// However many neighbours a sender stores under a victim's id, they cost a reader one page.
#[tokio::test]
async fn ten_thousand_neighbours_of_one_sender_are_not_read() {
    let fixture = JourneyFixture::new().await;
    let far = "crm.account:a0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000";
    let hub = |n: usize| {
        let links = (0..100).map(|leaf| Link { id: id(&format!("{far}{n:03}{leaf:03}")), role: Role::Related });
        Fact { links: links.collect(), ..Fact::of(Source::read("crm").unwrap(), id(CALL), at(n as i64), "span") }
    };
    // Stored as if the call were the sender's own, so that all entries are under the call's id.
    for hubs in (0..100).map(hub).collect::<Vec<_>>().chunks(20) {
        fixture.table.append(hubs).await.unwrap();
    }
    fixture.table.append(&[fact("genesys", CALL, at(0)), linked("sbc", SIP, at(1), CALL)]).await.unwrap();
    fixture.requests.take();
    let gathered = fixture.table.gather(id(SIP), Clocks::default()).await.unwrap();
    let read = fixture.requests.take();
    assert!(queries(&read) <= 5, "{read}");
    assert_eq!((gathered.anchors.len(), gathered.facts.len()), (2, 102));
}
