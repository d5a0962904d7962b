//! Turns HTTP requests of vendors into facts. A route has a module of its own; [`Receiver`] chooses it.
//!
//! | question | module |
//! |---|---|
//! | What came in, and under which public URL? | [`request`] |
//! | Which route takes it? | [`route`] |
//! | `POST /hooks/{source}`: who sent it, and what becomes of it? | [`hooks`] |
//! | `POST /v1/traces`: spans of OpenTelemetry | [`traces`] |
//! | Who is let in? | [`gate`] |
//! | Which secrets are agreed with vendors? | [`secrets`], [`secret_book`] |
//! | How does a source's definition say who sends its webhooks? | [`hook`], [`definitions`] |
//! | Where do deliveries go? | [`sink`], `collector` |
//! | What is answered? | [`answer`] |
//!
//! A response of status 2xx means that the facts are stored. Every other one means that nothing is, so a vendor may send the
//! request again, as often as it wants.

pub mod answer;
mod collector;
pub mod definitions;
pub mod gate;
pub mod hook;
pub mod hooks;
pub mod receiver;
pub mod request;
pub mod route;
pub mod secret_book;
pub mod secrets;
pub mod sink;
pub mod traces;

pub use answer::Answer;
pub use gate::{Gate, Unsigned};
pub use hook::Hook;
pub use hooks::Hooks;
pub use receiver::Receiver;
pub use request::{Head, ReadBody, Request};
pub use secret_book::{LoadSecrets, SecretBook};
pub use secrets::Secrets;
pub use sink::{NotStored, Sink, TracesNotStored};
pub use traces::Traces;
