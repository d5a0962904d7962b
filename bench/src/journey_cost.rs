//! The cost of journeys on AWS. An hour of the corpus runs through all functions until all journeys have settled, their
//! requests are counted, and `bench/prices.toml` gives their prices.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::bench::Bench;
use crate::billing::{Billing, dynamodb};
use crate::cost::{MONTH, NEW};
use crate::cpu::{JourneysCpu, MetricsCpu};
use crate::deployed::{Function, Template};
use crate::events::{Metric, of_every_series, with_metrics};
use crate::metered::{Meter, Work};
use crate::pipeline::{Done, Pipeline};
use crate::process::CORRELATION;
use crate::report::Section;
use crate::run::{Failure, START};
use crate::stats::{real, thousands};
use crate::traffic::{Class, hour};
use crate::units::{Units, stored_bytes};

const MILLION: f64 = 1e6;

/// After this time everything has settled, even with open spans.
const UNTIL_SETTLED: TimeDelta = TimeDelta::hours(27);

/// The earlier measurements.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) metrics: MetricsCpu,
    pub(crate) journeys: JourneysCpu,
    /// The cost of a million attribute events without journeys.
    pub(crate) million_attributes: f64,
}

/// The result of the hour.
struct HourRun {
    done: Done,
    /// The number of events of attributes.
    attributes: u64,
    journeys: u64,
    /// The number of events on the journey bus.
    notified: u64,
    stored_bytes: u64,
}

/// Computes it.
pub(crate) async fn measure(bench: &mut Bench, measured: Measured) -> Result<(), Failure> {
    let mut section = Section::new("Cost on AWS: journeys");
    let HourRun { done, attributes, journeys, notified, stored_bytes } =
        run(&bench.template, bench.prices.shards(), bench.effort.journeys).await?;
    let (prices, cpu) = (&bench.prices, measured.journeys);
    let [collector, assembler, settler] =
        [Function::SPAN_COLLECTOR, Function::JOURNEY_ASSEMBLER, Function::JOURNEY_SETTLER]
            .map(|function| Billing::of(bench, function));
    let (collector, assembler, settler) = (collector?, assembler?, settler?);
    let each = |all: f64, count: u64| all / real(count.max(1));
    let bus = prices.of("eventbridge", "million_events") / MILLION;

    let collected = |work: &Work, cpu| each(collector.all(work, cpu), work.invocations) + bus;
    let (genesys, span) = (collected(&done.genesys, cpu.genesys), collected(&done.spans, cpu.span));
    let assembler_cpu = cpu.assembler_request.mul_f64(done.assembler.requests());
    let fact = each(assembler.all(&done.assembler, assembler_cpu), done.facts);
    let settler_cpu = cpu.settler_request.mul_f64(done.settler.requests() + done.settler.datadog());
    let settled = settler.all(&done.settler, settler_cpu) + bus * real(notified);
    let journey = each(settled, journeys);
    let idle = each(settler.all(&done.idle, cpu.idle), done.idle.invocations);
    // A fact, its journey's row and indexes are stored until they expire.
    let gb_months = each(real(stored_bytes), done.facts) / 1e9 * real(bench.template.retention_days()?) / 30.0;
    let stored = gb_months * (prices.of("dynamodb", "gb_month") + prices.of("dynamodb", "backup_gb_month"));
    for (what, dollars) in [
        ("a million events of Genesys, `span-collector`", genesys * MILLION),
        ("a million spans of other systems, `span-collector`", span * MILLION),
        ("a million facts, `journey-assembler`", fact * MILLION),
        ("a million journeys, `journey-settler`", journey * MILLION),
        ("a million facts, stored with their journeys' rows and indexes", stored * MILLION),
        ("the settler's schedule, a month, for any traffic", idle * real(MONTH) / real(bench.template.settle_seconds)),
    ] {
        section.row(what, format!("${dollars:.2}"));
    }
    let [events, spans, facts] = [done.genesys.invocations, done.spans.invocations, done.facts].map(real);
    let all = genesys * events + span * spans + (fact + stored) * facts + journey * real(journeys);
    section.row(
        "a million events of Genesys and other systems, total",
        format!("${:.2}", all / (events + spans) * MILLION),
    );
    section.row(
        "1,000 journeys, total",
        format!(
            "${:.3}: {:.1} events and {:.1} facts for each journey",
            all / real(journeys) * 1e3,
            (events + spans) / real(journeys),
            facts / real(journeys),
        ),
    );
    let extra = attribute(bench, measured.metrics).await?;
    let with = measured.million_attributes + MILLION * NEW * (extra + fact + stored);
    section.row("a million attribute events with journeys, 4 of 10 with one new metric", format!("${with:.2}"));
    section.how(format!(
        "An hour of the corpus ({} events, {} journeys), and then 27 hours without events, so that all has settled. Requests \
         and units are counted, those of indexes included. At {:.1} facts a second batches are small; more traffic is cheaper. \
         Billed time is computed as for metrics: an invocation has {:.1} rounds on average in `journey-assembler`, {:.1} in \
         `journey-settler` and {:.1} when nothing is due. API Gateway and the explorer are not included.",
        thousands(attributes + done.genesys.invocations + done.spans.invocations),
        thousands(journeys),
        facts / 3_600.0,
        done.assembler.rounds(),
        done.settler.rounds(),
        done.idle.rounds(),
    ));
    bench.report.add(section);
    Ok(())
}

/// Runs the hour with this many journeys.
async fn run(template: &Template, shards: usize, journeys: u32) -> Result<HourRun, Failure> {
    let start: DateTime<Utc> = START.parse()?;
    let mut pipeline = Pipeline::new(start, template, shards).await?;
    let mut last = start;
    for arrival in hour(journeys, start) {
        last = last.max(arrival.at);
        pipeline.advance_to(last).await?;
        pipeline.take(arrival.class, &arrival.json).await?;
    }
    pipeline.advance_to(last + UNTIL_SETTLED).await?;
    let items = pipeline.items();
    let is_line = |item: &&Value| item["sk"]["S"] == "row" && !item["began"].is_null();
    Ok(HourRun {
        attributes: pipeline.done.new.invocations + pipeline.done.nothing_new.invocations,
        journeys: items.iter().filter(is_line).count() as u64,
        notified: pipeline.notified() as u64,
        stored_bytes: stored_bytes(&pipeline.engine, CORRELATION),
        done: pipeline.done,
    })
}

/// The additional cost of one new metric in `flow-metrics` with journeys.
async fn attribute(bench: &Bench, cpu: MetricsCpu) -> Result<f64, Failure> {
    let start: DateTime<Utc> = START.parse()?;
    let with = one_new(Pipeline::new(start, &bench.template, 1).await?, start).await?;
    let without = one_new(Pipeline::new(start, &bench.template, 1).await?.without_journeys(), start).await?;
    let billing = Billing::of(bench, Function::FLOW_METRICS)?;
    let time = |cpu, meter: Meter| billing.time(billing.milliseconds(cpu, real(meter.rounds), 0.0));
    let units = Units { read: with.units.read - without.units.read, write: with.units.write - without.units.write };
    Ok(time(cpu.one_new_with_journeys, with) - time(cpu.one_new, without) + dynamodb(units, &bench.prices))
}

/// The requests and rounds of an event with one new metric, when all series are known.
async fn one_new(mut pipeline: Pipeline, start: DateTime<Utc>) -> Result<Meter, Failure> {
    for event in of_every_series(1, start) {
        pipeline.take(Class::Attributes, &event).await?;
    }
    pipeline.done = Done::default();
    let at = start - TimeDelta::seconds(1);
    pipeline.take(Class::Attributes, &with_metrics(2, start, &[Metric { series: 0, at }])).await?;
    Ok(pipeline.done.new.meter)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The invocations, requests, rounds, and requests to Datadog of each function.
    fn counts(done: &Done) -> [(&'static str, [u64; 4]); 7] {
        let of = |name, work: &Work| {
            let Meter { requests, rounds, datadog, .. } = work.meter;
            (name, [work.invocations, requests, rounds, datadog])
        };
        [
            of("flow-metrics", &done.new),
            of("metrics-publisher", &done.publisher),
            of("span-collector, Genesys", &done.genesys),
            of("span-collector, spans", &done.spans),
            of("journey-assembler", &done.assembler),
            of("journey-settler", &done.settler),
            of("journey-settler, idle", &done.idle),
        ]
    }

    #[tokio::test]
    async fn an_hour_has_fewer_rounds_than_requests_and_always_the_same() {
        let template = Template::read().unwrap();
        let [first, second] = [run(&template, 4, 20).await.unwrap(), run(&template, 4, 20).await.unwrap()];
        let counted = counts(&first.done);
        assert_eq!(counted, counts(&second.done));
        for (function, [invocations, requests, rounds, _]) in counted {
            println!(
                "{function}: {:.2} requests, {:.2} rounds",
                real(requests) / real(invocations),
                real(rounds) / real(invocations)
            );
            assert!((invocations..=requests).contains(&rounds), "{function}: {requests} requests, {rounds} rounds");
        }
        for (function, work) in [("assembler", &first.done.assembler), ("settler", &first.done.settler)] {
            assert!(work.rounds() < work.requests(), "{function}");
        }
        assert!(first.done.publisher.datadog() > 0.0 && first.done.settler.datadog() > 0.0);
    }
}
