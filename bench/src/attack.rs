//! What a sender costs others that links as many ids as it can: a victim's page, the memory of the assembler, and the time of a
//! journey that the sender does not touch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace::engine::{EngineHttp, sdk_config};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_domain::journeys::{Fact, Id, Link, Observation, Role, Source, SpanKey, SpanType, Start};
use cxtrace_store::CorrelationTable;
use cxtrace_test_support::endpoints::Endpoints;
use cxtrace_test_support::runtime_api::Process;

use crate::bench::Bench;
use crate::deployed::Function;
use crate::explorer::get;
use crate::process::{self, CORRELATION};
use crate::report::Section;
use crate::run::Failure;
use crate::stats::{median, megabytes, show, thousands};

/// The events of the attack, each with so many links of new ids.
const EVENTS: usize = 402;
const LINKS: usize = 98;
/// The spans of an event, in the attack with many spans.
const SPANS: usize = 100;
/// The records of one batch of the stream.
const BATCH: usize = 100;
/// How often a page is opened and another journey is assembled.
const TIMES: usize = 9;

const MAX_PAGE: Duration = Duration::from_millis(500);
const MAX_MEMORY: u64 = 64_000_000;
/// An unrelated journey may be late by so much: what two measurements of the same differ by.
const NOISE: Duration = Duration::from_millis(50);

/// Measures it.
pub(crate) async fn measure(bench: &mut Bench) -> Result<(), Failure> {
    let mut section = Section::new("An attack on journeys");
    for (name, spans) in [("ids", 0), ("ids and spans", SPANS)] {
        attack(bench, name, spans, &mut section).await?;
    }
    section.how(format!(
        "Real processes on loopback. {EVENTS} events of one sender, whose links count alone, form a chain. Each links {LINKS} ids of \
         its own, and the first links a victim's call. In the second attack each event has {SPANS} spans, too. The memory is \
         VmHWM of the assembler after all events. The unrelated journey is a call of another customer, in one batch with an \
         event of the sender: without the attack an ordinary one, and afterwards one more of the attack, which links the victim's \
         call. Medians of {TIMES}."
    ));
    bench.report.add(section);
    Ok(())
}

async fn attack(bench: &Bench, name: &str, spans: usize, section: &mut Section) -> Result<(), Failure> {
    let world = process::world().await?;
    let client = Client::new(&sdk_config(EngineHttp(world.engine().clone())));
    let table = CorrelationTable::new(client, CORRELATION, TimeDelta::days(30), Arc::new(SystemClock));
    let assembler = bench.start(Function::JOURNEY_ASSEMBLER, &world).await?;
    let explorer = bench.start(Function::JOURNEY_EXPLORER, &world).await?;
    let at = SystemClock.now() - TimeDelta::hours(2);
    let call = id("genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10")?;
    let mut victims = vec![fact("genesys", &call, at, 1)?];
    victims.push(linked(fact("sbc", &id("sip.call_id:a84b4c76e66710")?, at, 1)?, &call));
    assemble(&world, &table, &assembler, &victims).await?;
    let page_before = page(&explorer, &call).await?;
    let alone =
        lateness(&world, &table, &assembler, |n| fact("crm", &id(&format!("crm.thing:before{n}"))?, at, spans)).await?;

    let hub = |n: usize| id(&format!("crm.hub:{n}"));
    let begun = Instant::now();
    let mut facts = Vec::new();
    for n in 0..EVENTS {
        let mut event = linked(fact("crm", &hub(n)?, at + TimeDelta::seconds(n as i64), spans)?, &hub(n + 1)?);
        for leaf in 0..LINKS {
            event = linked(event, &id(&format!("crm.leaf:{n}-{leaf}"))?);
        }
        facts.push(if n == 0 { linked(event, &call) } else { event });
    }
    for facts in facts.chunks(BATCH) {
        assemble(&world, &table, &assembler, facts).await?;
    }
    let took = begun.elapsed();
    let page_after = page(&explorer, &call).await?;
    let again = lateness(&world, &table, &assembler, |n| {
        Ok(linked(fact("crm", &hub(EVENTS + 1 + n)?, at + TimeDelta::seconds(n as i64), spans)?, &call))
    });
    let late = again.await?;
    let memory = process::peak(&assembler)?;

    section.row(
        format!("{name}: all {EVENTS} events, {} ids, through one assembler", thousands((EVENTS * LINKS) as u64)),
        show(took),
    );
    section.row(format!("{name}: the victim's page before"), show(page_before));
    section.target(format!("{name}: the victim's page"), show(page_after), "under 500 ms", page_after < MAX_PAGE);
    section.target(format!("{name}: memory of the assembler"), megabytes(memory), "under 64 MB", memory < MAX_MEMORY);
    section.row(format!("{name}: an unrelated journey, beside an ordinary event"), show(alone));
    section.target(
        format!("{name}: an unrelated journey, beside an event of the attack"),
        show(late),
        "no later, within 50 ms",
        late <= alone + NOISE,
    );
    Ok(())
}

/// Stores `facts` and passes their records to the assembler.
async fn assemble(
    world: &Endpoints,
    table: &CorrelationTable,
    assembler: &Process,
    facts: &[Fact],
) -> Result<(), Failure> {
    table.append(facts).await?;
    process::take(assembler, [process::batch(&process::facts(world.engine()))]).await
}

/// How long the victim's page takes.
async fn page(explorer: &Process, call: &Id) -> Result<Duration, Failure> {
    let path = format!("/api/journeys/{}", call.journey());
    let mut took = Vec::new();
    for _ in 0..TIMES {
        let begun = Instant::now();
        let page = get(explorer, &path, "").await?;
        took.push(begun.elapsed());
        if page["spans"].as_array().is_none_or(|spans| spans.len() < 2) {
            return Err("the victim's page does not show the call".into());
        }
    }
    Ok(median(&took))
}

/// How long a journey of another customer takes until it is in lists, in one batch with an event of the sender.
async fn lateness(
    world: &Endpoints,
    table: &CorrelationTable,
    assembler: &Process,
    beside: impl Fn(usize) -> Result<Fact, Failure>,
) -> Result<Duration, Failure> {
    let mut took = Vec::new();
    for n in 0..TIMES {
        let other = fact("sbc", &id(&format!("sip.call_id:unrelated-{n}"))?, SystemClock.now(), 1)?;
        table.append(&[beside(n)?, other]).await?;
        let batch = process::batch(&process::facts(world.engine()));
        let begun = Instant::now();
        process::take(assembler, [&batch]).await?;
        took.push(begun.elapsed());
    }
    Ok(median(&took))
}

fn id(text: &str) -> Result<Id, Failure> {
    Ok(text.parse::<Id>()?)
}

/// A fact with so many spans of ten seconds.
fn fact(source: &str, anchor: &Id, at: DateTime<Utc>, spans: usize) -> Result<Fact, Failure> {
    let source = Source::read(source).ok_or("the name of a source")?;
    let mut fact = Fact::of(source.clone(), anchor.clone(), at, "span");
    for n in 0..spans {
        let mut span = Observation::of(SpanKey::of(&[source.as_str(), anchor.value(), &n.to_string()]));
        span.span_type = Some(SpanType::Telephony);
        span.start = Some(Start { derived: false, at: at - TimeDelta::seconds(10) });
        span.end = Some(at);
        fact.spans.push(span);
    }
    Ok(fact)
}

fn linked(mut fact: Fact, other: &Id) -> Fact {
    fact.links.push(Link { id: other.clone(), role: Role::Related });
    fact
}
