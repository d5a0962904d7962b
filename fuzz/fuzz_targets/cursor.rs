//! Any text as the query of a list: no panic, no error that repeats it, and no cursor is valid that the API did not sign.
#![no_main]

use std::collections::BTreeMap;
use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};
use cxtrace_domain::journeys::erasure::{Erasure, ErasureReport};
use cxtrace_domain::journeys::query::{
    Admission, DecisionOutcome, DecisionRequest, EvidenceReport, JourneyPage, JourneyQueries, ListQuery, Lookup, PhoneSearch,
    Unavailable,
};
use cxtrace_domain::journeys::{Journey, JourneyId};
use cxtrace_explorer::{Caller, Explorer, Request, Settings};
use cxtrace_privacy::Pseudonyms;
use libfuzzer_sys::fuzz_target;

/// A store without journeys. It asserts that no list begins at a position that nobody was given.
struct Empty;

impl JourneyQueries for Empty {
    fn list(&self, query: ListQuery) -> impl Future<Output = Result<JourneyPage, Unavailable>> + Send {
        assert!(query.after.is_none(), "a cursor was accepted");
        ready(Ok(JourneyPage { journeys: Vec::new(), next: None, searched_to: query.from, found_by: BTreeMap::new() }))
    }

    fn journey(&self, _: JourneyId, _: DateTime<Utc>) -> impl Future<Output = Result<Lookup<Box<Journey>>, Unavailable>> + Send {
        ready(Ok(Lookup::Missing))
    }

    fn evidence(&self, _: JourneyId) -> impl Future<Output = Result<Lookup<EvidenceReport>, Unavailable>> + Send {
        ready(Ok(Lookup::Missing))
    }

    fn decide(&self, _: DecisionRequest) -> impl Future<Output = Result<DecisionOutcome, Unavailable>> + Send {
        ready(Ok(DecisionOutcome::NoJourney))
    }

    fn admit(&self, _: PhoneSearch) -> impl Future<Output = Result<Admission, Unavailable>> + Send {
        ready(Ok(Admission::Admitted))
    }

    fn erase(&self, _: Erasure) -> impl Future<Output = Result<ErasureReport, Unavailable>> + Send {
        ready(Ok(ErasureReport::default()))
    }
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for query in [text.to_string(), format!("cursor={text}")] {
        ask(Request { query: Some(query), ..Request::get("/api/journeys") });
    }
    ask(Request { path: text.into_owned(), body: bytes.to_vec(), ..Request::get("/") });
});

fn ask(request: Request) {
    let pseudonyms = Pseudonyms::try_new(&[7; 32]).unwrap();
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let explorer = Explorer::new(Empty, pseudonyms, Settings::default());
    match pin!(explorer.respond(request, Caller::Local, now)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(response) => assert!(response.status().as_u16() < 500 || response.status() == 507),
        Poll::Pending => panic!("the store does not wait"),
    }
}
