//! A minimal store of journeys in memory, for testing the API.

use std::collections::{BTreeMap, BTreeSet};
use std::future::{Future, ready};
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport, ErasureStatus};
use cxtrace_domain::journeys::query::{
    Admission, DecisionOutcome, DecisionRequest, EvidenceReport, JourneyPage, JourneyQueries, ListPosition, ListQuery,
    Lookup, PhoneSearch, SearchBy, Unavailable,
};
use cxtrace_domain::journeys::{DecisionAct, Id, Journey, JourneyId, JourneySummary};
use cxtrace_privacy::{Pseudonym, Telephone};

use crate::samples;
use crate::support::{at, pseudonyms};

/// The journeys, and the queries so far.
pub(crate) struct Memory {
    pub(crate) kept: Vec<Kept>,
    pub(crate) moved: BTreeMap<JourneyId, JourneyId>,
    pub(crate) down: bool,
    /// The id of a journey that is too large to be read.
    pub(crate) large: Option<JourneyId>,
    /// The number of journeys that one page examines.
    pub(crate) most_looked_at: usize,
    pub(crate) asked: Mutex<Vec<ListQuery>>,
    pub(crate) decided: Mutex<Vec<DecisionRequest>>,
    pub(crate) erased: Mutex<Vec<Erasure>>,
    /// The numbers that were searched for, by user.
    pub(crate) searched: Mutex<BTreeSet<(Pseudonym, Pseudonym)>>,
}

pub(crate) struct Kept {
    pub(crate) journey: Journey,
    pub(crate) phone: Option<Pseudonym>,
    pub(crate) evidence: Option<EvidenceReport>,
}

pub(crate) const PHONE: &str = "+44 7700 900123";

/// A number with more journeys than one request erases.
pub(crate) const BUSY: &str = "+44 7700 900200";

/// A number that is the contact centre's own.
pub(crate) const CENTRE: &str = "+44 113 496 0200";

impl Memory {
    pub(crate) fn of(journeys: impl IntoIterator<Item = Journey>) -> Self {
        let kept = journeys.into_iter().map(|journey| Kept { journey, phone: None, evidence: None }).collect();
        Self {
            kept,
            moved: BTreeMap::new(),
            down: false,
            large: None,
            most_looked_at: usize::MAX,
            asked: Mutex::default(),
            decided: Mutex::default(),
            erased: Mutex::default(),
            searched: Mutex::default(),
        }
    }

    /// A full journey of a known phone number, one that is still going on, and one that was merged into the first.
    pub(crate) fn sample() -> Self {
        let started_at = at("2026-11-20T09:10:00.123Z");
        let mut memory = Self::of([samples::full(1, started_at), samples::short(2, at("2026-11-20T11:59:00Z"))]);
        memory.kept[0].phone = Some(Telephone::read(PHONE, &pseudonyms()).unwrap().hash);
        memory.kept[0].evidence = Some(samples::evidence(1, started_at));
        memory.moved.insert(samples::journey_id(3), samples::journey_id(1));
        memory
    }

    fn listed(&self, query: ListQuery) -> JourneyPage {
        let is_meant = |kept: &&Kept| match &query.by {
            SearchBy::Time | SearchBy::Metric(_) => true,
            SearchBy::Phone(hashes) => kept.phone.is_some_and(|phone| hashes.contains(&phone)),
            SearchBy::Id(ids, journey) => {
                *journey == Some(kept.journey.id)
                    || kept.journey.ids.iter().any(|own| ids.iter().any(|id| is_same(own, id)))
            }
        };
        let mut rows: Vec<_> =
            self.kept.iter().filter(is_meant).map(|kept| JourneySummary::of(&kept.journey)).collect();
        rows.sort_by_key(|row| std::cmp::Reverse(ListPosition::of(row)));
        let ahead: Vec<_> =
            rows.into_iter().filter(|row| query.after.is_none_or(|after| ListPosition::of(row) < after)).collect();
        let mut page =
            JourneyPage { journeys: Vec::new(), next: None, searched_to: query.from, found_by: self.found_by(&query) };
        for (looked_at, row) in ahead.into_iter().enumerate() {
            if looked_at == self.most_looked_at || page.journeys.len() == query.limit {
                page.searched_to = page.next.map_or(query.to, |next: ListPosition| next.started_at);
                return page;
            }
            page.next = Some(ListPosition::of(&row));
            page.journeys.extend(query.matches(&row).then_some(row));
        }
        page.next = None;
        page
    }

    /// The ids that find each journey.
    fn found_by(&self, query: &ListQuery) -> BTreeMap<JourneyId, BTreeSet<Id>> {
        let SearchBy::Id(ids, _) = &query.by else { return BTreeMap::new() };
        let mut found: BTreeMap<_, BTreeSet<Id>> = BTreeMap::new();
        for (kept, id) in self.kept.iter().flat_map(|kept| ids.iter().map(move |id| (kept, id))) {
            if kept.journey.ids.iter().any(|own| is_same(own, id)) {
                found.entry(kept.journey.id).or_default().insert(id.clone());
            }
        }
        found
    }

    fn found<T>(&self, id: JourneyId, pick: impl Fn(&Kept) -> Option<T>) -> Result<Lookup<T>, Unavailable> {
        if self.down {
            return Err(Unavailable);
        }
        if self.large == Some(id) {
            return Ok(Lookup::TooLarge);
        }
        if let Some(to) = self.moved.get(&id) {
            return Ok(Lookup::MergedInto(*to));
        }
        Ok(self.kept.iter().find(|kept| kept.journey.id == id).and_then(pick).map_or(Lookup::Missing, Lookup::Found))
    }
}

fn is_same(own: &cxtrace_domain::journeys::document::NativeId, id: &Id) -> bool {
    own.namespace == id.namespace().as_str() && own.value == id.value()
}

impl JourneyQueries for &Memory {
    fn list(&self, query: ListQuery) -> impl Future<Output = Result<JourneyPage, Unavailable>> + Send {
        self.asked.lock().unwrap().push(query.clone());
        ready(if self.down { Err(Unavailable) } else { Ok(self.listed(query)) })
    }

    fn journey(
        &self,
        id: JourneyId,
        _now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Lookup<Box<Journey>>, Unavailable>> + Send {
        ready(self.found(id, |kept| Some(Box::new(kept.journey.clone()))))
    }

    fn evidence(&self, id: JourneyId) -> impl Future<Output = Result<Lookup<EvidenceReport>, Unavailable>> + Send {
        ready(self.found(id, |kept| kept.evidence.clone()))
    }

    fn admit(&self, search: PhoneSearch) -> impl Future<Output = Result<Admission, Unavailable>> + Send {
        let mut searched = self.searched.lock().unwrap();
        let own = (search.user, search.number);
        let count = searched.iter().filter(|(user, _)| *user == search.user).count();
        let is_admitted = searched.contains(&own) || count < search.limits.per_minute as usize;
        searched.extend(is_admitted.then_some(own));
        ready(Ok(if is_admitted { Admission::Admitted } else { Admission::Refused(TimeDelta::seconds(41)) }))
    }

    fn erase(&self, erasure: Erasure) -> impl Future<Output = Result<ErasureReport, Unavailable>> + Send {
        let is = |phone: &str| erasure.numbers.contains(&Telephone::read(phone, &pseudonyms()).unwrap().hash);
        let report = match (is(BUSY), is(CENTRE) && !erasure.with_centre) {
            (true, _) => {
                let journeys = erasure.most_journeys;
                let status = ErasureStatus::Partial;
                ErasureReport { status, journeys, facts: 50, items: 90, remaining: 3, too_large: 0 }
            }
            (_, true) => ErasureReport { status: ErasureStatus::CentresOwn, ..ErasureReport::default() },
            _ => ErasureReport { journeys: 1, facts: 2, items: 5, ..ErasureReport::default() },
        };
        self.erased.lock().unwrap().push(erasure);
        ready(if self.down { Err(Unavailable) } else { Ok(report) })
    }

    fn decide(&self, request: DecisionRequest) -> impl Future<Output = Result<DecisionOutcome, Unavailable>> + Send {
        let mut decided = self.decided.lock().unwrap();
        let journey = self.moved.get(&request.journey).copied().unwrap_or(request.journey);
        let found = self.found(journey, |kept| Some(kept.evidence.clone()));
        let outcome = found.map(|found| match found {
            Lookup::Found(Some(evidence)) if evidence.edges.iter().any(|edge| edge.id == request.edge) => {
                let latest = decided.iter().rfind(|other| other.edge == request.edge).map(|other| other.decision.act);
                let already = latest.unwrap_or(DecisionAct::Restore) == request.decision.act;
                decided.push(request);
                if already { DecisionOutcome::Already } else { DecisionOutcome::Done }
            }
            Lookup::Found(_) => DecisionOutcome::NoEdge,
            Lookup::MergedInto(_) | Lookup::Missing => DecisionOutcome::NoJourney,
            Lookup::TooLarge => DecisionOutcome::TooLarge,
        });
        drop(decided);
        ready(outcome)
    }
}
