//! The cost of journeys on AWS. An hour of the corpus runs through all functions, their requests are counted, and
//! `bench/prices.toml` gives their prices.

use chrono::{DateTime, TimeDelta, Utc};

use super::bill::{Measured, Priced};
use super::hour::run;
use super::pipeline::{Done, Journeys};
use super::traffic::Class;
use crate::billing::{Billing, dynamodb, real};
use crate::cost::{MONTH, NEW};
use crate::deployed::{Function, Template};
use crate::events::{Metric, event, of_every_series};
use crate::metered::Meter;
use crate::prices::Prices;
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::thousands;
use crate::units::Units;

const MILLION: f64 = 1e6;

/// Computes it.
pub(crate) async fn measure(
    measured: Measured,
    template: &Template,
    prices: &Prices,
    effort: Effort,
    report: &mut Report,
) -> Result<(), Failure> {
    let mut section = Section::new("Cost on AWS: journeys");
    let run = run(template, prices, effort).await?;
    let priced = Priced { template, prices, cpu: measured.cpu, run: &run };
    let genesys = priced.collected(&run.done.genesys, measured.cpu.genesys)?;
    let span = priced.collected(&run.done.spans, measured.cpu.span)?;
    let (fact, journey, stored) = (priced.assembled()?, priced.settled()?, priced.stored()?);
    let runs = real(MONTH) / real(template.settle_seconds);
    for (what, dollars) in [
        ("a million events of Genesys, `span-collector`", genesys * MILLION),
        ("a million spans of other systems, `span-collector`", span * MILLION),
        ("a million facts, `journey-assembler`", fact * MILLION),
        ("a million journeys, `journey-settler`", journey * MILLION),
        ("a million facts, stored with their journeys' rows and indexes", stored * MILLION),
        ("the settler's schedule, a month, for any traffic", priced.idle()? * runs),
    ] {
        section.row(what, format!("${dollars:.2}"));
    }
    let [_, events, spans] = run.events.map(real);
    let facts = real(run.done.facts as u64);
    let all = genesys * events + span * spans + (fact + stored) * facts + journey * real(run.journeys);
    section.row(
        "a million events of Genesys and other systems, total",
        format!("${:.2}", all / (events + spans) * MILLION),
    );
    section.row(
        "1,000 journeys, total",
        format!(
            "${:.3}: {:.1} events and {:.1} facts for each journey",
            all / real(run.journeys) * 1e3,
            (events + spans) / real(run.journeys),
            facts / real(run.journeys),
        ),
    );
    let extra = attribute(measured, template, prices).await?;
    let with = measured.million_attributes + MILLION * NEW * (extra + fact + stored);
    section.row("a million attribute events with journeys, 4 of 10 with one new metric", format!("${with:.2}"));
    section.how(format!(
        "An hour of the corpus ({} events, {} journeys), and then 27 hours without events, so that all has settled. Requests \
         and units are counted, those of indexes included. At {:.1} facts a second batches are small; more traffic is cheaper. \
         Billed time is assumed as for metrics. API Gateway and the explorer are not included.",
        thousands(run.events.iter().sum()),
        thousands(run.journeys),
        facts / 3_600.0,
    ));
    report.add(section);
    Ok(())
}

/// The additional cost of one new metric in `flow-metrics` with journeys.
async fn attribute(measured: Measured, template: &Template, prices: &Prices) -> Result<f64, Failure> {
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let with = one_new(Journeys::new(start, template, 1).await?, start).await?;
    let without = one_new(Journeys::new(start, template, 1).await?.without_correlations(), start).await?;
    let billing = Billing::of(Function::FLOW_METRICS, template, prices)?;
    let time = |cpu, meter: &Meter| billing.time(billing.milliseconds(cpu, real(meter.all()), 0.0));
    let units = Units { read: with.units.read - without.units.read, write: with.units.write - without.units.write };
    let metrics = measured.metrics;
    Ok(time(metrics.one_new_with_journeys, &with) - time(metrics.one_new, &without) + dynamodb(units, prices))
}

/// The requests of an event with one new metric, when all series are known.
async fn one_new(mut journeys: Journeys, start: DateTime<Utc>) -> Result<Meter, Failure> {
    for event in of_every_series(1, start) {
        journeys.take(Class::Attributes, &event).await?;
    }
    journeys.done = Done::default();
    let at = start - TimeDelta::seconds(1);
    journeys.take(Class::Attributes, &event(2, start, &[Metric { series: 0, at }])).await?;
    Ok(journeys.done.attributes.meter)
}
