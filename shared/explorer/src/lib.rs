//! The Journey Explorer: its JSON API and its web page, as a function from a [`Request`], its [`Caller`] and the time to
//! a [`Response`]. It reads journeys through the port [`JourneyQueries`] and knows neither a store nor Lambda.
//!
//! | step | module |
//! |---|---|
//! | Is the request within the limits, and which route is it? | [`request`], `route` |
//! | Who sends it? | [`caller`] |
//! | Which journeys does it select? | `parameters`, `list_query`, `cursor` |
//! | How did a search find a journey? | `matched` |
//! | Which response follows? | [`explorer`](Explorer), `response`, `api_error`, `page` |
//! | Which page has an id in the system that issued it? | [`consoles`] |
//! | How is the response sent? | `sending` |
//! | What does the access log say of it? | `access_record`, `audit` |
//!
//! A phone number in a search becomes a keyed hash before anything else sees it. No response repeats text of a request,
//! and nothing here logs.
//!
//! [`JourneyQueries`]: cxtrace_domain::journeys::query::JourneyQueries

mod access_record;
mod api_error;
mod audit;
pub mod caller;
pub mod consoles;
mod cursor;
mod explorer;
mod list_query;
mod matched;
mod page;
mod parameters;
pub mod request;
mod response;
mod route;
mod sending;
pub mod settings;

pub use access_record::AccessRecord;
pub use audit::Audit;
pub use caller::{Caller, Claims, is_local_host};
pub use explorer::Explorer;
pub use request::Request;
pub use response::Response;
pub use settings::{Settings, SignIn};
