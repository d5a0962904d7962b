//! The platforms: Genesys Cloud and the systems around it, and the events that they send.
//!
//! | what | module |
//! |---|---|
//! | an event as EventBridge delivers it | [`envelope`] |
//! | a Genesys conversation and its detail events | [`genesys`] |
//! | a span of any other system | [`span`] |
//! | organizations, lines, queues, flows and numbers | [`places`] |

pub mod envelope;
pub mod genesys;
pub mod places;
pub mod span;

pub use envelope::Event;
pub use genesys::{Conversation, Session, Talk};
pub use span::{Act, Parent, Span, SpanDocument, System};
