//! Who sends a request. On AWS, an authoriser verifies the token before the request arrives, and passes on its claims.

use cxtrace_domain::journeys::access::{Scope, Scopes};
use cxtrace_privacy::{HashDomain, Pseudonyms, safe_text};
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
    scopes: Scopes,
}

impl Claims {
    /// The claims of a token with the subject `sub`, and what it may do. `None` when the subject is empty or longer than 255 bytes (OpenID Connect Core,
    /// section 2).
    #[must_use]
    pub fn of(sub: &str, scopes: Scopes) -> Option<Self> {
        let is_subject = (1..=255).contains(&sub.len()) && !sub.chars().any(char::is_control);
        is_subject.then(|| Self { subject: sub.to_owned(), scopes })
    }
}

impl std::fmt::Debug for Claims {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Claims")
    }
}

impl Caller {
    /// The owner of the token with the subject `sub`, who may do what `scopes` say; unknown without a valid subject.
    #[must_use]
    pub fn verified(sub: Option<&str>, scopes: Scopes) -> Self {
        sub.and_then(|sub| Claims::of(sub, scopes)).map_or(Self::None, Self::Claims)
    }

    /// Who the caller is, as decisions and logs hold it: the subject of the token if it is a UUID, which names nobody by
    /// itself. Another subject may be a name or an address, so it becomes a keyed hash.
    pub(crate) fn user(&self, pseudonyms: &Pseudonyms) -> Option<String> {
        let subject = self.subject()?;
        let hashed = || format!("~{}", pseudonyms.of(HashDomain::Subject, subject));
        Some(safe_text::uuid(subject).unwrap_or_else(hashed))
    }

    /// The subject of the caller's token.
    pub(crate) fn subject(&self) -> Option<&str> {
        match self {
            Self::Claims(claims) => Some(&claims.subject),
            Self::Local | Self::None => None,
        }
    }

    /// Checks that the caller may do what needs `scope`. On a laptop everything is allowed.
    pub(crate) fn check_scope(&self, scope: Scope) -> Result<(), ApiError> {
        match self {
            Self::Local => Ok(()),
            Self::Claims(claims) if claims.scopes.has(scope) => Ok(()),
            Self::Claims(_) => Err(ApiError::not_allowed(scope)),
            Self::None => Err(ApiError::not_signed_in()),
        }
    }

    /// Checks that the caller may use the API.
    pub(crate) fn authorize(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        match self {
            Self::Claims(_) => Ok(()),
            Self::None => Err(ApiError::not_signed_in()),
            // DNS rebinding: another site can make its own name resolve to this machine, and its page could then read
            // our responses. It cannot use this machine's local names.
            Self::Local if headers.get_all(HOST).iter().all(|host| is_local_host(host.as_bytes())) => Ok(()),
            Self::Local => Err(ApiError::foreign_host()),
        }
    }
}

/// Whether a `Host` is an address, or a name that public DNS does not resolve: a name without dots, or under a reserved
/// domain (`localhost` by RFC 6761, `internal` by ICANN).
#[must_use]
pub fn is_local_host(host: &[u8]) -> bool {
    let Ok(authority) = http::uri::Authority::try_from(host) else { return false };
    let name = authority.host().to_ascii_lowercase();
    let address = name.trim_start_matches('[').trim_end_matches(']');
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let is_private = !name.contains('.') || [".localhost", ".internal"].iter().any(|end| name.ends_with(end));
    address.parse::<std::net::IpAddr>().is_ok() || (is_name && is_private)
}
