//! Settings that differ between a laptop and AWS.

use cxtrace_domain::journeys::query::SearchLimits;
use serde::Serialize;

/// The settings of an explorer.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where users sign in; `None` locally.
    pub sign_in: Option<SignIn>,
    /// The largest response body in bytes, after compression: about 4.4 MB on Lambda, whose limit is 6 MB after base64.
    /// `None` means that there is no limit.
    pub max_response_bytes: Option<usize>,
    /// How many phone numbers one user may search for.
    pub search_limits: SearchLimits,
    /// The page of a trace, with `{value}` for the trace's id. `None`: ids of traces lead nowhere.
    pub trace_url: Option<String>,
}

/// An OpenID Connect provider. The page uses it for the authorisation code flow with PKCE.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignIn {
    issuer: String,
    client_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    audience: Option<String>,
    /// The scopes that the page asks for. They hold `openid`.
    scope: String,
    #[serde(skip)]
    origins: Vec<String>,
}

/// The scope that makes an authorisation a sign-in.
const OPENID: &str = "openid";

/// Why a provider cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSignIn {
    /// The issuer or an origin is not an HTTPS address.
    #[error("the {0} of the sign-in must be an address that begins with https:// and has a host")]
    Address(&'static str),
    /// The client id is missing or invalid.
    #[error("the client id of the sign-in must have 1 to 255 visible ASCII characters")]
    ClientId,
    /// A scope is invalid.
    #[error("the scopes of the sign-in must have visible ASCII characters without quotation marks and backslashes")]
    Scope,
    /// The audience is invalid.
    #[error("the audience of the sign-in must have 1 to 255 visible ASCII characters")]
    Audience,
}

impl SignIn {
    /// The provider `issuer`, which serves `/.well-known/openid-configuration` under its address. `origins` are other
    /// origins that the page must reach for a token, such as `https://name.auth.eu-west-1.amazoncognito.com`: Amazon
    /// Cognito's token endpoint has another origin than its issuer.
    ///
    /// # Errors
    /// When an address is not HTTPS, or the client id or audience is invalid.
    pub fn try_new(
        issuer: &str,
        client_id: &str,
        audience: Option<&str>,
        origins: &[&str],
    ) -> Result<Self, InvalidSignIn> {
        let visible = |text: &str| (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        let own = origin(issuer).ok_or(InvalidSignIn::Address("issuer"))?;
        if !visible(client_id) {
            return Err(InvalidSignIn::ClientId);
        }
        if !audience.is_none_or(visible) {
            return Err(InvalidSignIn::Audience);
        }
        let others = origins.iter().map(|address| origin(address).ok_or(InvalidSignIn::Address("token origin")));
        let mut origins: Vec<_> = std::iter::once(Ok(own)).chain(others).collect::<Result<_, _>>()?;
        origins.sort();
        origins.dedup();
        Ok(Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            client_id: client_id.to_owned(),
            audience: audience.map(str::to_owned),
            scope: OPENID.to_owned(),
            origins,
        })
    }

    /// The same, and the page asks the provider for these scopes as well.
    ///
    /// # Errors
    /// When a scope has characters that no scope has (RFC 6749, section 3.3).
    pub fn with_scopes(self, scopes: &[&str]) -> Result<Self, InvalidSignIn> {
        let is_scope = |scope: &&str| scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
        if !scopes.iter().all(is_scope) {
            return Err(InvalidSignIn::Scope);
        }
        let others = scopes.iter().copied().filter(|scope| *scope != OPENID);
        Ok(Self { scope: std::iter::once(OPENID).chain(others).collect::<Vec<_>>().join(" "), ..self })
    }

    /// Every origin that the page must reach for the sign-in.
    pub(crate) fn origins(&self) -> &[String] {
        &self.origins
    }
}

/// The origin of an HTTPS address: letters, digits, dots, dashes and a port, so that it can be put into a header.
fn origin(address: &str) -> Option<String> {
    let address: http::Uri = address.parse().ok()?;
    let authority = address.authority()?.as_str();
    let plain = authority.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:".contains(&b));
    (address.scheme_str() == Some("https") && plain).then(|| format!("https://{authority}"))
}
