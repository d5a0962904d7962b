//! From a request to an answer.

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::document::Time;
use cxtrace_domain::journeys::{EdgeId, JourneyId};
use cxtrace_privacy::Pseudonyms;
use http::header::{CONTENT_TYPE, LOCATION};
use http::{HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use crate::answer::{self, Response};
use crate::caller::Caller;
use crate::journeys::{Found, Journeys, Page, Retract, Retracted, Unavailable};
use crate::page;
use crate::parameters::Parameters;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::{self, Route};
use crate::row::Row;
use crate::search::ListQuery;
use crate::settings::Settings;

/// What the API is, as a document of OpenAPI 3.1.
const OPENAPI: &str = include_str!("../openapi.json");

/// The explorer over a store of journeys.
#[derive(Debug, Clone)]
pub struct Explorer<J> {
    journeys: J,
    pseudonyms: Pseudonyms,
    settings: Settings,
}

impl From<Unavailable> for Refusal {
    fn from(_: Unavailable) -> Self {
        Self::unavailable()
    }
}

impl<J: Journeys> Explorer<J> {
    /// An explorer of `journeys`, whose phone numbers were concealed by the same `pseudonyms`.
    pub fn new(journeys: J, pseudonyms: Pseudonyms, settings: Settings) -> Self {
        Self { journeys, pseudonyms, settings }
    }

    /// Answers `request` of `caller` at `now`.
    pub async fn answer(&self, request: Request, caller: Caller, now: DateTime<Utc>) -> Response {
        let answered = self.answered(&request, &caller, now).await;
        answer::finish(answered.unwrap_or_else(Refusal::into_response), &request, &self.settings)
    }

    async fn answered(&self, request: &Request, caller: &Caller, now: DateTime<Utc>) -> Result<Response, Refusal> {
        request.admit()?;
        let is_api = route::is_api(&request.path);
        if is_api {
            caller.admit(&request.headers)?;
        }
        let route = Route::of(&request.path)?;
        route.admit(&request.method)?;
        let query = request.query.as_deref();
        if is_api && route != Route::List {
            Parameters::read(query, &[])?;
        }
        match route {
            Route::Page(name) => page::answer(name, &request.headers, self.settings.sign_in.as_ref()),
            Route::Health => Ok(answer::json(StatusCode::OK, &serde_json::json!({ "status": "ok" }))),
            Route::Config => Ok(match &self.settings.sign_in {
                Some(sign_in) => answer::json(StatusCode::OK, sign_in),
                None => answer::json(StatusCode::OK, &serde_json::json!({})),
            }),
            Route::OpenApi => Ok(answer::bytes(StatusCode::OK, "application/json", OPENAPI.as_bytes().to_vec())),
            Route::List => self.list(ListQuery::read(query, now, &self.pseudonyms)?).await,
            Route::Journey(id) => found(self.journeys.journey(id, now).await?, |moved| format!("{moved}")),
            Route::Evidence(id) => found(self.journeys.evidence(id).await?, |moved| format!("../{moved}/evidence")),
            Route::Retract(edge) => self.retract(edge, request, caller, now).await,
        }
    }

    async fn list(&self, query: ListQuery) -> Result<Response, Refusal> {
        #[derive(Serialize)]
        struct List {
            rows: Vec<Row>,
            #[serde(skip_serializing_if = "Option::is_none")]
            next: Option<String>,
            from: Time,
            to: Time,
            searched_to: Time,
        }
        let Page { rows, next, searched_to } = self.journeys.list(query.clone()).await?;
        let next = next.map(|after| query.cursor(after, &self.pseudonyms));
        let (from, to) = (Time(query.from), Time(query.to));
        let searched_to = Time(searched_to.max(query.from));
        Ok(answer::json(StatusCode::OK, &List { rows, next, from, to, searched_to }))
    }

    async fn retract(
        &self,
        edge: EdgeId,
        request: &Request,
        caller: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Response, Refusal> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Body {
            journey: JourneyId,
        }
        #[derive(Serialize)]
        struct Answer {
            edge: EdgeId,
            journey: JourneyId,
            retracted: bool,
            already: bool,
        }
        // Forms of other sites cannot send this type without asking first, and nobody answers that they may.
        let content_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !content_type.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("application/json")) {
            return Err(Refusal::unsupported_media_type());
        }
        let Body { journey } = serde_json::from_slice(&request.body).map_err(|_| Refusal::invalid_body())?;
        let by = caller.pseudonym(&self.pseudonyms);
        let already = match self.journeys.retract(Retract { edge, journey, by, at: now }).await? {
            Retracted::Done => false,
            Retracted::Already => true,
            Retracted::NoEdge => return Err(Refusal::no_edge()),
            Retracted::NoJourney => return Err(no_journey()),
            Retracted::TooLarge => return Err(Refusal::journey_too_large()),
        };
        Ok(answer::json(StatusCode::OK, &Answer { edge, journey, retracted: true, already }))
    }
}

fn no_journey() -> Refusal {
    Refusal::not_found("There is no such journey.")
}

/// What was found, or where it is: an address relative to the one that was asked.
fn found<T: Serialize>(found: Found<T>, address: impl Fn(JourneyId) -> String) -> Result<Response, Refusal> {
    match found {
        Found::Here(value) => Ok(answer::json(StatusCode::OK, &value)),
        Found::Missing => Err(no_journey()),
        Found::TooLarge => Err(Refusal::journey_too_large()),
        Found::MovedTo(id) => {
            #[derive(Serialize)]
            struct Moved {
                moved_to: JourneyId,
            }
            let mut response = answer::json(StatusCode::PERMANENT_REDIRECT, &Moved { moved_to: id });
            if let Ok(address) = HeaderValue::from_str(&address(id)) {
                response.headers_mut().insert(LOCATION, address);
            }
            Ok(response)
        }
    }
}
