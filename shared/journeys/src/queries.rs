//! Lists, single journeys, evidence and retractions: the implementation of the port [`JourneyQueries`].

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::assemble::edges;
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport};
use cxtrace_domain::journeys::query::{
    Admission, DecisionOutcome, DecisionRequest, EvidenceReport, JourneyPage, JourneyQueries, ListPosition, ListQuery,
    Lookup, PhoneSearch, SearchBy, Unavailable,
};
use cxtrace_domain::journeys::{
    Decision, DecisionAct, Id, Journey, JourneyId, JourneySummary, Reason, Retraction, assemble,
};
use cxtrace_error_chain::error_chain;
use cxtrace_privacy::Pseudonym;
use cxtrace_store::StoreError;
use cxtrace_store::correlation::{Consistency, JourneyRow, PhoneMentions, RowContent};

use crate::assembly::{Assembled, Assembly};

/// A page looks at this many conversations of one phone number, and at the rest of the last hour.
const MAX_MENTIONS: usize = 1_000;

/// A page looks at this many mentions that came after the range of the page: a journey that began in the range may
/// mention the number only later. A journey whose first mention comes after these is not found.
const MAX_LATER_MENTIONS: usize = 3_000;

/// A search by a flow metric reads this many pages of rows for a page of its results, each of [`ListQuery::MAX_LIMIT`]
/// rows. The rows hold the metrics, so no write is needed for each metric that is set.
const MAX_METRIC_PAGES: usize = 10;

/// How many redirects of a merged journey are followed.
const MAX_REDIRECTS: usize = 10;

const HOUR: TimeDelta = TimeDelta::hours(1);

/// A mention that comes this long after a journey began does not find the journey.
const MAX_MENTION_DELAY: TimeDelta = TimeDelta::days(30);

impl JourneyQueries for Assembly {
    async fn list(&self, query: ListQuery) -> Result<JourneyPage, Unavailable> {
        let page = match &query.by {
            SearchBy::Time => self.by_time(&query).await,
            SearchBy::Phone(phone) => self.by_phone(&query, phone).await,
            SearchBy::Id(ids, journey) => self.by_id(&query, ids, *journey).await,
            SearchBy::Metric(_) => self.by_metric(&query).await,
        };
        page.map_err(|error| unavailable(&error))
    }

    async fn journey(&self, id: JourneyId, now: DateTime<Utc>) -> Result<Lookup<Box<Journey>>, Unavailable> {
        Ok(match self.read(id, now).await.map_err(|error| unavailable(&error))? {
            Lookup::Found(assembled) => Lookup::Found(Box::new(assembled.journey)),
            Lookup::MergedInto(to) => Lookup::MergedInto(to),
            Lookup::Missing => Lookup::Missing,
            Lookup::TooLarge => Lookup::TooLarge,
        })
    }

    async fn evidence(&self, id: JourneyId) -> Result<Lookup<EvidenceReport>, Unavailable> {
        let now = self.now();
        Ok(match self.read(id, now).await.map_err(|error| unavailable(&error))? {
            Lookup::Found(Assembled { gathered, .. }) => {
                let quarantined = gathered.quarantined.iter().cloned().collect();
                Lookup::Found(EvidenceReport { id, edges: edges(&gathered), quarantined })
            }
            Lookup::MergedInto(to) => Lookup::MergedInto(to),
            Lookup::Missing => Lookup::Missing,
            Lookup::TooLarge => Lookup::TooLarge,
        })
    }

    async fn decide(&self, request: DecisionRequest) -> Result<DecisionOutcome, Unavailable> {
        self.decide_edge(&request).await.map_err(|error| unavailable(&error))
    }

    async fn admit(&self, search: PhoneSearch) -> Result<Admission, Unavailable> {
        self.table.admit(&search).await.map_err(|error| unavailable(&error))
    }

    async fn erase(&self, erasure: Erasure) -> Result<ErasureReport, Unavailable> {
        self.erase_journeys(&erasure).await.map_err(|error| unavailable(&error))
    }
}

impl Assembly {
    /// The journey under `id`, from its facts.
    ///
    /// # Errors
    /// When the table does not answer.
    pub async fn read(&self, id: JourneyId, now: DateTime<Utc>) -> Result<Lookup<Assembled>, StoreError> {
        let row = self.row(id).await?;
        let listing = match &row.content {
            RowContent::Listed(listing) => listing,
            RowContent::MergedInto(to) => return Ok(Lookup::MergedInto(*to)),
            RowContent::Absent | RowContent::Erased(_) => return Ok(Lookup::Missing),
        };
        let gathered = match self.gather_within_limits(&listing.anchor, Consistency::Strong).await {
            Err(error @ StoreError::TooMuch { .. }) => {
                tracing::warn!(journey = %id, error = error_chain(&error), "a journey is too large to be shown");
                return Ok(Lookup::TooLarge);
            }
            gathered => gathered?,
        };
        // Rows may be a moment behind the facts. If the facts name an older journey, the redirect is followed only if
        // that journey has a row. Until then the journey is shown here, so that no redirect leads to a missing journey
        // or back.
        if let Some(to) = gathered.journey().filter(|to| *to != id)
            && self.row(to).await?.listing().is_some()
        {
            return Ok(Lookup::MergedInto(to));
        }
        let Some(mut journey) = assemble(&gathered, &self.policy, row.settled(), now) else {
            return Ok(Lookup::Missing);
        };
        journey.id = id;
        Ok(Lookup::Found(Assembled { journey, gathered }))
    }

    async fn row(&self, id: JourneyId) -> Result<JourneyRow, StoreError> {
        let mut rows = self.table.rows(&[id]).await?;
        rows.pop().ok_or(StoreError::Unreadable {
            pk: format!("journey#{id}"),
            sk: String::new(),
            reason: "DynamoDB's response does not name it".to_owned(),
        })
    }

    async fn by_time(&self, query: &ListQuery) -> Result<JourneyPage, StoreError> {
        let page = self.table.list(query.from, query.to, query.after.as_ref(), query.limit).await?;
        page.unreadable.iter().for_each(log_unreadable);
        let journeys = page.rows.iter().filter_map(summary).filter(|summary| query.matches(summary)).collect();
        let searched_to = page.next.map_or(query.from, |next| next.started_at);
        Ok(JourneyPage { journeys, next: page.next, searched_to, found_by: BTreeMap::new() })
    }

    /// The journeys that set a metric, from the rows of all journeys.
    async fn by_metric(&self, query: &ListQuery) -> Result<JourneyPage, StoreError> {
        let (mut journeys, mut next) = (Vec::new(), query.after);
        for _ in 0..MAX_METRIC_PAGES {
            let page = self.table.list(query.from, query.to, next.as_ref(), ListQuery::MAX_LIMIT).await?;
            page.unreadable.iter().for_each(log_unreadable);
            journeys.extend(page.rows.iter().filter_map(summary).filter(|summary| query.matches(summary)));
            next = page.next;
            if next.is_none() || journeys.len() >= query.limit {
                break;
            }
        }
        if journeys.len() > query.limit {
            journeys.truncate(query.limit);
            next = journeys.last().map(ListPosition::of);
        }
        let searched_to = next.map_or(query.from, |next| next.started_at);
        Ok(JourneyPage { journeys, next, searched_to, found_by: BTreeMap::new() })
    }

    async fn by_id(&self, query: &ListQuery, ids: &[Id], own: Option<JourneyId>) -> Result<JourneyPage, StoreError> {
        let mut found_by: BTreeMap<JourneyId, BTreeSet<Id>> = BTreeMap::new();
        for id in ids {
            for journey in self.journeys_with(id, query.from, query.to).await? {
                found_by.entry(journey).or_default().insert(id.clone());
            }
        }
        let journeys = found_by.keys().copied().chain(own).collect();
        Ok(JourneyPage { found_by, ..self.by_ids(query, journeys, None).await? })
    }

    /// The journeys in which a number was mentioned. Mentions are stored by the hour, and may come hours after a journey
    /// began. A number with very many mentions is read from the latest hour backwards, some hours for each page.
    async fn by_phone(&self, query: &ListQuery, phone: &[Pseudonym]) -> Result<JourneyPage, StoreError> {
        let to = query.after.map_or(query.to, |after| match after.journey {
            // That hour is complete.
            JourneyId::LEAST => after.started_at - TimeDelta::milliseconds(1),
            _ => after.started_at.min(query.to),
        });
        let next = to + TimeDelta::milliseconds(1);
        let (mut all, mut since) = (BTreeSet::new(), None);
        for phone in phone {
            let PhoneMentions { anchors, complete_since } =
                self.table.latest_mentions(*phone, query.from - HOUR, to, MAX_MENTIONS).await?;
            all.extend(anchors);
            since = since.max(complete_since.filter(|since| *since > query.from));
            let later = query.to + MAX_MENTION_DELAY;
            all.extend(self.table.first_mentions(*phone, next, later, MAX_LATER_MENTIONS).await?);
        }
        self.by_ids(query, all.iter().map(Id::journey).collect(), since).await
    }

    /// A page of journeys with known ids. Journeys that began before `since` are on the next pages.
    async fn by_ids(
        &self,
        query: &ListQuery,
        ids: BTreeSet<JourneyId>,
        since: Option<DateTime<Utc>>,
    ) -> Result<JourneyPage, StoreError> {
        let mut ids = ids;
        let mut rows = Vec::new();
        let mut followed = BTreeSet::new();
        while !ids.is_empty() {
            followed.extend(ids.iter().copied());
            let found = self.table.readable_rows(&ids.into_iter().collect::<Vec<_>>()).await?;
            let found: Vec<_> = found.into_iter().filter_map(|row| row.inspect_err(log_unreadable).ok()).collect();
            rows.extend(found.iter().filter_map(summary));
            ids = found.iter().filter_map(merged_into).filter(|to| !followed.contains(to)).collect();
        }
        rows.retain(|row: &JourneySummary| {
            query.matches(row) && query.after.is_none_or(|after| ListPosition::of(row) < after)
        });
        rows.retain(|row| since.is_none_or(|since| since <= row.started_at.0));
        rows.sort_by_key(|row| std::cmp::Reverse(ListPosition::of(row)));
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let rest = since.map(|since| ListPosition { started_at: since, journey: JourneyId::LEAST });
        let next = rows.last().filter(|_| more).map(ListPosition::of).or(rest);
        let searched_to = next.map_or(query.from, |next| next.started_at);
        Ok(JourneyPage { journeys: rows, next, searched_to, found_by: BTreeMap::new() })
    }

    async fn decide_edge(&self, request: &DecisionRequest) -> Result<DecisionOutcome, StoreError> {
        let mut journey = request.journey;
        let mut found = self.read(journey, request.decision.at).await?;
        for _ in 0..MAX_REDIRECTS {
            let Lookup::MergedInto(to) = found else { break };
            journey = to;
            found = self.read(journey, request.decision.at).await?;
        }
        let gathered = match found {
            Lookup::Found(assembled) => assembled.gathered,
            Lookup::MergedInto(_) | Lookup::Missing => return Ok(DecisionOutcome::NoJourney),
            Lookup::TooLarge => return Ok(DecisionOutcome::TooLarge),
        };
        let DecisionRequest { edge: id, decision, .. } = request;
        let is_retracted = gathered.retracted.contains(id);
        let already = is_retracted == (decision.act == DecisionAct::Retract);
        // After a retraction, both parts know the edge, whichever of them has the fact that reports it.
        let Some(edge) = gathered.edges.get(id) else { return Ok(DecisionOutcome::NoEdge) };
        let latest = gathered.decisions.get(id).and_then(|decisions| decisions.last());
        let decide = |decision: Decision| Retraction::decided(edge.a.clone(), edge.b.clone(), decision);
        if already {
            // After a crash, only one side may have it.
            if let Some(latest) = latest {
                self.table.retract(&decide(latest.clone())).await?;
            }
            return Ok(DecisionOutcome::Already);
        }
        // The latest decision holds. So a new one comes after those that are known, whatever the clocks say.
        let after = latest.map(|latest| latest.at + TimeDelta::milliseconds(1));
        let at = after.map_or(decision.at, |after| after.max(decision.at));
        let (act, reason) = (decision.act.as_str(), decision.reason.map(Reason::as_str));
        tracing::info!(edge = %id, %journey, by = decision.by, act, reason, "deciding about an edge");
        self.table.retract(&decide(Decision { at, ..decision.clone() })).await?;
        Ok(DecisionOutcome::Done)
    }
}

/// The summary in a row; `None` when this version cannot show it, or the row is not part of a list.
fn summary(row: &JourneyRow) -> Option<JourneySummary> {
    row.listing()?
        .summary
        .as_result()
        .inspect_err(|error| tracing::error!(journey = %row.journey, %error, "a journey is left out of a list"))
        .ok()
        .cloned()
}

fn merged_into(row: &JourneyRow) -> Option<JourneyId> {
    match row.content {
        RowContent::MergedInto(to) => Some(to),
        RowContent::Absent | RowContent::Listed(_) | RowContent::Erased(_) => None,
    }
}

fn log_unreadable(error: &StoreError) {
    tracing::error!(error = error_chain(error), "a row cannot be read, and is left out of a list");
}

fn unavailable(error: &StoreError) -> Unavailable {
    tracing::warn!(error = error_chain(error), "a query could not be answered from the correlation table");
    Unavailable
}
