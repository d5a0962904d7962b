//! Which route a path is, and which methods it allows.

use cxtrace_domain::journeys::{EdgeId, JourneyId};
use http::Method;

use crate::api_error::ApiError;

/// The route of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// A file of the page.
    Page(&'a str),
    /// The health check.
    Health,
    /// What the page needs for the sign-in.
    Config,
    /// The OpenAPI document.
    OpenApi,
    /// A list of journeys.
    List,
    /// One journey.
    Journey(JourneyId),
    /// Why the parts of one journey belong together.
    Evidence(JourneyId),
    /// The retraction of an edge.
    Retract(EdgeId),
}

/// Whether a path belongs to the API, which requires a token.
pub(crate) fn is_api(path: &str) -> bool {
    path.split('/').nth(1) == Some("api")
}

impl<'a> Route<'a> {
    /// The route of `path`.
    pub(crate) fn of(path: &'a str) -> Result<Self, ApiError> {
        let path = path.strip_prefix('/').ok_or_else(ApiError::invalid_path)?;
        let steps: Vec<_> = path.split('/').collect();
        let journey = |id: &str| JourneyId::from_hex(id).ok_or_else(|| ApiError::invalid_id("journey"));
        Ok(match steps.as_slice() {
            ["healthz"] => Self::Health,
            ["config.json"] => Self::Config,
            ["api", "openapi.json"] => Self::OpenApi,
            ["api", "journeys"] => Self::List,
            ["api", "journeys", id] if !id.is_empty() => Self::Journey(journey(id)?),
            ["api", "journeys", id, "evidence"] => Self::Evidence(journey(id)?),
            ["api", "edges", id, "retract"] => {
                Self::Retract(EdgeId::from_hex(id).ok_or_else(|| ApiError::invalid_id("edge"))?)
            }
            ["api", ..] => return Err(ApiError::not_found("There is nothing at this path.")),
            [""] => Self::Page("index.html"),
            _ => Self::Page(path),
        })
    }

    /// Checks that the route allows `method`.
    pub(crate) fn check_method(&self, method: &Method) -> Result<(), ApiError> {
        let (allow, fits) = match self {
            Self::Retract(_) => ("POST", method == Method::POST),
            _ => ("GET, HEAD", method == Method::GET || method == Method::HEAD),
        };
        if fits { Ok(()) } else { Err(ApiError::method_not_allowed(allow)) }
    }
}
