//! Which journeys have an id: usually the one that it joins. An id that joins nothing, because too many journeys have it, and a
//! code, which belongs to many journeys one after the other, lead to each of them.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::{Gathered, Id, JourneyId, Namespace, Source};
use cxtrace_store::StoreError;
use cxtrace_store::correlation::RowContent;
use futures::stream::{self, StreamExt, TryStreamExt};

use crate::assembly::Assembly;

/// A search by a code finds at most this many journeys. A search by an id that too many journeys have finds as many for each
/// source that links it.
const MAX_SHARING: usize = 200;

/// How many journeys are looked for concurrently.
const CONCURRENCY: usize = 16;

/// A search by a code reads these times before its end, until it has found something: codes are used again and again.
const CODE_DAYS: [i64; 4] = [1, 7, 31, 366];

impl Assembly {
    /// The journeys that have `id`. Events of a code are read in `from..=to`.
    pub(crate) async fn journeys_with(
        &self,
        id: &Id,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<BTreeSet<JourneyId>, StoreError> {
        if *id.namespace() == Namespace::WEB_CODE {
            return self.journeys_with_code(id, from, to).await;
        }
        let gathered = match self.gather(id).await {
            Ok(gathered) => gathered,
            Err(StoreError::TooMuch { .. }) => return Ok(BTreeSet::from([id.journey()])),
            Err(error) => return Err(error),
        };
        let mut found: BTreeSet<_> = gathered.journey().into_iter().collect();
        if gathered.is_shared(id) {
            found.extend(self.journeys_sharing(id, &gathered).await?);
        }
        Ok(found)
    }

    /// The journeys of the ids that are linked with a shared `id`.
    async fn journeys_sharing(&self, id: &Id, gathered: &Gathered) -> Result<BTreeSet<JourneyId>, StoreError> {
        let sources: BTreeSet<Option<&Source>> =
            gathered.quarantines().filter(|(shared, _)| *shared == id).map(|(_, source)| source).collect();
        let mut linked = BTreeSet::new();
        for source in sources {
            linked.extend(self.table.neighbours_after(id, source, None, MAX_SHARING).await?);
        }
        // Most of them have a row of their own, or one that leads to their journey. The others are looked for.
        let own: Vec<_> = linked.iter().map(Id::journey).collect();
        let (mut found, mut absent) = (BTreeSet::new(), BTreeSet::new());
        for row in self.table.rows(&own).await? {
            match row.content {
                RowContent::Listed(_) => drop(found.insert(row.journey)),
                RowContent::MergedInto(to) => drop(found.insert(to)),
                RowContent::Absent => drop(absent.insert(row.journey)),
                RowContent::Erased(_) => {}
            }
        }
        let others = linked.iter().filter(|id| absent.contains(&id.journey()));
        found.extend(self.journeys_of(others).await?);
        Ok(found)
    }

    /// The journeys in which a code was shown or used: the latest ones.
    async fn journeys_with_code(
        &self,
        code: &Id,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<BTreeSet<JourneyId>, StoreError> {
        let mut events = Vec::new();
        for days in CODE_DAYS {
            let since = from.max(to - TimeDelta::days(days));
            events = self.table.events_of_code(code, since, to).await?;
            if !events.is_empty() || since == from {
                break;
            }
        }
        let mut anchors = BTreeSet::new();
        for event in events.into_iter().rev() {
            if anchors.len() < MAX_SHARING {
                anchors.insert(event.anchor);
            }
        }
        self.journeys_of(&anchors).await
    }

    /// The journeys that `ids` join.
    async fn journeys_of(&self, ids: impl IntoIterator<Item = &Id>) -> Result<BTreeSet<JourneyId>, StoreError> {
        let gathers: Vec<_> = ids.into_iter().map(|id| self.gather(id)).collect();
        let journey = |gathered: Result<Gathered, StoreError>| match gathered {
            Ok(gathered) => Ok(gathered.journey()),
            Err(StoreError::TooMuch { .. }) => Ok(None),
            Err(error) => Err(error),
        };
        let found: Vec<_> = stream::iter(gathers).buffer_unordered(CONCURRENCY).map(journey).try_collect().await?;
        Ok(found.into_iter().flatten().collect())
    }
}
