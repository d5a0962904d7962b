//! Who asks. On AWS an authoriser verifies the token before a request gets here; what it found comes in.

use cxtrace_privacy::{Pseudonym, Pseudonyms};
use http::HeaderMap;
use http::header::HOST;

use crate::refusal::Refusal;

/// Who asks, as far as somebody has verified it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The engineer on whose laptop this runs: it listens on loopback only.
    Local,
    /// Somebody whose token was verified.
    Claims(Claims),
    /// Nobody knows.
    None,
}

/// What a verified token says.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    subject: String,
}

impl Claims {
    /// The claims of a token about `sub`. `None` when that is empty or longer than 255 bytes (OpenID Connect Core,
    /// section 2).
    #[must_use]
    pub fn of(sub: &str) -> Option<Self> {
        (1..=255).contains(&sub.len()).then(|| Self { subject: sub.to_owned() })
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims")
    }
}

impl Caller {
    /// The claims of `sub`, or nobody.
    #[must_use]
    pub fn verified(sub: Option<&str>) -> Self {
        sub.and_then(Claims::of).map_or(Self::None, Self::Claims)
    }

    /// What stands for who it is in what is kept.
    pub(crate) fn pseudonym(&self, pseudonyms: &Pseudonyms) -> Option<Pseudonym> {
        match self {
            Self::Claims(claims) => Some(pseudonyms.of("subject", &claims.subject)),
            Self::Local | Self::None => None,
        }
    }

    /// Refuses those who may not use the API.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        match self {
            Self::Claims(_) => Ok(()),
            Self::None => Err(Refusal::not_signed_in()),
            // A page of another site can have its own name lead to this machine, and would then read what we answer
            // (DNS rebinding). It cannot have this machine's names.
            Self::Local if headers.get_all(HOST).iter().all(|host| is_local(host.as_bytes())) => Ok(()),
            Self::Local => Err(Refusal::foreign_host()),
        }
    }
}

/// Whether a `Host` is an address, or a name that public DNS does not know: one without dots, or under a domain that
/// is kept for this (RFC 6761, and `internal` by ICANN).
fn is_local(host: &[u8]) -> bool {
    let Ok(authority) = http::uri::Authority::try_from(host) else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let is_private = !name.contains('.') || [".localhost", ".internal"].iter().any(|end| name.ends_with(end));
    address.parse::<std::net::IpAddr>().is_ok() || (is_name && is_private)
}
