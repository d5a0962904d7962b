//! What a million events cost on AWS: the pipeline is run on evenly spread traffic, what it asks for is counted,
//! and that is priced by `bench/prices.toml`.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::billing::{Billing, real, requests, whole};
use crate::cpu::Cpu;
use crate::events::{Metric, event, of_every_series};
use crate::functions::Function;
use crate::pipeline::{Pipeline, Stream, Work};
use crate::prices::Prices;
use crate::report::{Report, Section};
use crate::stats::thousands;
use crate::template::Template;
use crate::units::stored_size;
use crate::{Effort, Failure};

/// The most that a million events may cost, in US dollars.
const MOST: f64 = 2.50;

/// How many conversations go on at the same time.
const AT_ONCE: u64 = 300;

/// The events of a conversation: whether each carries one new metric. Whatever does not, carries what was there
/// before, and so costs a read: no event is free.
const CARRIES_NEW: [bool; 10] = [true, false, false, true, false, true, false, false, true, false];

/// The share of them that does.
pub(crate) const NEW: f64 = 0.4;

/// The seconds of a month of 30 days.
pub(crate) const MONTH: u64 = 30 * 86_400;

/// What a run of the stream came to.
struct Run {
    events: u64,
    nothing_new: Work,
    one_new: Work,
    publish: Work,
    stored_bytes: u64,
}

/// Computes it, with the measured `cpu` of invocations. Gives what a million events cost, in US dollars.
pub(crate) async fn measure(
    cpu: &Cpu,
    template: &Template,
    prices: &Prices,
    effort: Effort,
    report: &mut Report,
) -> Result<f64, Failure> {
    let mut section = Section::new("Cost on AWS: metrics");
    section.means(
        "What AWS asks for counting the attributes of a million events, item by item. Datadog's own fees are not \
         in it, nor are journeys: these follow below.",
    );
    let run = stream(template, prices, effort).await?;
    let million = 1e6 / real(run.events);
    let billing = Billing::of(Function::FlowMetrics, template, prices);
    let publisher = Billing::of(Function::MetricsPublisher, template, prices);

    let nothing_new = billing.milliseconds(cpu.nothing_new, requests(&run.nothing_new), 0.0);
    let one_new = billing.milliseconds(cpu.one_new, requests(&run.one_new), 0.0);
    let ledgers = real(run.publish.ledgers as u64) / real(run.publish.invocations as u64);
    // Reads, notes before and notes after: three times as many requests as there are ledgers go at the same time.
    let batch_cpu = cpu.batch_of_one + cpu.further_ledger.mul_f64(ledgers - 1.0);
    let publish = publisher.milliseconds(batch_cpu, 3.0, 1.0);
    let ingest_ms =
        real(run.nothing_new.invocations as u64) * nothing_new + real(run.one_new.invocations as u64) * one_new;
    let publish_ms = real(run.publish.invocations as u64) * publish;

    let units = [&run.nothing_new, &run.one_new, &run.publish].map(|work| work.meter.units);
    let write = units.iter().map(|units| units.write).sum::<f64>() * million;
    let read = units.iter().map(|units| units.read).sum::<f64>() * million;
    let kept_gb = real(run.stored_bytes) * million / 1e9 * real(template.retention_days) / 30.0;
    let dynamodb = prices.dynamodb;
    // All that is held at a time, of which a part is free.
    let millions_a_month = real(prices.assumed.events_per_month) / 1e6;
    let billed_gb = (kept_gb * millions_a_month - dynamodb.gb_month_free).max(0.0) / millions_a_month;

    let invocations = real(run.publish.invocations as u64) * million;
    let mut total = 0.0;
    let mut item = |what: &str, how: String, dollars: f64| {
        total += dollars;
        section.row(what, format!("${dollars:.3} ({how})"));
    };
    item("EventBridge", "a million partner events".to_owned(), prices.eventbridge.million_events);
    item("Lambda, requests of `flow-metrics`", "a million".to_owned(), prices.lambda.million_requests);
    item(
        "Lambda, time of `flow-metrics`",
        format!("{nothing_new} ms for nothing new, {one_new} ms for one new metric"),
        billing.time(ingest_ms * million),
    );
    item(
        "Lambda, requests of `metrics-publisher`",
        format!("{}, of {ledgers:.2} ledgers each", thousands(whole(invocations))),
        prices.lambda.million_requests * invocations / 1e6,
    );
    item("Lambda, time of `metrics-publisher`", format!("{publish} ms each"), publisher.time(publish_ms * million));
    item("DynamoDB, writes", format!("{} units", thousands(whole(write))), dynamodb.million_write_units * write / 1e6);
    item("DynamoDB, reads", format!("{} units", thousands(whole(read))), dynamodb.million_read_units * read / 1e6);
    item(
        "DynamoDB, storage",
        format!("{kept_gb:.2} GB for {} days, of which {billed_gb:.2} GB are not free", template.retention_days),
        dynamodb.gb_month * billed_gb,
    );
    item("DynamoDB, backups", format!("of {kept_gb:.2} GB"), dynamodb.backup_gb_month * kept_gb);
    section.target(
        "a million events on AWS, 4 of 10 with one new metric, EventBridge's fee included",
        format!("${total:.2}"),
        format!("at most ${MOST:.2}, against the original's ${:.2}", prices.original.million_events),
        total <= MOST,
    );
    let (secrets, alarms) = (template.secrets, template.alarms);
    let fixed = prices.monthly.secret * real(secrets as u64) + prices.monthly.alarm * real(alarms as u64);
    section.row(
        "a month on top, whatever the traffic",
        format!("${fixed:.2} ({secrets} secrets and {alarms} alarms, those of journeys included)"),
    );
    section.row(
        format!("a month of {} events, all in all", thousands(prices.assumed.events_per_month)),
        format!("${:.2}", total * millions_a_month + fixed),
    );
    section.how(format!(
        "Prices of {} in {}, from `bench/prices.toml`. The pipeline was run on {} events, evenly spread as {} events a \
         month are, {AT_ONCE} conversations at a time; requests and units are counted. All events that carry no new \
         metric carry an old one, so none is free of a read. The stream has {} shards, each gathered for {} s.",
        prices.as_of,
        prices.region,
        thousands(run.events),
        thousands(prices.assumed.events_per_month),
        prices.assumed.stream_shards,
        template.window_seconds,
    ));
    section.how(format!(
        "Billed time is assumed: the CPU that the whole process was measured to take here, by the share of a core that \
         {} MB have ({} MB have one core), and {} ms for each request to AWS, {} ms for Datadog's, rounded up to \
         milliseconds. The publisher's requests go at the same time but for three: read, note, note. Cold starts, \
         retries, dead letters and log lines are so rare that they are left out: an ordinary event logs nothing.",
        template.memory_mb(Function::FlowMetrics),
        prices.assumed.full_core_mb,
        prices.assumed.round_trip_ms,
        prices.assumed.datadog_round_trip_ms,
    ));
    report.add(section);
    Ok(total)
}

async fn stream(template: &Template, prices: &Prices, effort: Effort) -> Result<Run, Failure> {
    let start: DateTime<Utc> = "2026-03-02T08:00:00Z".parse()?;
    let window = Duration::from_secs(template.window_seconds);
    let stream = Stream { shards: prices.assumed.stream_shards, window, batch: template.batch };
    let mut pipeline = Pipeline::new(start, stream).await?;
    for event in of_every_series(u64::MAX, start) {
        pipeline.ingest(&event).await?;
    }
    pipeline.drain().await?;
    let before = stored(&pipeline);
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
    let stored_bytes = stored(&pipeline) - before;
    Ok(Run { events, nothing_new, one_new, publish: pipeline.published, stored_bytes })
}

/// When event number `n` is published: the month's events are evenly spread.
fn time(begin: DateTime<Utc>, n: u64, prices: &Prices) -> DateTime<Utc> {
    let milliseconds = n * MONTH * 1_000 / prices.assumed.events_per_month;
    begin + TimeDelta::milliseconds(i64::try_from(milliseconds).unwrap_or(i64::MAX))
}

/// The conversation of event number `n`, and all metrics that it has by then.
fn conversation(n: u64, begin: DateTime<Utc>, prices: &Prices) -> (u64, Vec<Metric>) {
    let length = CARRIES_NEW.len() as u64;
    let (generation, place) = (n / (AT_ONCE * length), n % AT_ONCE);
    let turn = n / AT_ONCE % length;
    let metrics = (0..=turn).filter(|turn| CARRIES_NEW[usize::try_from(*turn).unwrap_or(0)]).map(|turn| {
        let set = (generation * length + turn) * AT_ONCE + place;
        // A step without a divisor in common with the number of series comes to all of them, in no order.
        Metric { series: set * 7_919, at: time(begin, set, prices) - TimeDelta::milliseconds(200) }
    });
    (generation * AT_ONCE + place, metrics.collect())
}

fn stored(pipeline: &Pipeline) -> u64 {
    pipeline.items().iter().map(stored_size).sum()
}
