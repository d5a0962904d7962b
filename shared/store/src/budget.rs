//! The cardinality budget: one item, the set of admitted series. A single conditional update decides for all instances.
//! No series is ever removed.

use std::collections::HashSet;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use cxtrace_domain::metrics::AdmissionId;

use crate::error::StoreError;
use crate::item::{Item, Reader, number};
use crate::key;
use crate::table::StateTable;

const PK: &str = "budget";
const SK: &str = "series";

/// The series that were admitted when this was read. They stay admitted; others may have been admitted since.
pub type Admitted = HashSet<AdmissionId>;

/// The result of asking for admission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// The series is admitted.
    Admitted(Admitted),
    /// The budget is spent, and stays spent.
    Refused(Admitted),
}

impl StateTable {
    /// The admitted series, eventually consistent.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn admitted(&self) -> Result<Admitted, StoreError> {
        let response = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key::key(PK, SK)))
            .send()
            .await
            .map_err(|e| StoreError::request("GetItem of the budget", &self.name, e))?;
        read(&response.item.unwrap_or_default())
    }

    /// Admits `series` if the set has fewer than `most` members.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn admit(&self, series: AdmissionId, most: u32) -> Result<Admission, StoreError> {
        let member = Blob::new(series.as_bytes());
        let outcome = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key::key(PK, SK)))
            .update_expression("ADD #admitted :set")
            .condition_expression(
                "attribute_not_exists(#admitted) OR (size(#admitted) < :most AND NOT contains(#admitted, :member))",
            )
            .expression_attribute_names("#admitted", "admitted")
            .expression_attribute_values(":set", AttributeValue::Bs(vec![member.clone()]))
            .expression_attribute_values(":member", AttributeValue::B(member))
            .expression_attribute_values(":most", number(most))
            .return_values(ReturnValue::AllNew)
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match outcome {
            Ok(response) => Ok(Admission::Admitted(read(&response.attributes.unwrap_or_default())?)),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => {
                let UpdateItemError::ConditionalCheckFailedException(failure) = e.into_err() else {
                    return Ok(Admission::Refused(Admitted::new()));
                };
                let admitted = read(&failure.item.unwrap_or_default())?;
                Ok(if admitted.contains(&series) {
                    Admission::Admitted(admitted)
                } else {
                    Admission::Refused(admitted)
                })
            }
            Err(error) => Err(StoreError::request("UpdateItem of the budget", &self.name, error)),
        }
    }
}

fn read(item: &Item) -> Result<Admitted, StoreError> {
    let reader = Reader(item);
    reader
        .binaries("admitted")?
        .map(|member| match member.try_into() {
            Ok(bytes) => Ok(AdmissionId::from_bytes(bytes)),
            Err(_) => Err(reader.unreadable("an admitted series does not have 16 bytes")),
        })
        .collect()
}
