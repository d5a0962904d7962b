//! The cost of a million events on AWS. Evenly distributed traffic runs through the pipeline, its requests are counted,
//! and `bench/prices.toml` gives their prices.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_test_support::endpoints::TABLE;

use crate::bench::Bench;
use crate::billing::{Billing, dynamodb};
use crate::cpu::MetricsCpu;
use crate::deployed::Function;
use crate::events::{Metric, of_every_series, with_metrics};
use crate::metered::Work;
use crate::pipeline::{Done, Pipeline};
use crate::prices::Prices;
use crate::report::Section;
use crate::run::{Failure, START};
use crate::stats::{real, thousands};
use crate::traffic::Class;
use crate::units::stored_bytes;

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

/// Computes the cost, with the measured `cpu` of invocations. Returns the cost of a million events, in US dollars.
pub(crate) async fn measure(bench: &mut Bench, cpu: &MetricsCpu) -> Result<f64, Failure> {
    let mut section = Section::new("Cost on AWS: metrics");
    let (events, done, stored_bytes) = run(bench).await?;
    let (template, prices) = (&bench.template, &bench.prices);
    let million = 1e6 / real(events);
    let ingest = Billing::of(bench, Function::FLOW_METRICS)?;
    let publisher = Billing::of(bench, Function::METRICS_PUBLISHER)?;
    let invocations = |work: &Work| real(work.invocations) * million;

    let of_ingest = [(&done.nothing_new, cpu.nothing_new), (&done.new, cpu.one_new)]
        .map(|(work, cpu)| ingest.invocations(invocations(work), ingest.milliseconds(cpu, work.rounds(), 0.0)));
    let ledgers = real(done.ledgers as u64) / real(done.publisher.invocations);
    let batch_cpu = cpu.batch_of_one + cpu.further_ledger.mul_f64(ledgers - 1.0);
    let of_batch = publisher.milliseconds(batch_cpu, done.publisher.rounds(), done.publisher.datadog());
    let of_publisher = publisher.invocations(invocations(&done.publisher), of_batch);
    let works = [&done.nothing_new, &done.new, &done.publisher];
    let units: f64 = works.map(|work| dynamodb(work.meter.units, prices) * million).iter().sum();
    let kept_gb = real(stored_bytes) * million / 1e9 * real(template.retention_days()?) / 30.0;
    let price = |name| prices.of("dynamodb", name);
    // All items that are stored at a time. A part of the storage is free.
    let millions_a_month = prices.of("assumed", "events_per_month") / 1e6;
    let billed_gb = (kept_gb * millions_a_month - price("gb_month_free")).max(0.0) / millions_a_month;

    let mut total = 0.0;
    for (what, dollars) in [
        ("EventBridge, partner events", prices.of("eventbridge", "million_events")),
        ("Lambda, `flow-metrics`", of_ingest.iter().sum()),
        ("Lambda, `metrics-publisher`", of_publisher),
        ("DynamoDB, reads and writes", units),
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
         time; requests and units are counted, and so are rounds: concurrent requests are one. Billed time is computed: the \
         measured CPU by the share of a core that the function's memory gives, and for each round a round trip of \
         `bench/prices.toml`, which is assumed. An invocation has {:.1} rounds on average in `flow-metrics` with one new \
         metric, and in `metrics-publisher` {:.1}, and {:.1} requests to Datadog. Cold starts and retries are left out.",
        prices.source(),
        thousands(events),
        done.new.rounds(),
        done.publisher.rounds(),
        done.publisher.datadog(),
    ));
    bench.report.add(section);
    Ok(total)
}

/// Runs the events. Returns how many there are, the functions' work, and the bytes that DynamoDB stores.
async fn run(bench: &Bench) -> Result<(u64, Done, u64), Failure> {
    let Bench { template, prices, effort, .. } = bench;
    let start: DateTime<Utc> = START.parse()?;
    let mut pipeline = Pipeline::new(start, template, prices.shards()).await?.without_journeys();
    for event in of_every_series(u64::MAX, start) {
        pipeline.take(Class::Attributes, &event).await?;
    }
    pipeline.drain().await?;
    let before = stored_bytes(&pipeline.engine, TABLE);
    pipeline.done = Done::default();

    let begin = start + TimeDelta::hours(2);
    let events = effort.stream as u64 / (AT_ONCE * 10) * (AT_ONCE * 10);
    let events = events.max(AT_ONCE * 10);
    for n in 0..events {
        let at = time(begin, n, prices);
        pipeline.advance_to(at).await?;
        let (conversation, metrics) = conversation(n, begin, prices);
        pipeline.take(Class::Attributes, &with_metrics(conversation, at, &metrics)).await?;
    }
    pipeline.drain().await?;
    let stored = stored_bytes(&pipeline.engine, TABLE) - before;
    Ok((events, pipeline.done, stored))
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
