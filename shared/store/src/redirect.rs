//! Marks of redirected occurrences, which another bucket counts. A mark is written once and never changed. If several
//! writers try, exactly one decides.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use cxtrace_clock::back_off;
use cxtrace_domain::metrics::{Bucket, OccurrenceId};

use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{self, BucketKey};
use crate::table::{BACK_OFF, MAX_ATTEMPTS, StateTable, item};

/// Why an occurrence counts elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MoveReason {
    /// Its own time cannot be right, or it has none. This was decided before it was stored.
    Redirected,
    /// Its bucket had closed. Earlier versions moved late occurrences one by one; now their number is carried.
    Late,
}

/// The bucket that counts an occurrence after a request to redirect it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Redirect {
    /// This bucket, by this decision or an earlier one.
    To(Bucket),
    /// Its home, because an earlier event has stored it there.
    Home,
}

impl StateTable {
    /// Redirects `id` from its home `home` to `to`, unless it was counted or redirected before.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or other writers interfere at every attempt.
    pub async fn redirect(&self, home: BucketKey, id: OccurrenceId, to: Bucket) -> Result<Redirect, StoreError> {
        let operation = "TransactWriteItems of a redirect";
        let mark = self.mark(home, id, to);
        for attempt in 0..MAX_ATTEMPTS {
            back_off(&self.clock, BACK_OFF, attempt).await;
            let outcome = self
                .client
                .transact_write_items()
                .transact_items(absent(&self.name, home, id))
                .transact_items(put_once(&self.name, mark.clone()))
                .send()
                .await;
            match outcome {
                Ok(_) => return Ok(Redirect::To(to)),
                Err(SdkError::ServiceError(e)) if e.err().is_transaction_canceled_exception() => {
                    let TransactWriteItemsError::TransactionCanceledException(cancelled) = e.into_err() else {
                        continue;
                    };
                    if let Some(decided) = decided(cancelled.cancellation_reasons())? {
                        return Ok(decided);
                    }
                }
                Err(error) => return Err(StoreError::request(operation, &self.name, error)),
            }
        }
        Err(StoreError::Contended { operation, table: self.name.clone(), attempts: MAX_ATTEMPTS })
    }

    fn mark(&self, from: BucketKey, id: OccurrenceId, to: Bucket) -> Item {
        let mut mark = item(from.pk(), key::moved(id));
        mark.extend([
            ("to".to_owned(), number(to)),
            ("uncertain".to_owned(), AttributeValue::Bool(false)),
            ("reason".to_owned(), text("redirected")),
            ("expires_at".to_owned(), self.expiry()),
        ]);
        mark
    }
}

/// Reads a mark as [`StateTable::redirect`] wrote it.
pub(crate) fn read_mark(item: &Item) -> Result<(Bucket, MoveReason), StoreError> {
    let reader = Reader(item);
    let to = Bucket::starting_at(reader.required_number("to")?);
    match reader.text("reason")? {
        "late" => Ok((to, MoveReason::Late)),
        "redirected" => Ok((to, MoveReason::Redirected)),
        other => Err(reader.unreadable(format!("`reason` is {other:?}"))),
    }
}

/// The bucket that a cancelled transaction reports; `None` if it only met another writer.
fn decided(reasons: &[CancellationReason]) -> Result<Option<Redirect>, StoreError> {
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    match reasons {
        [_, mark] if failed(mark) => {
            let (to, reason) = read_mark(&mark.item().cloned().unwrap_or_default())?;
            Ok(Some(match reason {
                MoveReason::Redirected => Redirect::To(to),
                // It was counted at home, and was moved from there later.
                MoveReason::Late => Redirect::Home,
            }))
        }
        [home, _] if failed(home) => Ok(Some(Redirect::Home)),
        _ => Ok(None),
    }
}

fn absent(table: &str, home: BucketKey, id: OccurrenceId) -> TransactWriteItem {
    let check = ConditionCheck::builder()
        .table_name(table)
        .set_key(Some(key::key(home.pk(), key::occurrence(id))))
        .condition_expression("attribute_not_exists(pk)")
        .build();
    TransactWriteItem::builder().set_condition_check(check.ok()).build()
}

fn put_once(table: &str, mark: Item) -> TransactWriteItem {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(mark))
        .condition_expression("attribute_not_exists(pk)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        .build();
    TransactWriteItem::builder().set_put(put.ok()).build()
}
