//! How a source's webhooks prove who sends them.

use cxtrace_signatures::{Auth, Handshake, InvalidAuth, Verifier};

/// A source that sends webhooks.
#[derive(Debug, Clone)]
pub struct Hook {
    /// The name of its definition, whatever name the request used.
    pub source: String,
    /// A request must satisfy one of these.
    pub verifiers: Vec<Verifier>,
    pub handshake: Option<Handshake>,
}

impl Hook {
    /// A hook by the `auth` blocks of a definition. Without a block, requests need `Authorization: Bearer <secret>`.
    ///
    /// # Errors
    /// When a block cannot be used.
    pub fn try_new(source: &str, auths: &[Auth], handshake: Option<Handshake>) -> Result<Self, InvalidAuth> {
        let bearer = [Auth::default()];
        let auths = if auths.is_empty() { &bearer } else { auths };
        let verifiers = auths.iter().map(Verifier::try_new).collect::<Result<_, _>>()?;
        Ok(Self { source: source.to_owned(), verifiers, handshake })
    }
}
