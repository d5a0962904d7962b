//! Which route a path is, and which methods it allows.

use cxtrace_domain::journeys::access::Scope;
use cxtrace_domain::journeys::{DecisionAct, EdgeId, JourneyId};
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
    /// A decision about an edge: to retract it, or to restore it.
    Decide(EdgeId, DecisionAct),
    /// The erasure of what is stored about a person.
    Erase,
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
        let edge = |id: &str| EdgeId::from_hex(id).ok_or_else(|| ApiError::invalid_id("edge"));
        Ok(match steps.as_slice() {
            ["healthz"] => Self::Health,
            ["config.json"] => Self::Config,
            ["api", "openapi.json"] => Self::OpenApi,
            ["api", "journeys"] => Self::List,
            ["api", "journeys", id] if !id.is_empty() => Self::Journey(journey(id)?),
            ["api", "journeys", id, "evidence"] => Self::Evidence(journey(id)?),
            ["api", "edges", id, "retract"] => Self::Decide(edge(id)?, DecisionAct::Retract),
            ["api", "edges", id, "restore"] => Self::Decide(edge(id)?, DecisionAct::Restore),
            ["api", "subjects", "erase"] => Self::Erase,
            ["api", ..] => return Err(ApiError::not_found("There is nothing at this path.")),
            [""] => Self::Page("index.html"),
            _ => Self::Page(path),
        })
    }

    /// Its name in the access log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Page(_) => "page",
            Self::Health => "health",
            Self::Config => "config",
            Self::OpenApi => "openapi",
            Self::List => "list",
            Self::Journey(_) => "journey",
            Self::Evidence(_) => "evidence",
            Self::Decide(_, act) => act.as_str(),
            Self::Erase => "erase",
        }
    }

    /// The scopes that a caller needs for it. A search by a phone number needs one more.
    pub(crate) fn scopes(&self) -> &'static [Scope] {
        match self {
            Self::List | Self::Journey(_) | Self::Evidence(_) => &[Scope::Read],
            Self::Decide(..) => &[Scope::Read, Scope::Retract],
            Self::Erase => &[Scope::Erase],
            Self::Page(_) | Self::Health | Self::Config | Self::OpenApi => &[],
        }
    }

    /// Checks that the route allows `method`.
    pub(crate) fn check_method(&self, method: &Method) -> Result<(), ApiError> {
        let (allow, fits) = match self {
            Self::Decide(..) | Self::Erase => ("POST", method == Method::POST),
            _ => ("GET, HEAD", method == Method::GET || method == Method::HEAD),
        };
        if fits { Ok(()) } else { Err(ApiError::method_not_allowed(allow)) }
    }
}
