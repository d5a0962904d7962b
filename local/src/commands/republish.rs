//! `cxtrace republish`: wakes the publisher for every ledger whose total Datadog does not hold and that nobody has written
//! to for ten minutes: a sweep like that of the function `metrics-publisher`, from start to end, also of totals that Datadog
//! has refused permanently.
//!
//! Only the publisher may send totals, in the order of the table's stream. So this command sends nothing.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use chrono::{DateTime, Utc};
use cxtrace_clock::{Clock, SystemClock};
use cxtrace_settings::{Environment, MetricSettings};
use cxtrace_store::sweep::{SweepProgress, Wanted};
use cxtrace_store::{StateTable, StoreError, StoredLedger};

use super::print::print;
use crate::failure::{CommandResult, Completion};
use crate::report::layout::several;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The state table's name, from the stack's outputs
    #[arg(long, value_name = "NAME")]
    table: String,

    /// Only prints the ledgers; exit code 1 if there are any
    #[arg(long)]
    dry_run: bool,
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let settings = MetricSettings::read(&Environment::of_process())?;
    let client = Client::new(&super::aws::config().await?);
    let table = StateTable::new(client, &args.table, settings.retention, Arc::new(SystemClock));
    let now = SystemClock.now();
    let behind = behind(&table, now, settings.historical).await?;
    for ledger in &behind {
        let contents = &ledger.contents.ledger;
        print(&format!(
            "{} {} at {}: {} counted, {} accepted by Datadog\n",
            ledger.series.name(),
            ledger.series.tags().collect::<Vec<_>>().join(","),
            ledger.key.bucket,
            contents.total(),
            contents.accepted
        ))?;
    }
    let ledgers = several(behind.len() as u64, "ledger");
    if args.dry_run || behind.is_empty() {
        print(&format!("Found {ledgers} older than ten minutes whose total Datadog has not accepted.\n"))?;
        return Ok(if behind.is_empty() { Completion::All } else { Completion::Partial });
    }
    table.wake_publisher(&behind, u64::try_from(now.timestamp_millis()).unwrap_or_default()).await?;
    print(&format!("The publisher is woken for {ledgers}. Counts of closed buckets appear in the current one.\n"))?;
    Ok(Completion::All)
}

/// The ledgers whose total Datadog does not hold, and that nobody publishes.
async fn behind(table: &StateTable, now: DateTime<Utc>, historical: bool) -> Result<Vec<StoredLedger>, StoreError> {
    let mut behind = Vec::new();
    let mut sweep = table.sweep(Wanted { now, historical, rejected: true }, &SweepProgress::Begun);
    while let Some(found) = sweep.page().await? {
        behind.extend(found);
    }
    Ok(behind)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use cxtrace_clock::SharedClock;
    use cxtrace_domain::metrics::{Bucket, ConversationId, Occurrence, OccurrenceId};
    use cxtrace_store::{BucketKey, schema, stream};

    use super::*;
    use crate::engine::{Engine, EngineHttp, sdk_config};

    const NOON: i64 = 1_700_049_600;

    fn occurrence(metric: &str, bucket: i64) -> Occurrence {
        let conversation = ConversationId::try_new("c").unwrap();
        Occurrence {
            id: OccurrenceId::of(&conversation, metric),
            series: cxtrace_settings::metrics::default_template().series("A", metric, None).0,
            bucket: Bucket::starting_at(bucket),
            interval: 10,
            conversation,
            at: DateTime::from_timestamp(bucket, 0),
        }
    }

    #[tokio::test]
    async fn a_ledger_behind_wakes_the_publisher_and_keeps_its_total() {
        let clock: SharedClock = Arc::new(SystemClock);
        let engine = Engine::in_memory(clock.clone()).unwrap();
        let client = Client::new(&sdk_config(EngineHttp(engine.clone())));
        schema::create(&client, "state", false).await.unwrap();
        let table = StateTable::new(client, "state", TimeDelta::days(30), clock);
        let (lost, accepted, young) =
            (occurrence("Lost", NOON), occurrence("Held", NOON), occurrence("Young", NOON + 900));
        table.put_occurrences(&[lost.clone(), accepted.clone(), young]).await.unwrap();
        table.note_accepted(BucketKey::of(&accepted), 1).await.unwrap();
        let _ = engine.take_changes(0, usize::MAX);

        let now = DateTime::from_timestamp(NOON + 1_200, 0).unwrap();
        let found = behind(&table, now, false).await.unwrap();
        assert_eq!(found.iter().map(|ledger| ledger.key).collect::<Vec<_>>(), [BucketKey::of(&lost)]);
        table.wake_publisher(&found, 1).await.unwrap();
        let changes = engine.take_changes(0, usize::MAX);
        let woken: Vec<_> = changes
            .iter()
            .filter_map(|change| stream::inserted(&serde_json::from_value(change.record()).unwrap()).unwrap())
            .map(|ledger| ledger.key)
            .collect();
        assert_eq!(woken, [BucketKey::of(&lost)]);
        let ledger = table.ledger(BucketKey::of(&lost)).await.unwrap().unwrap().contents;
        assert_eq!((ledger.ledger.total(), ledger.unreadable.len()), (1, 0));
    }
}
