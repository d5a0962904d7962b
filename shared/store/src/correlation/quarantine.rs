//! Quarantined ids, at which the links of a source join nothing any more, and the progress of refreshing the journeys that these
//! links had joined.
//!
//! The mark is stored before the first refresh, so that the decision is visible at once. It names the last refreshed
//! neighbour. A process that finds an unfinished mark continues from there.

use aws_sdk_dynamodb::error::SdkError;
use chrono::DateTime;
use cxtrace_domain::journeys::{Id, Source};

use super::gather::Consistency;
use super::key;
use crate::error::StoreError;
use crate::item::{Item, Reader, text};
use crate::key::{SK, key as primary};
use crate::table::{CorrelationTable, item};

/// The sort key of the last neighbour that was refreshed. A mark without it is finished.
const REFRESHED_TO: &str = "refreshed_to";

/// The progress of refreshing the journeys that a quarantined id had joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Quarantine {
    /// All journeys are refreshed.
    Finished,
    /// The journeys of all neighbours up to this one are refreshed; `None` at the beginning.
    RefreshedTo(Option<Id>),
}

impl CorrelationTable {
    /// Marks `id` as quarantined for the links of `source`, or of every source, unless it is marked already. Returns the progress
    /// of its refresh.
    ///
    /// From then on these links join nothing at `id`, even after entries of its neighbours have expired. The mark remains
    /// as long as the id is in use.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn quarantine(&self, id: &Id, source: Option<&Source>) -> Result<Quarantine, StoreError> {
        if let Some(mark) = self.mark_of(id, source).await? {
            let known = progress(&mark);
            let expiry = Reader(&mark).number::<i64>("expires_at").ok().flatten();
            let expiry = expiry.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
            if expiry.is_none_or(|expiry| self.is_past_half_life(expiry)) {
                self.put_quarantine(id, source, &known, "attribute_exists(pk)").await?;
            }
            return Ok(known);
        }
        let begun = Quarantine::RefreshedTo(None);
        if self.put_quarantine(id, source, &begun, "attribute_not_exists(pk)").await? {
            return Ok(begun);
        }
        Ok(self.quarantine_of(id, source).await?.unwrap_or(begun))
    }

    /// The mark of `id`; `None` when it is not marked.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn quarantine_of(&self, id: &Id, source: Option<&Source>) -> Result<Option<Quarantine>, StoreError> {
        Ok(self.mark_of(id, source).await?.as_ref().map(progress))
    }

    async fn mark_of(&self, id: &Id, source: Option<&Source>) -> Result<Option<Item>, StoreError> {
        let request = self.client.get_item().table_name(&self.name).consistent_read(true);
        let response = request.set_key(Some(primary(key::id(id), key::quarantine(source)))).send().await;
        let response = response.map_err(|e| StoreError::request("GetItem of a quarantine", &self.name, e))?;
        Ok(response.item)
    }

    /// Stores the progress of the refresh for `id`, unless another process has finished it.
    ///
    /// # Errors
    /// When the request to DynamoDB fails.
    pub async fn note_quarantine(
        &self,
        id: &Id,
        source: Option<&Source>,
        reached: &Quarantine,
    ) -> Result<(), StoreError> {
        self.put_quarantine(id, source, reached, "attribute_exists(refreshed_to)").await?;
        Ok(())
    }

    async fn put_quarantine(
        &self,
        id: &Id,
        source: Option<&Source>,
        reached: &Quarantine,
        condition: &'static str,
    ) -> Result<bool, StoreError> {
        let mut mark = item(key::id(id), key::quarantine(source));
        mark.insert("expires_at".to_owned(), self.expiry());
        if let Quarantine::RefreshedTo(neighbour) = reached {
            let reached = neighbour.as_ref().map_or_else(|| key::edges_of(source), |other| key::edge(source, other));
            mark.insert(REFRESHED_TO.to_owned(), text(reached));
        }
        let request =
            self.client.put_item().table_name(&self.name).set_item(Some(mark)).condition_expression(condition);
        match request.send().await {
            Ok(_) => Ok(true),
            Err(SdkError::ServiceError(e)) if e.err().is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(StoreError::request("PutItem of a quarantine", &self.name, error)),
        }
    }

    /// At most `limit` neighbours of `id` that `source` links, after `after`, in the order of their keys. `None` stands for the
    /// entries of an earlier version. Unreadable items are set aside.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn neighbours_after(
        &self,
        id: &Id,
        source: Option<&Source>,
        after: Option<&Id>,
        limit: usize,
    ) -> Result<Vec<Id>, StoreError> {
        let all = key::edges_of(source);
        let from = after.map_or_else(|| all.clone(), |after| format!("{}\u{0}", key::edge(source, after)));
        let items = self
            .range("Query of neighbours", key::id(id), (from, key::after(&all)), limit, Consistency::Strong)
            .await?;
        Ok(items.iter().filter_map(|item| self.set_aside.unless_readable(neighbour(item))).collect())
    }
}

fn progress(mark: &Item) -> Quarantine {
    match Reader(mark).text(REFRESHED_TO) {
        // An unreadable mark starts again, because refreshing a journey again changes nothing.
        Ok(reached) => Quarantine::RefreshedTo(key::read_edge(reached).and_then(|(_, id)| id.parse().ok())),
        Err(_) => Quarantine::Finished,
    }
}

fn neighbour(item: &Item) -> Result<Id, StoreError> {
    let reader = Reader(item);
    let id = key::read_edge(reader.text(SK)?).and_then(|(_, id)| id.parse().ok());
    id.ok_or_else(|| reader.unreadable("its sort key must hold an id"))
}
