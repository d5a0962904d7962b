//! `cxtrace send`: sends events to an EventBridge bus.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use cxtrace_clock::{Backoff, Clock, RandomJitter, SystemClock};
use cxtrace_error_chain::error_chain;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::print::print;
use super::replay::{self, timeline};
use crate::failure::{CommandResult, Completion, Failure, describe};
use crate::progress::Progress;
use crate::recording::Origin;
use crate::recording::recording_clock::Timed;
use crate::recording::timeline::Recorded;
use crate::report::layout::several;

/// The limits of one request (EventBridge, `PutEvents`).
const MAX_ENTRIES: usize = 10;
const MAX_BYTES: usize = 1_048_576;

/// How often an entry is sent that the bus throttles.
const MAX_ATTEMPTS: u32 = 5;

/// The back-off between these attempts.
const BACK_OFF: Backoff = Backoff { first: Duration::from_millis(200), max: Duration::from_secs(5) };

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The name or ARN of the event bus
    #[arg(long, value_name = "NAME")]
    bus: String,

    /// Files, folders, or - for standard input, as for `cxtrace replay` [default: one sample event]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The source of the events; it must not start with `aws.`, which AWS reserves for itself
    ///
    /// A stack counts the events if its parameter EventSourcePrefix matches this source. Use `cxtrace redrive`, not this
    /// command, to process the events of a dead-letter queue again.
    #[arg(long, value_name = "TEXT", default_value = "cxtrace.sample", value_parser = source)]
    source: String,
}

fn source(text: &str) -> Result<String, &'static str> {
    match text {
        "" => Err("it must not be empty"),
        _ if text.starts_with("aws.") => Err("AWS reserves sources that start with `aws.` for itself and its partners"),
        _ => Ok(text.to_owned()),
    }
}

const SAMPLE: &str = include_str!("../../../events/genesys/attributes/regular.json");

pub(crate) async fn run(args: Args) -> CommandResult {
    let (events, progress) = match args.paths.as_slice() {
        [] => (Events::Sample(std::iter::once(sample())), Progress::new(None)),
        paths => {
            let timeline = timeline(paths)?;
            let progress = Progress::new(timeline.bytes());
            (Events::Recorded(timeline), progress)
        }
    };
    let client = Client::new(&super::aws::config().await?);
    eprintln!("The events' source on the bus is {}, because AWS reserves sources that start with `aws.`.", args.source);
    let mut sending =
        Sending { client, bus: args.bus, source: args.source, batch: Vec::new(), sent: 0, failed: 0, progress };
    let mut completion = Completion::All;
    for step in events {
        match step {
            Ok(recorded) => sending.take(recorded).await?,
            Err(error) => {
                sending.progress.say(&format!("{}. The rest of this file is skipped.", describe(&error)));
                completion = Completion::Unread;
            }
        }
    }
    sending.flush().await?;
    sending.progress.finish();
    print(&format!("{} sent, {} failed\n", several(sending.sent, "event"), sending.failed))?;
    Ok(if sending.failed > 0 && completion == Completion::All { Completion::Partial } else { completion })
}

fn sample() -> Recorded {
    Recorded::new(Origin { name: Arc::from("the sample event"), line: 1 }, Ok(SAMPLE.to_owned()))
}

enum Events {
    Sample(std::iter::Once<Recorded>),
    Recorded(replay::Prepared),
}

impl Iterator for Events {
    type Item = crate::recording::timeline::Step;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Sample(sample) => sample.next().map(Ok),
            Self::Recorded(prepared) => prepared.next().map(|Timed { event, .. }| event),
        }
    }
}

/// The parts of an envelope that the sender decides. The bus adds the others.
#[derive(Deserialize)]
struct SentParts<'a> {
    #[serde(rename = "detail-type")]
    detail_type: String,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Sends events in batches.
struct Sending {
    client: Client,
    bus: String,
    source: String,
    batch: Vec<(Origin, PutEventsRequestEntry, usize)>,
    sent: u64,
    failed: u64,
    progress: Progress,
}

impl Sending {
    async fn take(&mut self, Recorded { origin, json, .. }: Recorded) -> Result<(), Failure> {
        let json = match json {
            Ok(json) => json,
            Err(reason) => {
                self.count_failed(&origin, &format!("the event cannot be read: {reason}"));
                return Ok(());
            }
        };
        let Ok(envelope) = serde_json::from_str::<SentParts<'_>>(&json) else {
            self.count_failed(
                &origin,
                "the event has no `detail-type` or no `detail`. Compare it with the samples in events/genesys/attributes.",
            );
            return Ok(());
        };
        let entry = PutEventsRequestEntry::builder()
            .event_bus_name(&self.bus)
            .source(&self.source)
            .detail_type(&envelope.detail_type)
            .detail(envelope.detail.get())
            .build();
        let size = self.source.len() + envelope.detail_type.len() + envelope.detail.get().len();
        if size > MAX_BYTES {
            self.count_failed(
                &origin,
                "the event is larger than the 1 MB that a bus accepts. Remove it from the file.",
            );
            return Ok(());
        }
        let waiting: usize = self.batch.iter().map(|(_, _, size)| size).sum();
        if self.batch.len() >= MAX_ENTRIES || waiting + size > MAX_BYTES {
            self.flush().await?;
        }
        self.batch.push((origin, entry, size));
        Ok(())
    }

    /// Sends the batch, and retries the entries that the bus throttles.
    async fn flush(&mut self) -> Result<(), Failure> {
        let mut batch = std::mem::take(&mut self.batch);
        for attempt in 1.. {
            if batch.is_empty() {
                break;
            }
            let entries = batch.iter().map(|(_, entry, _)| entry.clone()).collect();
            let response = self.client.put_events().set_entries(Some(entries)).send().await.map_err(|error| {
                Failure::failed(format!(
                    "the bus {} does not accept events. Check its name, the region, and that you may call events:PutEvents. (Cause: {})",
                    self.bus,
                    error_chain(&error)
                ))
            })?;
            let mut retried = Vec::new();
            for (entry, result) in batch.into_iter().zip(response.entries()) {
                match result.error_code() {
                    None => {
                        self.sent += 1;
                        self.progress.event(self.sent);
                    }
                    Some("ThrottlingException" | "InternalFailure" | "InternalException") if attempt < MAX_ATTEMPTS => {
                        retried.push(entry)
                    }
                    Some(code) => {
                        let reason = result.error_message().unwrap_or_default().to_owned();
                        self.count_failed(&entry.0, &format!("the bus refuses the event ({code}: {reason})"));
                    }
                }
            }
            batch = retried;
            if !batch.is_empty() {
                SystemClock.sleep(BACK_OFF.pause(attempt, &RandomJitter)).await;
            }
        }
        Ok(())
    }

    fn count_failed(&mut self, origin: &Origin, reason: &str) {
        self.failed += 1;
        self.progress.say(&format!("{origin}: {reason}"));
    }
}
