//! Stores deliveries by the collector that also stores events.

use cxtrace_error_chain::error_chain;
use cxtrace_sources::delivery::Delivery;
use span_collector::{CollectError, SpanCollector};

use crate::sink::{NotStored, Sink, Storing, StoringTraces, TracesNotStored};

impl Sink for SpanCollector {
    fn store(&self, delivery: Delivery) -> Storing<'_> {
        Box::pin(async move {
            self.take(&delivery).await.map(drop).map_err(|error| match &error {
                CollectError::Event(_) | CollectError::Traces(_) => NotStored::Unreadable(error_chain(&error)),
                _ => NotStored::Unavailable(error_chain(&error)),
            })
        })
    }

    fn store_traces(&self, delivery: Delivery) -> StoringTraces<'_> {
        Box::pin(async move {
            match self.take_traces(&delivery).await {
                Ok(taken) => Ok(taken.invalid),
                Err(CollectError::Traces(refusal)) => Err(TracesNotStored::Refused(refusal)),
                Err(error) => Err(TracesNotStored::Unavailable(error_chain(&error))),
            }
        })
    }
}
