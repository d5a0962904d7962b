//! Errors of requests to a table.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A request to a table failed, or an item cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused the request, failed or did not respond, after the SDK's own retries.
    #[error("{operation} on table {table} failed ({code})")]
    Request {
        /// The operation.
        operation: &'static str,
        table: String,
        /// DynamoDB's error code, or the kind of failure.
        code: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// DynamoDB returned part of a batch unprocessed at every attempt. This is how it throttles batches.
    #[error(
        "table {table} took only part of a batch: DynamoDB returned {left} items unprocessed {attempts} times. They will be written when the event is retried."
    )]
    Unprocessed {
        table: String,
        /// The number of items that are left.
        left: usize,
        attempts: u32,
    },
    /// Other writers changed the item at every attempt.
    #[error(
        "{operation} on table {table} met other writers {attempts} times. It will be done when the event is retried."
    )]
    Contended {
        /// The operation.
        operation: &'static str,
        table: String,
        attempts: u32,
    },
    /// An item is too large to be stored.
    #[error("the {what} has {bytes} bytes, and the maximum is {max}. Send smaller events.")]
    TooLarge {
        /// The kind of item.
        what: String,
        bytes: usize,
        /// The maximum size.
        max: usize,
    },
    /// A journey is too large to be held in memory.
    #[error(
        "the journey of {id} has more than {limit}, so it cannot be assembled. Find the id that joins so many facts. Stop sending it, or retract the edge."
    )]
    TooMuch {
        /// An id of it.
        id: String,
        /// The exceeded limit.
        limit: &'static str,
    },
    /// An item does not have the form that Cxtrace writes.
    #[error(
        "the item {pk} / {sk} cannot be read: {reason}. Something other than Cxtrace has written it, or a newer version."
    )]
    Unreadable {
        pk: String,
        sk: String,
        /// What is wrong.
        reason: String,
    },
}

impl StoreError {
    pub(crate) fn request<E>(operation: &'static str, table: &str, error: SdkError<E>) -> Self
    where
        E: std::error::Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        let code = match &error {
            SdkError::ServiceError(e) => e.err().code().unwrap_or("an unknown error").to_owned(),
            SdkError::TimeoutError(_) => "timeout".to_owned(),
            SdkError::DispatchFailure(_) => "no connection".to_owned(),
            _ => "no readable response".to_owned(),
        };
        Self::Request { operation, table: table.to_owned(), code, source: Box::new(error) }
    }
}
