//! The registry of sources: who may speak as whom, and what of it may be kept. The definitions are data, which `build.rs`
//! checks and embeds. It must not know the form of any event.

mod attributes;
mod definition;
mod embedded;
mod pattern;
mod sender;

pub(crate) use attributes::{pseudonym, text};
pub use definition::{AttributeGroup, Class, Definition, IdDeclaration, LinkTrust, Subject, TextGroup, ValueKind};
pub use embedded::Registry;
pub use pattern::Pattern;
pub use sender::{Sender, Stranger, Undeclared};
