//! `cxtrace send`: sample events onto a real event bus.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use cxtrace_error_chain::error_chain;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::print::print;
use super::replay::{self, timeline};
use crate::failure::{Done, Failure, Outcome, told};
use crate::progress::Progress;
use crate::recording::Origin;
use crate::recording::pace::Paced;
use crate::recording::timeline::Recorded;
use crate::report::layout::several;

/// What one request may hold (EventBridge, `PutEvents`).
const MOST_ENTRIES: usize = 10;
const MOST_BYTES: usize = 1_048_576;

/// How often an entry is put that the bus cannot take for now.
const TRIES: u32 = 5;

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The event bus: its name or ARN
    #[arg(long, value_name = "NAME")]
    bus: String,

    /// Files, folders, or - for standard input, as for `cxtrace replay` [default: one sample event]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// The source that the events get: a bus takes none from here that starts with aws.
    ///
    /// Deploy with a matching EventSourcePrefix to have them counted: the rules of any other stack pass over them. So
    /// this takes no events of a dead-letter queue again; scripts/recover does.
    #[arg(long, value_name = "TEXT", default_value = "cxtrace.sample", value_parser = source)]
    source: String,
}

fn source(text: &str) -> Result<String, &'static str> {
    match text {
        "" => Err("it is empty"),
        _ if text.starts_with("aws.") => Err("AWS keeps sources that start with aws. for itself and its partners"),
        _ => Ok(text.to_owned()),
    }
}

const SAMPLE: &str = include_str!("../../../events/genesys/attributes/regular.json");

pub(crate) async fn run(args: Args) -> Outcome {
    let (events, progress) = match args.paths.as_slice() {
        [] => (Events::Sample(std::iter::once(sample())), Progress::new(None)),
        paths => {
            let timeline = timeline(paths)?;
            let progress = Progress::new(timeline.bytes());
            (Events::Recorded(timeline), progress)
        }
    };
    let client = Client::new(&super::aws::config().await?);
    eprintln!(
        "The events' source is {} on the bus: AWS refuses sources that start with aws. from anyone.",
        args.source
    );
    let mut sending =
        Sending { client, bus: args.bus, source: args.source, batch: Vec::new(), sent: 0, failed: 0, progress };
    let mut done = Done::All;
    for step in events {
        match step {
            Ok(recorded) => sending.take(recorded).await?,
            Err(error) => {
                sending.progress.say(&format!("{}. What follows is left out.", told(&error)));
                done = Done::Unread;
            }
        }
    }
    sending.flush().await?;
    sending.progress.finish();
    print(&format!("{} sent, {} failed\n", several(sending.sent, "event"), sending.failed))?;
    Ok(if sending.failed > 0 && done == Done::All { Done::Some } else { done })
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
            Self::Recorded(prepared) => prepared.next().map(|Paced { event, .. }| event),
        }
    }
}

/// The parts of an envelope that the sender of an event decides. The bus adds the rest.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "detail-type")]
    detail_type: String,
    #[serde(borrow)]
    detail: &'a RawValue,
}

/// Events on their way, in batches.
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
                self.refuse(&origin, &format!("the event cannot be read: {reason}"));
                return Ok(());
            }
        };
        let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(&json) else {
            self.refuse(
                &origin,
                "it is no event: `detail-type` or `detail` is missing. Compare it with events/genesys/attributes.",
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
        if size > MOST_BYTES {
            self.refuse(&origin, "it is larger than the 1 MB that a bus takes. Leave it out.");
            return Ok(());
        }
        let waiting: usize = self.batch.iter().map(|(_, _, size)| size).sum();
        if self.batch.len() >= MOST_ENTRIES || waiting + size > MOST_BYTES {
            self.flush().await?;
        }
        self.batch.push((origin, entry, size));
        Ok(())
    }

    /// Puts the batch, and again what of it the bus could not take.
    async fn flush(&mut self) -> Result<(), Failure> {
        let mut batch = std::mem::take(&mut self.batch);
        for attempt in 1.. {
            if batch.is_empty() {
                break;
            }
            let entries = batch.iter().map(|(_, entry, _)| entry.clone()).collect();
            let answer = self.client.put_events().set_entries(Some(entries)).send().await.map_err(|error| {
                Failure::failed(format!(
                    "the bus {} does not take events. Check its name, the region and that you may call events:PutEvents. (Cause: {})",
                    self.bus,
                    error_chain(&error)
                ))
            })?;
            let mut again = Vec::new();
            for (entry, result) in batch.into_iter().zip(answer.entries()) {
                match result.error_code() {
                    None => {
                        self.sent += 1;
                        self.progress.event(self.sent);
                    }
                    Some("ThrottlingException" | "InternalFailure" | "InternalException") if attempt < TRIES => {
                        again.push(entry)
                    }
                    Some(code) => {
                        let reason = result.error_message().unwrap_or_default().to_owned();
                        self.refuse(&entry.0, &format!("the bus refuses it ({code}: {reason})"));
                    }
                }
            }
            batch = again;
            if !batch.is_empty() {
                tokio::time::sleep(std::time::Duration::from_millis(100 << attempt)).await;
            }
        }
        Ok(())
    }

    fn refuse(&mut self, origin: &Origin, reason: &str) {
        self.failed += 1;
        self.progress.say(&format!("{origin}: {reason}"));
    }
}
