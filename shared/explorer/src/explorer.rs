//! From a request to a response.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::access::Scope;
use cxtrace_domain::journeys::document::Time;
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport, ErasureStatus};
use cxtrace_domain::journeys::query::{
    Admission, DecisionOutcome, DecisionRequest, JourneyPage, JourneyQueries, ListQuery, Lookup, PhoneSearch, SearchBy,
    Unavailable,
};
use cxtrace_domain::journeys::{Decision, DecisionAct, EdgeId, JourneyId, JourneySummary, Reason};
use cxtrace_privacy::{HashDomain, Pseudonym, Pseudonyms};
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::access_record::AccessRecord;
use crate::api_error::ApiError;
use crate::audit::Audit;
use crate::caller::Caller;
use crate::matched::Row;
use crate::parameters::Parameters;
use crate::request::Request;
use crate::response::{self, Response};
use crate::route::{self, Route};
use crate::settings::Settings;
use crate::{consoles, list_query, page, sending};

/// One request erases this many journeys, which takes some seconds. The next one continues.
const MOST_ERASED: usize = 25;

/// The API's OpenAPI 3.1 document.
const OPENAPI: &str = include_str!("../openapi.json");

/// The explorer over a store of journeys.
#[derive(Debug, Clone)]
pub struct Explorer<J> {
    journeys: J,
    pseudonyms: Pseudonyms,
    settings: Settings,
}

impl From<Unavailable> for ApiError {
    fn from(_: Unavailable) -> Self {
        Self::unavailable()
    }
}

impl<J: JourneyQueries> Explorer<J> {
    /// An explorer of `journeys`. The same `pseudonyms` must have concealed their phone numbers.
    pub fn new(journeys: J, pseudonyms: Pseudonyms, settings: Settings) -> Self {
        Self { journeys, pseudonyms, settings }
    }

    /// The response to `request` of `caller` at `now`.
    pub async fn respond(&self, request: Request, caller: Caller, now: DateTime<Utc>) -> Response {
        let result = self.handle(&request, &caller, now).await;
        let response = result.unwrap_or_else(ApiError::into_response);
        let audit = response.extensions().get::<Audit>().copied();
        let mut response = sending::finish(response, &request, &self.settings);
        // A response that is too large is replaced, and the search was made nevertheless.
        if let Some(audit) = audit {
            response.extensions_mut().insert(audit);
        }
        let record = AccessRecord::of(&request, caller.user(&self.pseudonyms), &response);
        response.extensions_mut().insert(record);
        response
    }

    async fn handle(&self, request: &Request, caller: &Caller, now: DateTime<Utc>) -> Result<Response, ApiError> {
        request.check()?;
        let is_api = route::is_api(&request.path);
        if is_api {
            caller.authorize(&request.headers)?;
        }
        let route = Route::of(&request.path)?;
        route.check_method(&request.method)?;
        let query = request.query.as_deref();
        for scope in route.scopes() {
            caller.check_scope(*scope)?;
        }
        if is_api && route != Route::List {
            Parameters::read(query, &[])?;
        }
        match route {
            Route::Page(name) => page::response(name, &request.headers, self.settings.sign_in.as_ref()),
            Route::Health => Ok(response::json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))),
            Route::Config => Ok(match &self.settings.sign_in {
                Some(sign_in) => response::json(StatusCode::OK, sign_in),
                None => response::json(StatusCode::OK, &serde_json::json!({})),
            }),
            Route::OpenApi => Ok(response::bytes(StatusCode::OK, "application/json", OPENAPI.as_bytes().to_vec())),
            Route::List => {
                let query = list_query::read(query, now, &self.pseudonyms)?;
                if matches!(query.by, SearchBy::Phone(_)) {
                    caller.check_scope(Scope::Search)?;
                }
                // Only who has searched for the number before has a cursor of the search.
                if let (SearchBy::Phone(hashes), None) = (&query.by, query.after) {
                    self.admit(hashes, caller, now).await?;
                }
                self.list(query).await
            }
            Route::Journey(id) => {
                let mut found = self.journeys.journey(id, now).await?;
                if let Lookup::Found(journey) = &mut found {
                    consoles::add(journey, self.settings.trace_url.as_deref());
                }
                lookup(found, |moved| format!("{moved}"))
            }
            Route::Evidence(id) => lookup(self.journeys.evidence(id).await?, |moved| format!("../{moved}/evidence")),
            Route::Decide(edge, act) => self.decide((edge, act), request, caller, now).await,
            Route::Erase => self.erase(request, caller, now).await,
        }
    }

    async fn list(&self, query: ListQuery) -> Result<Response, ApiError> {
        #[derive(Serialize)]
        struct List {
            rows: Vec<Row>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next: Option<String>,
            from: Time,
            to: Time,
            searched_to: Time,
        }
        let JourneyPage { journeys, next, searched_to, found_by } = self.journeys.list(query.clone()).await?;
        let next = next.map(|after| list_query::cursor(&query, after, &self.pseudonyms));
        let (from, to) = (Time(query.from), Time(query.to));
        let searched_to = Time(searched_to.max(query.from));
        let row = |summary: JourneySummary| {
            let ids = found_by.get(&summary.id);
            Row::of(summary, &query.by, ids)
        };
        let rows: Vec<_> = journeys.into_iter().map(row).collect();
        let hits = rows.len();
        let mut response = response::json(StatusCode::OK, &List { rows, next, from, to, searched_to });
        if matches!(query.by, SearchBy::Phone(_)) {
            response.extensions_mut().insert(Audit::PhoneSearch { hits });
        }
        Ok(response)
    }

    /// Counts a search by a phone number. A user may search for a limited number of them, so that nobody can find one by trying.
    async fn admit(&self, hashes: &[Pseudonym], caller: &Caller, now: DateTime<Utc>) -> Result<(), ApiError> {
        let (Some(hash), Some(subject)) = (hashes.first(), caller.subject()) else { return Ok(()) };
        let search = PhoneSearch {
            user: self.pseudonyms.of(HashDomain::Subject, subject),
            number: self.pseudonyms.of(HashDomain::PhoneSearch, &format!("{hash} {subject}")),
            at: now,
            limits: self.settings.search_limits,
        };
        match self.journeys.admit(search).await? {
            Admission::Admitted => Ok(()),
            Admission::Refused(wait) => Err(ApiError::too_many_searches(wait)),
        }
    }

    async fn decide(
        &self,
        (edge, act): (EdgeId, DecisionAct),
        request: &Request,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Response, ApiError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            journey: JourneyId,
            reason: Reason,
        }
        #[derive(Serialize)]
        struct Decided {
            edge: EdgeId,
            journey: JourneyId,
            retracted: bool,
            already: bool,
        }
        check_is_json(request)?;
        let Body { journey, reason } = serde_json::from_slice(&request.body).map_err(|_| ApiError::invalid_body())?;
        // Keys hold milliseconds.
        let at = DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now);
        let decision = Decision { at, act, by: caller.user(&self.pseudonyms), reason: Some(reason) };
        let already = match self.journeys.decide(DecisionRequest { edge, journey, decision }).await? {
            DecisionOutcome::Done => false,
            DecisionOutcome::Already => true,
            DecisionOutcome::NoEdge => return Err(ApiError::no_edge()),
            DecisionOutcome::NoJourney => return Err(no_journey()),
            DecisionOutcome::TooLarge => return Err(ApiError::journey_too_large()),
        };
        let retracted = act == DecisionAct::Retract;
        let mut response = response::json(StatusCode::OK, &Decided { edge, journey, retracted, already });
        response.extensions_mut().insert(Audit::Decision(act));
        Ok(response)
    }

    /// Erases the journeys of a phone number, as many as one request has time for.
    async fn erase(&self, request: &Request, caller: &Caller, now: DateTime<Utc>) -> Result<Response, ApiError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            phone: String,
            #[serde(default)]
            centre: bool,
        }
        #[derive(Serialize)]
        struct Erased {
            complete: bool,
            journeys: usize,
            facts: usize,
            items: usize,
            remaining: usize,
            too_large: usize,
        }
        check_is_json(request)?;
        let Body { phone, centre } = serde_json::from_slice(&request.body).map_err(|_| ApiError::invalid_erasure())?;
        let numbers = list_query::numbers(&phone, &self.pseudonyms)?;
        self.admit(&numbers, caller, now).await?;
        let most_journeys = MOST_ERASED;
        let erasure = Erasure { numbers, at: now, most_journeys, with_centre: centre, is_dry_run: false };
        let ErasureReport { status, journeys, facts, items, remaining, too_large } =
            self.journeys.erase(erasure).await?;
        let complete = status == ErasureStatus::Complete;
        let audit = Audit::Erasure { journeys, facts, is_complete: complete };
        let mut response = match status {
            ErasureStatus::CentresOwn => ApiError::centres_number().into_response(),
            _ => {
                let status = if complete { StatusCode::OK } else { StatusCode::ACCEPTED };
                response::json(status, &Erased { complete, journeys, facts, items, remaining, too_large })
            }
        };
        response.extensions_mut().insert(audit);
        Ok(response)
    }
}

/// Forms of other sites cannot send this type without a preflight request, and this API allows none.
fn check_is_json(request: &Request) -> Result<(), ApiError> {
    let content_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json =
        content_type.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json"));
    if is_json { Ok(()) } else { Err(ApiError::unsupported_media_type()) }
}

fn no_journey() -> ApiError {
    ApiError::not_found("There is no such journey.")
}

/// The response for what a journey's id leads to. `address` is relative to the requested one.
fn lookup<T: Serialize>(lookup: Lookup<T>, address: impl Fn(JourneyId) -> String) -> Result<Response, ApiError> {
    match lookup {
        Lookup::Found(value) => Ok(response::json(StatusCode::OK, &value)),
        Lookup::Missing => Err(no_journey()),
        Lookup::TooLarge => Err(ApiError::journey_too_large()),
        Lookup::MergedInto(id) => {
            #[derive(Serialize)]
            struct Moved {
                moved_to: JourneyId,
            }
            let mut response = response::json(StatusCode::PERMANENT_REDIRECT, &Moved { moved_to: id });
            if let Ok(address) = HeaderValue::from_str(&address(id)) {
                response.headers_mut().insert(LOCATION, address);
            }
            Ok(response)
        }
    }
}
