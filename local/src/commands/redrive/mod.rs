//! `cxtrace redrive`: explains why messages are in a dead-letter queue, and lets SQS move them back to the retry queue,
//! which feeds the function again.

mod explanation;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{
    ChangeMessageVisibilityBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName,
};
use cxtrace_error_chain::error_chain;

use super::print::print;
use crate::failure::{CommandResult, Completion, Failure};
use crate::report::layout::several;
use explanation::Explanation;

/// The maximum number of messages of one request (SQS).
const BATCH: usize = 10;

/// The visibility timeout of messages that are read. They are released at the end.
const HELD_SECONDS: i32 = 120;

/// The pause between two requests for the progress of SQS.
const POLL: Duration = Duration::from_secs(2);

/// The options.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The dead-letter queue's URL, from the stack's outputs
    #[arg(value_name = "QUEUE_URL")]
    queue: String,

    /// Only prints the messages of the queue and their reasons
    #[arg(long)]
    dry_run: bool,

    /// How many messages are read and explained; all are moved
    #[arg(long, value_name = "N", default_value_t = 100)]
    list: usize,

    /// Limits the messages that SQS moves in a second [default: SQS decides]
    #[arg(long, value_name = "N")]
    per_second: Option<i32>,
}

pub(crate) async fn run(args: Args) -> CommandResult {
    let queue = Queue { client: Client::new(&super::aws::config().await?), url: args.queue };
    let (arn, waiting) = queue.state().await?;
    if waiting == 0 {
        print("The queue is empty.\n")?;
        return Ok(Completion::All);
    }
    let can_move = queue.explain(args.list).await?;
    if args.dry_run {
        let messages = several(waiting, "message");
        let what = if can_move { "would be moved back to the queue that feeds this one" } else { "hold no event" };
        print(&format!("About {messages} {what}.\n"))?;
        return Ok(Completion::All);
    }
    if queue.sources().await?.is_empty() {
        print(
            "This queue is not the dead-letter queue of a retry queue, so nothing is moved. The lines above say what to do with \
             each message.\n",
        )?;
        return Ok(Completion::Partial);
    }
    if !can_move {
        print("None of these messages holds an event, so nothing is moved.\n")?;
        return Ok(Completion::Partial);
    }
    let moved = queue.redrive(&arn, args.per_second).await?;
    print(&format!(
        "{} moved back. The function processes them now. An event that cannot be read returns here at once; any \
         other that keeps failing returns after 13 days.\n",
        several(moved, "message")
    ))?;
    Ok(Completion::All)
}

/// A dead-letter queue.
struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    fn refused(&self, what: &str, error: &(dyn std::error::Error + 'static)) -> Failure {
        Failure::failed(format!(
            "{what} the queue {} failed. Take its URL from the stack's outputs, and check the region and your permissions. (Cause: {})",
            self.url,
            error_chain(error)
        ))
    }

    /// Its ARN, and the approximate number of its messages.
    async fn state(&self) -> Result<(String, u64), Failure> {
        let names = [QueueAttributeName::QueueArn, QueueAttributeName::ApproximateNumberOfMessages];
        let request = self.client.get_queue_attributes().queue_url(&self.url).set_attribute_names(Some(names.to_vec()));
        let response = request.send().await.map_err(|error| self.refused("Reading", &error))?;
        let attributes = response.attributes.unwrap_or_default();
        let text = |name: &QueueAttributeName| attributes.get(name).cloned().unwrap_or_default();
        let [arn, waiting] = &names;
        Ok((text(arn), text(waiting).parse().unwrap_or_default()))
    }

    /// The URLs of the queues that send their dead letters to it.
    async fn sources(&self) -> Result<Vec<String>, Failure> {
        let response = self.client.list_dead_letter_source_queues().queue_url(&self.url).send().await;
        Ok(response.map_err(|error| self.refused("Listing what feeds", &error))?.queue_urls)
    }

    /// Explains up to `most` messages. Returns whether at least one can be moved.
    async fn explain(&self, most: usize) -> Result<bool, Failure> {
        let mut receipts = HashMap::new();
        let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
        let mut can_move = false;
        while receipts.len() < most {
            let messages = self.receive().await?;
            if messages.is_empty() {
                break;
            }
            for message in messages {
                let (id, receipt) = (
                    message.message_id.clone().unwrap_or_default(),
                    message.receipt_handle.clone().unwrap_or_default(),
                );
                // SQS may deliver a message twice.
                if receipts.insert(id.clone(), receipt).is_some() {
                    continue;
                }
                let explanation = explanation_of(&message);
                can_move |= explanation.holds_event;
                print(&format!("message {id}: {}\n", explanation.text))?;
                *reasons.entry(explanation.text).or_default() += 1;
            }
        }
        self.release(receipts.into_values().collect()).await;
        if reasons.values().any(|count| *count > 1) {
            print("\n")?;
            for (reason, count) in &reasons {
                print(&format!("{}: {reason}\n", several(*count, "message")))?;
            }
        }
        Ok(can_move)
    }

    async fn receive(&self) -> Result<Vec<Message>, Failure> {
        let request = self.client.receive_message().queue_url(&self.url);
        let request = request.max_number_of_messages(10).visibility_timeout(HELD_SECONDS).wait_time_seconds(1);
        let request = request.message_attribute_names("All");
        let request = request.message_system_attribute_names(MessageSystemAttributeName::All);
        let response = request.send().await.map_err(|error| self.refused("Reading messages of", &error))?;
        Ok(response.messages.unwrap_or_default())
    }

    /// Makes the messages visible to everyone again.
    async fn release(&self, receipts: Vec<String>) {
        for batch in receipts.chunks(BATCH) {
            let entries = batch.iter().enumerate().filter_map(|(n, receipt)| {
                let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(n.to_string());
                entry.receipt_handle(receipt).visibility_timeout(0).build().ok()
            });
            let request = self.client.change_message_visibility_batch().queue_url(&self.url);
            if request.set_entries(Some(entries.collect())).send().await.is_err() {
                eprintln!("The messages that were read are visible again in {HELD_SECONDS} seconds.");
                return;
            }
        }
    }

    /// Lets SQS move every message back to the queue that it came from. Returns the number of moved messages.
    async fn redrive(&self, arn: &str, per_second: Option<i32>) -> Result<u64, Failure> {
        let request = self.client.start_message_move_task().source_arn(arn);
        let request = request.set_max_number_of_messages_per_second(per_second);
        request.send().await.map_err(|error| self.refused("Moving messages of", &error))?;
        loop {
            let request = self.client.list_message_move_tasks().source_arn(arn).max_results(1);
            let response = request.send().await.map_err(|error| self.refused("Moving messages of", &error))?;
            let Some(task) = response.results.unwrap_or_default().into_iter().next() else { return Ok(0) };
            let moved = u64::try_from(task.approximate_number_of_messages_moved).unwrap_or_default();
            match task.status.as_deref() {
                Some("RUNNING") => tokio::time::sleep(POLL).await,
                Some("FAILED") => {
                    let reason = task.failure_reason.unwrap_or_default();
                    return Err(Failure::failed(format!(
                        "SQS has moved {} and then failed ({reason}). Run this again: nothing counts twice.",
                        several(moved, "message")
                    )));
                }
                _ => return Ok(moved),
            }
        }
    }
}

fn explanation_of(message: &Message) -> Explanation {
    let attribute = |name: &str| {
        let attributes = message.message_attributes.as_ref()?;
        attributes.get(name)?.string_value.clone()
    };
    let reason = attribute("reason").or_else(|| attribute("ERROR_MESSAGE")).or_else(|| attribute("ERROR_CODE"));
    Explanation::of(message.body.as_deref().unwrap_or_default(), reason.as_deref())
}
