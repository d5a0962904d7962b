//! Sends requests and reads responses.

use std::io::Read as _;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};
use cxtrace_explorer::{Caller, Explorer, Request, Response, Settings};
use cxtrace_privacy::Pseudonyms;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::Value;

use crate::memory::Memory;

/// The time of all requests.
pub(crate) fn now() -> DateTime<Utc> {
    at("2026-11-20T12:00:00Z")
}

pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn pseudonyms() -> Pseudonyms {
    Pseudonyms::try_new(&[7; 32]).unwrap()
}

/// The response of an explorer on a laptop.
pub(crate) fn ask(memory: &Memory, request: Request) -> Response {
    ask_as(memory, request, Caller::Local)
}

pub(crate) fn ask_as(memory: &Memory, request: Request, caller: Caller) -> Response {
    ask_with(memory, Settings::default(), request, caller)
}

pub(crate) fn ask_with(memory: &Memory, settings: Settings, request: Request, caller: Caller) -> Response {
    done(Explorer::new(memory, pseudonyms(), settings).respond(request, caller, now()))
}

/// The response to a GET at another time, from an explorer with another key.
pub(crate) fn get_later(memory: &Memory, path: &str, key: &Pseudonyms, later: DateTime<Utc>) -> Response {
    done(Explorer::new(memory, key.clone(), Settings::default()).respond(Request::get(path), Caller::Local, later))
}

pub(crate) fn get(memory: &Memory, path: &str) -> Response {
    ask(memory, Request::get(path))
}

pub(crate) fn post(path: &str, body: &str) -> Request {
    let mut request = Request { method: Method::POST, body: body.as_bytes().to_vec(), ..Request::get(path) };
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request
}

pub(crate) fn header(mut request: Request, name: &'static str, value: &str) -> Request {
    request.headers.append(name, HeaderValue::from_str(value).unwrap());
    request
}

/// The result of a future over memory, which never waits.
fn done<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("journeys in memory do not wait"),
    }
}

/// A body before its compression.
pub(crate) fn body(response: &Response) -> Vec<u8> {
    if response.headers().get(CONTENT_ENCODING).is_none() {
        return response.body().clone();
    }
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(response.body().as_slice()).read_to_end(&mut body).unwrap();
    body
}

pub(crate) fn json(response: &Response) -> Value {
    assert_eq!(response.headers().get(CONTENT_TYPE).unwrap(), "application/json");
    serde_json::from_slice(&body(response)).unwrap()
}

/// Asserts that a response is an error of the API. Returns its code and field.
pub(crate) fn refused(response: &Response, status: u16) -> (String, Option<String>) {
    assert_eq!(response.status(), status, "{:?}", String::from_utf8_lossy(response.body()));
    let error = json(response)["error"].clone();
    let text = |name: &str| error[name].as_str().map(str::to_owned);
    let message = text("message").unwrap();
    assert!(message.ends_with('.') && message.contains(". "), "what is wrong, and what to do: {message}");
    (text("code").unwrap(), text("field"))
}
