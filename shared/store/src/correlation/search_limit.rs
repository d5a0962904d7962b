//! How many different phone numbers a user has searched for. Each search is one conditional write or two, so all instances
//! count together, exactly.

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::query::{Admission, PhoneSearch};

use super::key;
use crate::error::StoreError;
use crate::item::{number, text};
use crate::key::key as primary;
use crate::table::CorrelationTable;

/// A window is kept for so long after its end.
const KEPT: TimeDelta = TimeDelta::days(1);

/// So many characters of a hash tell a user's numbers apart.
const ENTRY_CHARACTERS: usize = 16;

impl CorrelationTable {
    /// Counts `search`, and says whether its user may make it.
    ///
    /// # Errors
    /// When DynamoDB does not answer. The search must not be made then.
    pub async fn admit(&self, search: &PhoneSearch) -> Result<Admission, StoreError> {
        let limits = search.limits;
        for (name, length, max) in
            [("minute", TimeDelta::minutes(1), limits.per_minute), ("day", TimeDelta::days(1), limits.per_day)]
        {
            let start = search.at.timestamp().div_euclid(length.num_seconds()) * length.num_seconds();
            let end = DateTime::from_timestamp(start, 0).unwrap_or(search.at) + length;
            if !self.count_search(search, &format!("{name}#{start}"), end, max).await? {
                return Ok(Admission::Refused(end - search.at));
            }
        }
        Ok(Admission::Admitted)
    }

    /// Adds the number to those of one window. Returns `false` when the window is full.
    async fn count_search(
        &self,
        search: &PhoneSearch,
        window: &str,
        end: DateTime<Utc>,
        max: u32,
    ) -> Result<bool, StoreError> {
        let entry: String = search.number.to_string().chars().rev().take(ENTRY_CHARACTERS).collect();
        let request = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(primary(key::searches(search.user), window)))
            .update_expression("SET expires_at = :until ADD numbers :one")
            .condition_expression("attribute_not_exists(numbers) OR contains(numbers, :entry) OR size(numbers) < :max")
            .expression_attribute_values(":until", number((end + KEPT).timestamp()))
            .expression_attribute_values(":one", AttributeValue::Ss(vec![entry.clone()]))
            .expression_attribute_values(":entry", text(entry))
            .expression_attribute_values(":max", number(max));
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(StoreError::request("UpdateItem of a search limit", &self.name, error)),
        }
    }
}
