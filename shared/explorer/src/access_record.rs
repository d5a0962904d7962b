//! What a log says of a request: who asked for what, and what came of it. It has no id, no number and no text of the
//! request.

use http::Method;

use crate::audit::Audit;
use crate::request::Request;
use crate::response::Response;
use crate::route::Route;

/// One request, for the access log. Each response carries it in its extensions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessRecord {
    /// Its method; `other` for one that the API does not know.
    pub method: &'static str,
    /// Its route, such as `journey`; `none` for a path without a route.
    pub route: &'static str,
    /// The status of the response.
    pub status: u16,
    /// The caller: the subject of the token if it is a UUID, else a keyed hash of it.
    pub user: Option<String>,
    /// What is audited of it.
    pub audit: Option<Audit>,
}

impl AccessRecord {
    pub(crate) fn of(request: &Request, user: Option<String>, response: &Response) -> Self {
        let (method, path) = (&request.method, request.path.as_str());
        let known =
            [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS];
        let names = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
        let at = known.iter().position(|known| known == method);
        Self {
            method: at.and_then(|at| names.get(at)).copied().unwrap_or("other"),
            route: Route::of(path).map_or("none", |route| route.name()),
            status: response.status().as_u16(),
            user,
            audit: response.extensions().get::<Audit>().copied(),
        }
    }
}
