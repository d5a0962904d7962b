//! The registry of sources: who may speak as whom, and what of it may be kept. The definitions are data, which `build.rs`
//! checks and embeds. It must not know the form of any event.

mod attributes;
mod auth;
#[cfg(feature = "folders")]
mod check;
#[cfg(feature = "folders")]
mod checks;
mod definition;
mod embedded;
#[cfg(feature = "folders")]
pub mod folder;
mod head;
mod input;
mod length;
mod pattern;
mod poll;
mod sender;

pub(crate) use attributes::{pseudonym, text};
pub use auth::{Auths, Handshake};
pub use definition::{AttributeGroup, Class, Definition, IdDeclaration, LinkTrust, Subject, TextGroup, ValueKind};
pub use embedded::{Registry, console_page};
pub use input::{Decoder, EventPattern, Input, SpanPattern, Status, Transport};
pub use length::Length;
pub use pattern::Pattern;
pub use poll::{Page, Poll};
pub use sender::{Sender, Stranger, Undeclared};
