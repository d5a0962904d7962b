//! Wires the Lambda function `source-poller`.

use std::sync::{Arc, OnceLock};

use aws_sdk_dynamodb::Client;
use cxtrace_clock::RandomJitter;
use cxtrace_lambda::function::{self, Context, Failure, Invocation};
use cxtrace_lambda::secret::Secret;
use cxtrace_lambda::telemetry::{measure, note_set_aside};
use cxtrace_settings::{MetricSettings, PollTargets, registry};
use cxtrace_sources::registry::Registry;
use cxtrace_store::CorrelationTable;
use source_poller::{Api, InvalidTarget, Poller, Target};
use span_collector::SpanCollector;
use webhook_receiver::SecretBook;

/// The state of the function between runs.
struct Handler {
    asked: PollTargets,
    /// Read at the first run, because a start must not read the definitions.
    targets: OnceLock<Vec<Target>>,
    poller: Poller<SpanCollector, CorrelationTable>,
}

impl Handler {
    fn targets(&self) -> Result<&[Target], InvalidTarget> {
        if let Some(targets) = self.targets.get() {
            return Ok(targets);
        }
        let read = |target| Target::try_new(target, Registry::embedded());
        let targets = self.asked.0.iter().map(read).collect::<Result<_, _>>()?;
        Ok(self.targets.get_or_init(|| targets))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    function::run(wire, async |handler: &Handler, invocation: Invocation| {
        let Handler { poller, .. } = handler;
        let run = poller.run(handler.targets()?, invocation.deadline).await?;
        measure("PollBehindSeconds", "Seconds", run.behind.as_secs_f64());
        measure("PollsRefused", "Count", run.refused.len() as f64);
        measure("PollItemsUnreadable", "Count", run.unreadable as f64);
        note_set_aside(poller.cursors.set_aside().take());
        invocation.counts.add("pages", run.pages);
        invocation.counts.add("stored", run.stored);
        invocation.counts.add("unreadable", run.unreadable);
        Ok::<_, source_poller::PollError>(())
    })
    .await
}

fn wire(context: &Context) -> Result<Handler, Failure> {
    let Context { environment, http, aws, clock } = context;
    let asked = registry::POLL_SOURCES.read(environment)?;
    let secret = Secret::new(aws, registry::POLL_SECRETS_ARN.read(environment)?);
    let api = Api {
        http: http.clone(),
        secrets: SecretBook::new(secret, clock.clone()),
        clock: clock.clone(),
        jitter: Arc::new(RandomJitter),
    };
    let retention = MetricSettings::read(environment)?.retention;
    let table = registry::CORRELATION_TABLE.read(environment)?;
    let cursors = CorrelationTable::new(Client::new(aws), table, retention, clock.clone());
    let poller = Poller::new(api, span_collector::wiring::collector(context)?, cursors);
    Ok(Handler { asked, targets: OnceLock::new(), poller })
}
