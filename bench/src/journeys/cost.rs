//! What journeys cost on AWS: an hour of made-up stories is run through all functions, what they ask for is counted,
//! and that is priced by `bench/prices.toml`.

use super::bill::{Measured, Priced};
use super::hour::run;
use crate::billing::{real, whole};
use crate::cost::{MONTH, NEW};
use crate::functions::Function;
use crate::prices::Prices;
use crate::report::{Report, Section};
use crate::stats::thousands;
use crate::template::Template;
use crate::{Effort, Failure};

/// Computes it.
pub(crate) async fn measure(
    measured: Measured,
    template: &Template,
    prices: &Prices,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("Cost on AWS: journeys");
    section.means(
        "What AWS asks for journeys, by the kind of event and by the journey. `span-collector` takes every event, \
         `journey-assembler` is woken by the facts, and `journey-settler` looks every minute for what has come to rest.",
    );
    let run = run(template, prices, effort).await?;
    let priced = Priced { template, prices, measured, run: &run };
    let million = 1e6;
    for (what, class, cpu) in [
        ("a million events of Genesys, `span-collector`", &run.done.genesys, measured.cpu.genesys),
        ("a million spans of other systems, `span-collector`", &run.done.spans, measured.cpu.span),
    ] {
        let bill = priced.collected(class, cpu).times(million);
        section.row(what, format!("{}; for each {}", bill.show(), priced.shown(class, Function::SpanCollector, cpu)));
    }
    let of_fact = priced.assembled();
    let assembler = &run.done.assembler;
    section.row(
        "a million facts, `journey-assembler`",
        format!(
            "{}; {:.2} facts and {:.2} journeys a batch, for each batch {}",
            of_fact.times(million).show(),
            real(run.done.facts as u64) / real(assembler.invocations as u64),
            real(run.done.refreshed as u64) / real(assembler.invocations as u64),
            priced.shown(assembler, Function::JourneyAssembler, priced.assembler_cpu()),
        ),
    );
    let of_journey = priced.settled();
    section.row(
        "a million journeys, `journey-settler`",
        format!(
            "{}; {:.2} revisions and {:.2} events on the bus for each journey",
            of_journey.times(million).show(),
            real(run.done.settled as u64) / real(run.journeys),
            real(run.told) / real(run.journeys),
        ),
    );
    let kept = priced.kept();
    section.row(
        "a million facts, stored with their journeys' rows and indexes",
        format!(
            "${:.2} ({:.2} GB for {} days, and backups; the free part is taken as used up)",
            kept * million,
            priced.kept_gb() * million,
            template.retention_days
        ),
    );
    let months = real(MONTH) / real(template.settle_seconds);
    section.row(
        "the settler's schedule, a month, whatever the traffic",
        format!("{}; {} runs that find nothing", priced.idle().times(months).show(), thousands(whole(months))),
    );

    let [_, genesys, spans] = run.events.map(real);
    let collected = priced.collected(&run.done.genesys, measured.cpu.genesys).times(genesys).all()
        + priced.collected(&run.done.spans, measured.cpu.span).times(spans).all();
    let derived = of_fact.all() * real(run.done.facts as u64) + of_journey.all() * real(run.journeys);
    let stored = kept * real(run.done.facts as u64);
    let extra = priced.attribute().await?;
    // An attribute event costs more with journeys when it tells a fact.
    let told = real(run.done.of_attributes as u64) * extra;
    let journeys = collected + derived + stored + told;
    section.row(
        "1,000 journeys, all in all",
        format!(
            "${:.3}: {:.1} events and {:.1} facts for each journey, attribute events' own count not included",
            journeys / real(run.journeys) * 1e3,
            (genesys + spans) / real(run.journeys),
            real(run.done.facts as u64) / real(run.journeys),
        ),
    );
    section.row(
        "a million events of Genesys and other systems, all in all",
        format!("${:.2}", (collected + derived + stored) / (genesys + spans) * million),
    );
    section.row(
        "a million attribute events without journeys, 4 of 10 with one new metric",
        format!("${:.2}", measured.million_attributes),
    );
    let with = measured.million_attributes + million * NEW * (extra + of_fact.all() + kept);
    section.row(
        "a million attribute events with journeys, 4 of 10 with one new metric",
        format!("${with:.2}: each new metric is a fact more, stored and assembled"),
    );
    section.how(format!(
        "An hour of the corpus' made-up stories ({} events: {} of attributes, {} others of Genesys, {} spans), of which \
         {} journeys come; the hour is run in full, and then 27 hours without events, so that all has settled. Requests \
         and units are counted, those of the table's two indexes included. The stream has {} shards, each gathered for \
         {} s; at this rate of {:.1} facts a second batches are small, and more traffic is cheaper. Events that \
         other systems send are paid by those who send them and are counted here. API Gateway and the explorer are \
         not: nobody looks at most journeys.",
        thousands(run.events.iter().sum()),
        thousands(run.events[0]),
        thousands(run.events[1]),
        thousands(run.events[2]),
        thousands(run.journeys),
        prices.assumed.stream_shards,
        template.window_seconds,
        real(run.done.facts as u64) / 3_600.0,
    ));
    section.how(format!(
        "Billed time is assumed as for metrics: CPU as it was measured here in the functions' own processes (for \
         assembler and settler by the request), by the share of a core that {}, {} and {} MB have, and {} ms for each \
         request, all of them one after the other, which is more than it takes. Counting insights of journeys in Datadog \
         is in it but for their publication.",
        template.memory_mb(Function::SpanCollector),
        template.memory_mb(Function::JourneyAssembler),
        template.memory_mb(Function::JourneySettler),
        prices.assumed.round_trip_ms,
    ));
    report.add(section);
    Ok(())
}
