//! Passes a request to its route.

use http::StatusCode;

use crate::answer::Answer;
use crate::hooks::Hooks;
use crate::request::{Request, TOO_LARGE, Untaken};
use crate::route::{self, Route};
use crate::sink::Sink;

/// Everything that the function serves.
#[derive(Debug)]
pub struct Receiver<S> {
    pub hooks: Hooks<S>,
}

impl<S: Sink> Receiver<S> {
    /// Answers a request.
    pub async fn respond(&self, request: Result<Request, Untaken>) -> Answer {
        let request = match request {
            Ok(request) => request,
            Err(Untaken::TooLarge) => return Answer::error(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE),
            Err(Untaken::NotBase64) => return Answer::error(StatusCode::BAD_REQUEST, "the body cannot be decoded."),
        };
        let path = request.path.clone();
        match route::of(&request.method, &path) {
            Route::Hook(source) => self.hooks.respond(source, request).await,
            Route::MethodNotAllowed => Answer::method_not_allowed(),
            Route::NotFound => Answer::error(StatusCode::NOT_FOUND, "there is no such route."),
        }
    }
}
