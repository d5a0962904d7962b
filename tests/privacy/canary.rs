//! The privacy canary. A hundred thousand phone numbers, names, e-mail addresses, card numbers and postal addresses are
//! put into every input of Cxtrace, by each way in: events, records of streams, webhooks and spans. None of them may appear in any output: requests to DynamoDB or Datadog, events on
//! the journey bus, exported traces, log lines at any level, errors, dead letters and responses of the explorer.
//!
//! The test does not search for the following, because they are visible by design:
//! - names of people in the flow and the name of a *metric* attribute, and in a topic, because the author of the flow
//!   or the subscriber of the topic chose them (a number or an e-mail address in a topic is searched for),
//! - the name of a source, a platform or a kind of id, as an engineer gives it,
//! - a version, which is a sender's own count; a number of 13 digits in place of a time, and one of 11 digits in place
//!   of a duration, because each can be one,
//! - one word in upper case, as machines write enumerations,
//! - attributes of spans that the setting lists as public,
//! - an event that cannot be processed, which Lambda (and not these functions) puts unchanged into the dead-letter
//!   queue.

mod deliveries;
mod forms;
mod people;
mod search;
mod spans;
mod traces;
mod witness;
mod world;

use std::collections::BTreeSet;

use cxtrace_datadog::Measure;
use cxtrace_domain::journeys::Fact;
use cxtrace_domain::journeys::access::Scopes;
use cxtrace_explorer::{Caller, Request};
use http::header::{CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method};
use journey_settler::bus::{Bus, Event};
use serde_json::{Value, json};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

use people::{Aviary, Kind};
use search::Search;
use witness::Witness;
use world::World;

/// The minimum number of canaries, unless `CXTRACE_CANARIES` says otherwise.
const CANARIES: usize = 100_000;

/// So many canaries are put into one deployment, and searched for at once.
const BATCH: usize = 100_000;

/// Of each recorded delivery, a batch has a canary in one of so many places.
const EVERY: usize = 8;

/// So many bytes are logged for an event at most, on average, at the levels of a deployed function. A sender decides how many events
/// there are.
const MOST_LOGGED: usize = 500;

/// What is recorded of the logs.
const LEVELS: &str =
    "trace,aws_smithy_runtime=info,aws_smithy_runtime_api=info,aws_runtime=info,aws_sdk_dynamodb=info,aws_sigv4=info";

/// After this time an open span counts as one whose end was lost, and every journey settles.
const A_DAY: std::time::Duration = std::time::Duration::from_secs(26 * 3_600);

/// Where lists begin: before all journeys.
const FROM: &str = "from=2023-11-01T00:00:00Z";

/// All outputs.
const WAYS_OUT: [&str; 7] = ["DynamoDB", "Datadog", "journey bus", "traces", "logs", "errors", "answers"];

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Records all log lines of this thread, down to `levels`.
fn overhear_logs(witness: &Witness, levels: &str) -> DefaultGuard {
    let logs = tracing_subscriber::fmt().json().with_max_level(LevelFilter::TRACE).with_writer(witness.clone());
    tracing::subscriber::set_default(logs.finish().with(levels.parse::<Targets>().unwrap()))
}

/// Fails with the first canary that was found anywhere.
fn assert_silent(aviary: &Aviary, witness: &Witness) {
    let seen = witness.sightings(&Search::of(&aviary.all));
    assert!(seen.is_empty(), "personal data came out: {seen:#?}");
}

/// Requests everything that the explorer has, and returns the number of listed journeys.
async fn read_everything(world: &World) -> Vec<String> {
    let mut journeys = Vec::new();
    let mut place = FROM.to_owned();
    loop {
        let page = Request::get(&format!("/api/journeys?limit=100&{place}"));
        let (status, body) = world.ask(local(page), Caller::Local).await;
        assert_eq!(status, 200);
        let page: Value = serde_json::from_slice(&body).unwrap();
        journeys.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => place = format!("cursor={next}"),
            None => break,
        }
    }
    assert!(!journeys.is_empty(), "the explorer has nothing to show");
    for journey in &journeys {
        for path in [format!("/api/journeys/{journey}"), format!("/api/journeys/{journey}/evidence")] {
            world.ask(local(Request::get(&path)), Caller::Local).await;
        }
    }
    journeys
}

/// Requests things that the explorer does not have, with personal data in every part of a request.
async fn ask_indiscreetly(world: &World, aviary: &mut Aviary, journey: &str) {
    for parameter in ["phone", "id", "from", "to", "platform", "insight", "status", "cursor", "limit"] {
        for kind in [Kind::Phone, Kind::Name, Kind::Email, Kind::Card, Kind::Address] {
            let value = aviary.of(kind);
            world
                .ask(local(Request::get(&format!("/api/journeys?{parameter}={}", encoded(&value)))), Caller::Local)
                .await;
        }
    }
    let [name, path, id, header, subject] = std::array::from_fn(|_| aviary.text());
    let ids = encoded(&format!("crm.case:{id}"));
    for target in [
        format!("/api/journeys?{}=1", encoded(&name)),
        format!("/api/journeys?id={ids}&phone={}", encoded(&aviary.text())),
        format!("/api/journeys?id={ids}"),
        format!("/api/journeys/{}", encoded(&path)),
        format!("/api/journeys/{path}"),
        format!("/{}", encoded(&path)),
        format!("/api/journeys/{journey}/{}", encoded(&path)),
        format!("/api/journeys/{journey}?{}", encoded(&name)),
    ] {
        let mut request = local(Request::get(&target));
        request
            .headers
            .insert(USER_AGENT, HeaderValue::from_bytes(header.as_bytes()).unwrap_or(HeaderValue::from_static("-")));
        world.ask(request.clone(), Caller::Local).await;
        world.ask(request.clone(), Caller::verified(Some(&subject), Scopes::all())).await;
        world.ask(request, Caller::None).await;
    }
    for body in
        [aviary.text(), json!({"journey": aviary.text()}).to_string(), json!({aviary.text(): journey}).to_string()]
    {
        let edge = "0".repeat(32);
        let mut request = local(Request::get(&format!("/api/edges/{edge}/retract")));
        request.method = Method::POST;
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.body = body.into_bytes();
        world.ask(request, Caller::verified(Some(&aviary.text()), Scopes::all())).await;
    }
}

/// Retracts an edge of a journey in somebody's name.
async fn retract(world: &World, aviary: &mut Aviary, journey: &str) {
    let (_, evidence) =
        world.ask(local(Request::get(&format!("/api/journeys/{journey}/evidence"))), Caller::Local).await;
    let evidence: Value = serde_json::from_slice(&evidence).unwrap();
    let edge = evidence["edges"][0]["id"].as_str().unwrap();
    let mut request = local(Request::get(&format!("/api/edges/{edge}/retract")));
    request.method = Method::POST;
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = json!({ "journey": journey, "reason": "other" }).to_string().into_bytes();
    let (status, answer) = world.ask(request, Caller::verified(Some(&aviary.of(Kind::Email)), Scopes::all())).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
}

fn local(mut request: Request) -> Request {
    request.headers.insert(HOST, HeaderValue::from_static("localhost"));
    request
}

fn encoded(text: &str) -> String {
    text.bytes().map(|b| format!("%{b:02X}")).collect()
}

#[test]
fn none_of_a_hundred_thousand_canaries_appears_in_any_output() {
    let wanted = std::env::var("CXTRACE_CANARIES").ok().map_or(CANARIES, |number| number.parse().unwrap());
    let (mut searched, mut batch) = (0, 0);
    while searched < wanted {
        searched += block_on(search_batch(batch, BATCH.min(wanted - searched)));
        batch += 1;
    }
    println!("{searched} canaries in {batch} batches");
}

/// Puts at least `wanted` canaries into every input of a new deployment, and searches its outputs. Returns how many there were.
/// Nothing of a batch is kept, so a million canaries take no more memory than one batch.
async fn search_batch(batch: usize, wanted: usize) -> usize {
    let witness = Witness::default();
    // At its finest level the SDK logs kilobytes for each request that it signs and sends. That level is recorded for one
    // conversation, below.
    let _guard = overhear_logs(&witness, LEVELS);
    let world = World::new(witness.clone()).await;
    let mut aviary = Aviary::of_seed(20_231_115 + u64::try_from(batch).unwrap());

    let mut events = forms::fields_one_by_one(&mut aviary);
    events.extend(forms::envelopes(&mut aviary));
    events.extend(forms::span_one_by_one(&mut aviary));
    for event in &events {
        world.take(event).await;
    }
    let (mut taken, mut transports) = (events.len(), BTreeSet::new());
    for (number, recorded) in deliveries::recorded().iter().enumerate() {
        for at in (0..recorded.places()).filter(|at| (at + number) % EVERY == batch % EVERY) {
            let delivery = recorded.poisoned(&mut aviary, at);
            if world.take_delivery(&delivery).await {
                transports.insert(recorded.transport().to_string());
            }
            taken += 1;
        }
    }
    assert_eq!(transports.len(), 5, "{transports:?}");
    world.follow().await;
    for event in forms::conversation(&mut aviary) {
        world.take_in_vain(&event).await;
    }
    let mut conversations = 0;
    let mut caller = None;
    while aviary.all.len() < wanted || conversations < 3 {
        let events = forms::conversation(&mut aviary);
        conversations += 1;
        taken += events.len();
        caller = caller.or_else(|| customer(&events));
        for event in &events {
            world.take(event).await;
        }
        if let Some(id) = conversation(&events) {
            world.take_traces(&traces::request(&mut aviary, &id, world.clock.time())).await;
        }
        world.follow().await;
    }
    world.follow().await;
    world.clock.advance(A_DAY);
    let settled = world.settle().await;
    assert_eq!(settled.failed, 0);
    world.follow().await;
    let journeys = read_everything(&world).await;
    ask_indiscreetly(&world, &mut aviary, &journeys[0]).await;

    // All of it was processed and joined. Otherwise the search would prove nothing.
    assert!(settled.settled >= conversations && journeys.len() >= conversations, "{settled:?} of {conversations}");
    let caller = caller.unwrap();
    let found = async || {
        let search = local(Request::get(&format!("/api/journeys?{FROM}&phone={}", encoded(&caller))));
        serde_json::from_slice::<Value>(&world.ask(search, Caller::Local).await.1).unwrap()
    };
    let journey = found().await["rows"][0].clone();
    assert!(journey["phones"].as_array().is_some_and(|phones| !phones.is_empty()), "{caller} is not found: {journey}");
    retract(&world, &mut aviary, journey["id"].as_str().unwrap()).await;
    world.follow().await;
    erase(&world, &mut aviary, &caller).await;
    assert_eq!(found().await["rows"], json!([]), "{caller} is erased");

    for place in WAYS_OUT {
        let recorded = witness.recorded(place);
        assert!(recorded > 1_000, "almost nothing was recorded of {place}");
        println!("{place}: {} KB recorded", recorded / 1_000);
    }
    let logged = witness.logged();
    println!("{} canaries in {taken} inputs; {} journeys; {logged} bytes logged", aviary.all.len(), journeys.len());
    assert!(logged < taken * MOST_LOGGED, "{logged} bytes were logged for {taken} inputs");
    assert_silent(&aviary, &witness);
    aviary.all.len()
}

/// Erases the customer with this number, and asks for erasures that are none.
async fn erase(world: &World, aviary: &mut Aviary, number: &str) {
    let subject = aviary.of(Kind::Email);
    let ask = async |body: String| {
        let mut request = local(Request::get("/api/subjects/erase"));
        request.method = Method::POST;
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        request.body = body.into_bytes();
        world.ask(request, Caller::verified(Some(&subject), Scopes::all())).await
    };
    for kind in [Kind::Name, Kind::Email, Kind::Address] {
        ask(json!({ "phone": aviary.of(kind) }).to_string()).await;
    }
    ask(json!({ aviary.text(): aviary.text() }).to_string()).await;
    let (status, answer) = ask(json!({ "phone": number }).to_string()).await;
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    world.follow().await;
}

/// The id of the conversation of Genesys in its events.
fn conversation(events: &[String]) -> Option<String> {
    let mut events = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap());
    events.find_map(|event| Some(event["detail"]["eventBody"]["conversationId"].as_str()?.to_owned()))
}

/// The caller's number in a conversation's events.
fn customer(events: &[String]) -> Option<String> {
    let events = events.iter().map(|event| serde_json::from_str::<Value>(event).unwrap());
    let own = events.filter(|event| event["detail-type"] == cxtrace_sources::cxtrace_span::DETAIL_TYPE);
    let mut numbers = own.filter_map(|event| Some(event["detail"]["phones"][0]["number"].as_str()?.to_owned()));
    numbers.find(|number| number.starts_with('+'))
}

/// Anybody can compute an unkeyed hash, and every number can be guessed. So the hash of a number must change with the
/// key.
#[test]
fn pseudonyms_change_with_the_key() {
    block_on(async {
        let told = async |number: &str, key: &[u8]| {
            let witness = Witness::default();
            let world = World::with_key(witness.clone(), key).await;
            for event in forms::mentioning(number) {
                world.take(&event).await;
            }
            world.follow().await;
            world.clock.advance(A_DAY);
            assert_eq!(world.settle().await.failed, 0);
            world.follow().await;
            read_everything(&world).await;
            assert!(!witness.said().contains_key("errors"), "{:?}", String::from_utf8_lossy(&witness.said()["errors"]));
            tokens(&witness)
        };
        let (one, other) = ("+447700900123", "+447700900456");
        let (here, elsewhere) = (told(one, world::KEY).await, told(one, b"another key, of somebody else").await);
        let of_other = told(other, world::KEY).await;
        assert!(here.difference(&of_other).count() > 5, "no pseudonym of the number was found");
        let unkeyed: Vec<_> = here.intersection(&elsewhere).filter(|token| !of_other.contains(*token)).collect();
        assert!(unkeyed.is_empty(), "these hashes of the number are the same under every key: {unkeyed:?}");
    });
}

/// Everything in the outputs that may be a hash.
fn tokens(witness: &Witness) -> BTreeSet<String> {
    let said = witness.said();
    let texts = said.values().map(|said| String::from_utf8_lossy(said));
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    texts
        .flat_map(|text| text.split(|c| !is_part(c)).map(str::to_owned).collect::<Vec<_>>())
        .filter(|token| token.len() >= 16)
        .collect()
}

/// The first test must be able to fail: each possible leak of a careless function is found in its place.
#[test]
fn a_leak_in_any_output_is_noticed() {
    block_on(async {
        let witness = Witness::default();
        let _guard = overhear_logs(&witness, "trace");
        let world = World::new(witness.clone()).await;
        let mut aviary = Aviary::of_seed(1);
        for event in forms::conversation(&mut aviary) {
            world.take(&event).await;
        }
        world.follow().await;
        world.clock.advance(A_DAY);
        assert!(world.settle().await.settled > 0);
        read_everything(&world).await;
        assert_silent(&aviary, &witness);

        let subject = aviary.of(Kind::Name);
        let event = json!({"detail": {"eventBody": {"subject": subject}}});
        let pseudonyms = cxtrace_privacy::Pseudonyms::try_new(&[1; 32]).unwrap();
        let uuid = aviary.uuid();
        let anchor = cxtrace_sources::ids::read(cxtrace_sources::genesys::CONVERSATION, &uuid, &pseudonyms).unwrap();
        let mut keeps_the_subject = Fact::of(cxtrace_sources::genesys::SOURCE, anchor, world.clock.time(), "acw");
        let at = world.clock.time();
        let attributes = [("subject".to_owned(), subject.clone())].into();
        keeps_the_subject.point_events.push(cxtrace_domain::journeys::PointEvent {
            at,
            name: "note".to_owned(),
            on: cxtrace_domain::journeys::SpanType::Ivr,
            attributes,
        });
        let search = Search::of(&aviary.all);
        let leaks = |place: &str| witness.sightings(&search).contains_key(place);

        tracing::debug!(event = %event, "an event");
        assert!(leaks("logs"), "a log line with an event is overlooked");
        world.facts.append(&[keeps_the_subject]).await.unwrap();
        assert!(leaks("DynamoDB"), "a fact that keeps the subject is overlooked");
        let tags = vec![format!("subject:{}", subject.to_lowercase().replace(' ', "_"))];
        let measure = Measure { name: "cxtrace.journey.duration".to_owned(), tags, value: 1.0 };
        world.submitter.distribute(&[measure], at, at + chrono::TimeDelta::minutes(1)).await;
        assert!(leaks("Datadog"), "a tag is overlooked");
        let told = Event { detail_type: "Journey Settled", detail: json!({ "summary": format!("{subject} called.") }) };
        world.bus.put(vec![told]).await.unwrap();
        assert!(leaks("journey bus"), "an event is overlooked");
        world.witness.hear("traces", format!("\n\u{7}subject\u{12}\r\n\u{b}{subject}"));
        assert!(leaks("traces"), "an attribute in protobuf is overlooked");
        let error = serde_json::from_value::<u64>(event["detail"]["eventBody"]["subject"].clone()).unwrap_err();
        world.witness.hear("errors", error.to_string());
        assert!(leaks("errors"), "an error is overlooked");
        world.witness.hear("answers", format!("/api/journeys?note={}", encoded(&subject)));
        assert!(leaks("answers"), "an answer is overlooked");
    });
}
