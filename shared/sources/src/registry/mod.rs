//! The registry of sources: who may speak as whom, and what of it may be kept. The definitions are data, which `build.rs`
//! checks and embeds. It must not know the form of any event.

mod attributes;
mod definition;
mod embedded;
#[cfg(feature = "folders")]
pub mod folder;
mod head;
mod input;
mod pattern;
mod sender;

#[cfg(feature = "folders")]
use crate::mapping::check;

pub(crate) use attributes::{pseudonym, text};
pub use definition::{AttributeGroup, Class, Definition, IdDeclaration, LinkTrust, Subject, TextGroup, ValueKind};
pub use embedded::Registry;
pub use input::{
    Auth, Auths, Decoder, Encoding, EventPattern, Handshake, Hash, Input, Length, Scheme, SignatureParts, Status,
    Transport,
};
pub use pattern::Pattern;
pub use sender::{Sender, Stranger, Undeclared};
