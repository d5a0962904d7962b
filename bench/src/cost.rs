//! The cost of a million events on AWS. Evenly distributed traffic runs through the pipeline, its requests are counted,
//! and `bench/prices.toml` gives their prices.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::billing::{Billing, dynamodb, real, requests};
use crate::cpu::Cpu;
use crate::deployed::{Function, Template};
use crate::events::{Metric, event, of_every_series};
use crate::pipeline::{Pipeline, Stream, Work};
use crate::prices::Prices;
use crate::report::{Report, Section};
use crate::run::{Effort, Failure};
use crate::stats::thousands;

/// The maximum cost of a million events, in US dollars.
const MAX: f64 = 2.50;

/// The number of concurrent conversations.
const AT_ONCE: u64 = 300;

/// The events of a conversation: whether each has one new metric. An event without one repeats earlier metrics and
/// costs a read, so no event is free.
const CARRIES_NEW: [bool; 10] = [true, false, false, true, false, true, false, false, true, false];

/// The share of events with a new metric.
pub(crate) const NEW: f64 = 0.4;

/// The seconds of a month of 30 days.
pub(crate) const MONTH: u64 = 30 * 86_400;

/// The result of a run of the stream.
struct StreamRun {
    events: u64,
    nothing_new: Work,
    one_new: Work,
    publish: Work,
    stored_bytes: u64,
}

/// Computes the cost, with the measured `cpu` of invocations. Returns the cost of a million events, in US dollars.
pub(crate) async fn measure(
    cpu: &Cpu,
    template: &Template,
    prices: &Prices,
    effort: Effort,
    report: &mut Report,
) -> Result<f64, Failure> {
    let mut section = Section::new("Cost on AWS: metrics");
    let run = stream(template, prices, effort).await?;
    let million = 1e6 / real(run.events);
    let ingest = Billing::of(Function::FLOW_METRICS, template, prices)?;
    let publisher = Billing::of(Function::METRICS_PUBLISHER, template, prices)?;
    let invocations = |work: &Work| real(work.invocations as u64) * million;

    let of_ingest = [(&run.nothing_new, cpu.nothing_new), (&run.one_new, cpu.one_new)]
        .map(|(work, cpu)| ingest.invocations(invocations(work), ingest.milliseconds(cpu, requests(work), 0.0)));
    let ledgers = real(run.publish.ledgers as u64) / real(run.publish.invocations as u64);
    let batch_cpu = cpu.batch_of_one + cpu.further_ledger.mul_f64(ledgers - 1.0);
    // Reads, notes before and notes after: three concurrent requests for each ledger.
    let of_publisher = publisher.invocations(invocations(&run.publish), publisher.milliseconds(batch_cpu, 3.0, 1.0));
    let units = [&run.nothing_new, &run.one_new, &run.publish].map(|work| dynamodb(work.meter.units, prices) * million);
    let kept_gb = real(run.stored_bytes) * million / 1e9 * real(template.retention_days()?) / 30.0;
    let price = |name| prices.of("dynamodb", name);
    // All items that are stored at a time. A part of the storage is free.
    let millions_a_month = prices.of("assumed", "events_per_month") / 1e6;
    let billed_gb = (kept_gb * millions_a_month - price("gb_month_free")).max(0.0) / millions_a_month;

    let mut total = 0.0;
    for (what, dollars) in [
        ("EventBridge, partner events", prices.of("eventbridge", "million_events")),
        ("Lambda, `flow-metrics`", of_ingest.iter().sum()),
        ("Lambda, `metrics-publisher`", of_publisher),
        ("DynamoDB, reads and writes", units.iter().sum()),
        ("DynamoDB, storage and backups", price("gb_month") * billed_gb + price("backup_gb_month") * kept_gb),
    ] {
        total += dollars;
        section.row(what, format!("${dollars:.3}"));
    }
    section.target(
        "a million events on AWS, 4 of 10 with one new metric, EventBridge's fee included",
        format!("${total:.2}"),
        format!("at most ${MAX:.2}, against the original's ${:.2}", prices.of("original", "million_events")),
        total <= MAX,
    );
    let [alarms, secrets] = template.alarms_and_secrets().map(|count| real(count as u64));
    let fixed = prices.of("monthly", "secret") * secrets + prices.of("monthly", "alarm") * alarms;
    section.row("a month in addition, for any traffic", format!("${fixed:.2} ({secrets} secrets, {alarms} alarms)"));
    section.how(format!(
        "Prices of {}, from `bench/prices.toml`. {} events, evenly spread as a month's are, {AT_ONCE} conversations at a \
         time; requests and units are counted. Billed time is assumed: the measured CPU by the share of a core that the \
         function's memory gives, and the round trips of `bench/prices.toml`. Cold starts and retries are left out.",
        prices.source(),
        thousands(run.events),
    ));
    report.add(section);
    Ok(total)
}

/// The number of shards of a table's stream.
pub(crate) fn shards(prices: &Prices) -> usize {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let shards = prices.of("assumed", "stream_shards") as usize;
    shards
}

async fn stream(template: &Template, prices: &Prices, effort: Effort) -> Result<StreamRun, Failure> {
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let shards = shards(prices);
    let stream = Stream { shards, window: template.window()?, batch: template.batch("OccurrenceStream")? };
    let mut pipeline = Pipeline::new(start, stream).await?;
    for event in of_every_series(u64::MAX, start) {
        pipeline.ingest(&event).await?;
    }
    pipeline.drain().await?;
    let before = pipeline.stored_bytes();
    pipeline.published = Work::default();

    let begin = start + TimeDelta::hours(2);
    let events = effort.stream as u64 / (AT_ONCE * 10) * (AT_ONCE * 10);
    let events = events.max(AT_ONCE * 10);
    let (mut nothing_new, mut one_new) = (Work::default(), Work::default());
    for n in 0..events {
        let at = time(begin, n, prices);
        pipeline.advance_to(at).await?;
        let (conversation, metrics) = conversation(n, begin, prices);
        let (counted, meter, cpu) = pipeline.ingest(&event(conversation, at, &metrics)).await?;
        if counted.new > 0 { &mut one_new } else { &mut nothing_new }.add(&meter, cpu);
    }
    pipeline.drain().await?;
    let stored_bytes = pipeline.stored_bytes() - before;
    Ok(StreamRun { events, nothing_new, one_new, publish: pipeline.published, stored_bytes })
}

/// The publication time of event number `n`. The month's events are evenly distributed.
fn time(begin: DateTime<Utc>, n: u64, prices: &Prices) -> DateTime<Utc> {
    let seconds = real(n) * real(MONTH) / prices.of("assumed", "events_per_month");
    begin + TimeDelta::from_std(Duration::from_secs_f64(seconds)).unwrap_or_default()
}

/// The conversation of event number `n`, and all its metrics at that time.
fn conversation(n: u64, begin: DateTime<Utc>, prices: &Prices) -> (u64, Vec<Metric>) {
    let length = CARRIES_NEW.len() as u64;
    let (generation, place) = (n / (AT_ONCE * length), n % AT_ONCE);
    let turn = n / AT_ONCE % length;
    let metrics = (0..=turn).filter(|turn| CARRIES_NEW[usize::try_from(*turn).unwrap_or(0)]).map(|turn| {
        let set = (generation * length + turn) * AT_ONCE + place;
        // A step that is coprime to the number of series reaches all of them, in mixed order.
        Metric { series: set * 7_919, at: time(begin, set, prices) - TimeDelta::milliseconds(200) }
    });
    (generation * AT_ONCE + place, metrics.collect())
}
