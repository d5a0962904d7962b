//! What can go wrong with a table, and for whom.

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// A request to a table failed, or what it holds cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// DynamoDB refused, failed or did not answer, after the SDK's own reattempts.
    #[error("{operation} on table {table} failed ({code})")]
    Request {
        /// What was being done.
        operation: &'static str,
        /// The table.
        table: String,
        /// DynamoDB's error code, or what kind of failure it was.
        code: String,
        /// The SDK's error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Part of a batch was handed back again and again, which is how DynamoDB throttles a batch.
    #[error(
        "table {table} took only part of a batch: {left} items were handed back {attempts} times. They will be written when the event is tried again."
    )]
    Unprocessed {
        /// The table.
        table: String,
        /// How many items are left.
        left: usize,
        /// How often they were tried.
        attempts: u32,
    },
    /// A decision was lost to others again and again.
    #[error(
        "{operation} on table {table} met other writers {attempts} times. It will be done when the event is tried again."
    )]
    Contended {
        /// What was being done.
        operation: &'static str,
        /// The table.
        table: String,
        /// How often it was tried.
        attempts: u32,
    },
    /// Something is too large to be stored.
    #[error("the {what} has {bytes} bytes, and at most {max} can be stored. Send less at once.")]
    TooLarge {
        /// What it is.
        what: String,
        /// Its size.
        bytes: usize,
        /// The largest that is stored.
        max: usize,
    },
    /// A journey is too large to be held in memory.
    #[error(
        "the journey of {id} has more than {limit}: it cannot be assembled. Find what joins so much in its facts, and leave that id out, or retract the edge."
    )]
    TooMuch {
        /// An id of it.
        id: String,
        /// More than what.
        limit: &'static str,
    },
    /// An item is not as Cxtrace writes it.
    #[error(
        "the item {pk} / {sk} cannot be read: {reason}. Something other than Cxtrace has written it, or a newer version."
    )]
    Unreadable {
        /// Its partition key.
        pk: String,
        /// Its sort key.
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
            _ => "no readable answer".to_owned(),
        };
        Self::Request { operation, table: table.to_owned(), code, source: Box::new(error) }
    }
}
