//! Passes a request to its route, which says how large its body may be.

use http::StatusCode;

use crate::answer::Answer;
use crate::hooks::Hooks;
use crate::request::{Head, MAX_BODY, ReadBody, TOO_LARGE, Untaken};
use crate::route::{self, Route};
use crate::sink::Sink;
use crate::traces::Traces;

/// Everything that the function serves.
#[derive(Debug)]
pub struct Receiver<S> {
    pub hooks: Hooks<S>,
    pub traces: Traces<S>,
}

impl<S: Sink> Receiver<S> {
    /// Answers a request.
    pub async fn respond(&self, head: Head, body: impl ReadBody) -> Answer {
        let path = head.path.clone();
        match route::of(&head.method, &path) {
            Route::Hook(source) => match body.read(MAX_BODY).await {
                Ok(body) => self.hooks.respond(source, head.with(body)).await,
                Err(Untaken::TooLarge) => Answer::error(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
                Err(Untaken::NotBase64 | Untaken::Broken) => {
                    Answer::error(StatusCode::BAD_REQUEST, "the body cannot be decoded.")
                }
            },
            Route::Traces => self.traces.respond(head, body).await,
            Route::MethodNotAllowed(methods) => Answer::method_not_allowed(methods),
            Route::NotFound => Answer::error(StatusCode::NOT_FOUND, "there is no such route."),
        }
    }
}
