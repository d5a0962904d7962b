//! The Journey Explorer: its JSON API and its web page, as a pure function from a [`Request`], its [`Caller`] and
//! the time to a [`Response`]. What it needs of the store is the trait [`Journeys`].
//!
//! | step | module |
//! |---|---|
//! | Is the request one that can be read, and what is it for? | [`request`], `route` |
//! | Who asks? | [`caller`] |
//! | Which journeys are meant? | `parameters`, [`search`], [`cursor`] |
//! | What does the store know? | [`journeys`], [`row`] |
//! | How is it said? | `answer`, `refusal`, `page` |
//!
//! A phone number in a search becomes a keyed hash before anything else sees it. No answer repeats what a request
//! said, and nothing here logs.

mod answer;
pub mod caller;
pub mod cursor;
mod explorer;
pub mod journeys;
mod page;
mod parameters;
mod refusal;
pub mod request;
mod route;
pub mod row;
pub mod search;
pub mod settings;

pub use answer::Response;
pub use caller::{Caller, Claims};
pub use cursor::Position;
pub use explorer::Explorer;
pub use journeys::{Evidence, Found, Journeys, Page, Retract, Retracted, Unavailable};
pub use request::Request;
pub use row::Row;
pub use search::{ListQuery, Search};
pub use settings::{Settings, SignIn};
