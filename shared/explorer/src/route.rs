//! What a path is for, and how it may be asked.

use cxtrace_domain::journeys::{EdgeId, JourneyId};
use http::Method;

use crate::refusal::Refusal;

/// What a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// A file of the page.
    Page(&'a str),
    /// Whether we are there.
    Health,
    /// What the page needs to sign somebody in.
    Config,
    /// What this API is.
    OpenApi,
    /// A list of journeys.
    List,
    /// One journey.
    Journey(JourneyId),
    /// Why it belongs together.
    Evidence(JourneyId),
    /// That two ids do not.
    Retract(EdgeId),
}

/// Whether a path is the API's, where nobody may look without a token.
pub(crate) fn is_api(path: &str) -> bool {
    path.split('/').nth(1) == Some("api")
}

impl<'a> Route<'a> {
    /// What `path` is for.
    pub(crate) fn of(path: &'a str) -> Result<Self, Refusal> {
        let path = path.strip_prefix('/').ok_or_else(Refusal::invalid_path)?;
        let steps: Vec<_> = path.split('/').collect();
        let journey = |id: &str| JourneyId::from_hex(id).ok_or_else(|| Refusal::invalid_id("journey"));
        Ok(match steps.as_slice() {
            ["healthz"] => Self::Health,
            ["config.json"] => Self::Config,
            ["api", "openapi.json"] => Self::OpenApi,
            ["api", "journeys"] => Self::List,
            ["api", "journeys", id] if !id.is_empty() => Self::Journey(journey(id)?),
            ["api", "journeys", id, "evidence"] => Self::Evidence(journey(id)?),
            ["api", "edges", id, "retract"] => {
                Self::Retract(EdgeId::from_hex(id).ok_or_else(|| Refusal::invalid_id("edge"))?)
            }
            ["api", ..] => return Err(Refusal::not_found("There is nothing under this path.")),
            [""] => Self::Page("index.html"),
            _ => Self::Page(path),
        })
    }

    /// Refuses methods that do not fit.
    pub(crate) fn admit(&self, method: &Method) -> Result<(), Refusal> {
        let (allow, fits) = match self {
            Self::Retract(_) => ("POST", method == Method::POST),
            _ => ("GET, HEAD", method == Method::GET || method == Method::HEAD),
        };
        if fits { Ok(()) } else { Err(Refusal::method_not_allowed(allow)) }
    }
}
