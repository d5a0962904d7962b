//! Who sends a request. On AWS, an authoriser verifies the token before the request arrives, and passes on its claims.

use cxtrace_privacy::{Pseudonym, Pseudonyms};
use http::HeaderMap;
use http::header::HOST;

use crate::api_error::ApiError;

/// The verified sender of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// The engineer on whose laptop this runs. The server listens on loopback only.
    Local,
    /// The owner of a verified token.
    Claims(Claims),
    /// Unknown.
    None,
}

/// The claims of a verified token.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    subject: String,
}

impl Claims {
    /// The claims of a token with the subject `sub`. `None` when the subject is empty or longer than 255 bytes (OpenID Connect Core,
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
    /// The owner of the token with the subject `sub`; unknown without a valid subject.
    #[must_use]
    pub fn verified(sub: Option<&str>) -> Self {
        sub.and_then(Claims::of).map_or(Self::None, Self::Claims)
    }

    /// The pseudonym of the caller, which stored items and logs may hold.
    pub(crate) fn pseudonym(&self, pseudonyms: &Pseudonyms) -> Option<Pseudonym> {
        match self {
            Self::Claims(claims) => Some(pseudonyms.of("subject", &claims.subject)),
            Self::Local | Self::None => None,
        }
    }

    /// Checks that the caller may use the API.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self {
            Self::Claims(_) => Ok(()),
            Self::None => Err(ApiError::not_signed_in()),
            // DNS rebinding: another site can make its own name resolve to this machine, and its page could then read
            // our responses. It cannot use this machine's local names.
            Self::Local if headers.get_all(HOST).iter().all(|host| is_local(host.as_bytes())) => Ok(()),
            Self::Local => Err(ApiError::foreign_host()),
        }
    }
}

/// Whether a `Host` is an address, or a name that public DNS does not resolve: a name without dots, or under a reserved
/// domain (`localhost` by RFC 6761, `internal` by ICANN).
fn is_local(host: &[u8]) -> bool {
    let Ok(authority) = http::uri::Authority::try_from(host) else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let is_private = !name.contains('.') || [".localhost", ".internal"].iter().any(|end| name.ends_with(end));
    address.parse::<std::net::IpAddr>().is_ok() || (is_name && is_private)
}
