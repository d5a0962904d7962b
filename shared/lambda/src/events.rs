//! What every function does around its handling of EventBridge events: it counts them, and logs those of other topics. It does
//! not know the content of events.

use crate::function::Invocation;
use crate::retry_queue::{Response, Retries};
use crate::telemetry;

/// Passes every event of the invocation to `handle`, which returns the topic of an event that it ignores. `is_permanent`
/// decides which errors a retry cannot fix.
///
/// # Errors
/// When an event that EventBridge delivered directly fails.
pub async fn handle<E: std::error::Error + 'static>(
    invocation: &Invocation,
    retries: &Retries,
    handle: impl AsyncFn(&str) -> Result<Option<String>, E>,
    is_permanent: fn(&E) -> bool,
) -> Result<Response, E> {
    let counts = &invocation.counts;
    let counted = async |event: &str| {
        counts.add("events", 1_u64);
        if let Some(topic) = handle(event).await? {
            tracing::info!(topic, "an event of another topic is ignored");
            telemetry::count("EventsIgnored");
            counts.add("ignored", 1_u64);
        }
        Ok(())
    };
    retries.handle(invocation.payload.get(), counted, is_permanent).await
}
