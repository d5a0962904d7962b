//! Stores carries: the decision in the note of the closed ledger, and the counts as items of the receiving ledgers.
//!
//! The decision is one conditional write. The keys of the counts follow from it, so storing them again changes nothing.
//! The last step notes that all of them are stored. Until then, every reader of the ledger stores them again.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValuesOnConditionCheckFailure};
use cxtrace_domain::metrics::{Bucket, Carried, CarriedCount, Carry, Ledger};

use crate::error::StoreError;
use crate::item::{Item, Reader, number, text};
use crate::key::{self, BucketKey, NOTE};
use crate::table::{StateTable, item};

impl StateTable {
    /// Decides `carry` out of `from`, unless its preconditions have changed since `seen` was read. The previous carry
    /// must be finished.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the note has changed.
    pub async fn decide_carry(&self, from: BucketKey, seen: &Ledger, carry: Carry) -> Result<(), StoreError> {
        let operation = "UpdateItem of a carry";
        let read = [("carries", seen.carried.number()), ("accepted", seen.accepted), ("attempted", seen.attempted)];
        let unchanged = |(name, value): &(&str, u64)| match value {
            0 => format!("(attribute_not_exists(#{name}) OR #{name} = :seen_{name})"),
            _ => format!("#{name} = :seen_{name}"),
        };
        let mut request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(from.pk(), NOTE)))
            .update_expression(
                "SET #carries = :carries, #to = :to, #count = :count, #doubtful = :doubtful, #expiry = :expiry \
                 ADD #carried :count, #uncertain :doubtful",
            )
            .condition_expression(read.iter().map(unchanged).collect::<Vec<_>>().join(" AND "))
            .expression_attribute_names("#to", "carry_to")
            .expression_attribute_names("#count", "carry_count")
            .expression_attribute_names("#doubtful", "carry_uncertain")
            .expression_attribute_names("#carried", "carried")
            .expression_attribute_names("#uncertain", "uncertain")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":carries", number(carry.number))
            .expression_attribute_values(":to", number(carry.to))
            .expression_attribute_values(":count", number(carry.count))
            .expression_attribute_values(":doubtful", number(carry.uncertain))
            .expression_attribute_values(":expiry", self.expiry())
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for (name, value) in read {
            request = request
                .expression_attribute_names(format!("#{name}"), name)
                .expression_attribute_values(format!(":seen_{name}"), number(value));
        }
        match request.send().await {
            Ok(_) => Ok(()),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                let decided = match e.into_err() {
                    UpdateItemError::ConditionalCheckFailedException(failure) => {
                        read_carried(&failure.item.unwrap_or_default())?.latest
                    }
                    _ => None,
                };
                // The SDK retries when no response came. Then the first attempt may have decided.
                if decided == Some(carry) {
                    return Ok(());
                }
                Err(StoreError::Contended { operation, table: self.name.clone(), attempts: 1 })
            }
            Err(error) => Err(StoreError::request(operation, &self.name, error)),
        }
    }

    /// Stores the counts of carries. A count that exists already only gets a new expiry.
    ///
    /// # Errors
    /// When DynamoDB does not accept all of them. Some may be written: storing them again is harmless.
    pub async fn put_carried_counts(&self, counts: &[CarriedCount]) -> Result<(), StoreError> {
        // One batch must not contain a key twice.
        let items: BTreeMap<_, _> =
            counts.iter().map(|count| ((count.series.id(), count.bucket, count.id), self.count_item(count))).collect();
        self.put_all(items.into_values().collect()).await
    }

    /// Notes that every count of carry number `number` out of `from` is stored.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn note_carry_finished(&self, from: BucketKey, number: u64) -> Result<(), StoreError> {
        let outcome = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(from.pk(), NOTE)))
            .update_expression("SET #finished = :number, #expiry = :expiry")
            .condition_expression("#carries = :number")
            .expression_attribute_names("#finished", "finished")
            .expression_attribute_names("#carries", "carries")
            .expression_attribute_names("#expiry", "expires_at")
            .expression_attribute_values(":number", crate::item::number(number))
            .expression_attribute_values(":expiry", self.expiry())
            .send()
            .await;
        // If the condition fails, a later carry was decided in the meantime, so another invocation has finished this one.
        self.is_written("UpdateItem of a finished carry", outcome).map(drop)
    }

    fn count_item(&self, count: &CarriedCount) -> Item {
        let key = BucketKey { series: count.series.id(), bucket: count.bucket };
        let mut item = item(key.pk(), key::carried(count.id));
        item.extend([
            ("count".to_owned(), number(count.count)),
            ("name".to_owned(), text(count.series.name())),
            ("tags".to_owned(), AttributeValue::L(count.series.tags().map(text).collect())),
            ("interval".to_owned(), number(count.interval)),
            ("expires_at".to_owned(), self.expiry()),
        ]);
        item
    }
}

/// Reads the carries in a ledger's note.
pub(crate) fn read_carried(note: &Item) -> Result<Carried, StoreError> {
    let reader = Reader(note);
    let latest = match reader.number("carries")? {
        None => None,
        Some(number) => Some(Carry {
            number,
            to: Bucket::starting_at(reader.required_number("carry_to")?),
            count: reader.required_number("carry_count")?,
            uncertain: reader.required_number("carry_uncertain")?,
        }),
    };
    Ok(Carried {
        count: reader.number("carried")?.unwrap_or(0),
        uncertain: reader.number("uncertain")?.unwrap_or(0),
        latest,
        finished: reader.number("finished")?.unwrap_or(0),
    })
}
