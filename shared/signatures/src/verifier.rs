//! An `auth` block that makes sense, and the check of a request by it.

use cxtrace_webhook_auth::{Auth, Scheme};

use crate::hmac::Hmac;
use crate::jws::Jws;
use crate::jwt::{self, Jwt};
use crate::password::{Form, Password};
use crate::public_key::{Curve, PublicKey};
use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;
use crate::twilio::Twilio;

/// Checks requests by one scheme.
#[derive(Debug, Clone)]
pub struct Verifier(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Twilio(Twilio),
    Hmac(Hmac),
    Jwt(Jwt),
    JwtBody,
    Jws(Jws),
    PublicKey(PublicKey),
    Password(Password),
}

/// The shortest secret. A shorter one can be guessed.
const MIN_SECRET: usize = 4;

impl Verifier {
    /// A verifier by an `auth` block.
    ///
    /// # Errors
    /// When the block lacks a key, or has one that does not fit its scheme.
    pub fn try_new(auth: &Auth) -> Result<Self, InvalidAuth> {
        Ok(Self(match auth.scheme.unwrap_or(Scheme::Bearer) {
            Scheme::Twilio => Kind::Twilio(Twilio::try_new(auth)?),
            Scheme::Hmac => Kind::Hmac(Hmac::try_new(auth)?),
            Scheme::Jwt => Kind::Jwt(Jwt::try_new(auth)?),
            Scheme::JwtBody => Kind::JwtBody,
            Scheme::Ed25519 => Kind::PublicKey(PublicKey::try_new(Curve::Ed25519, auth)?),
            Scheme::Ecdsa => Kind::PublicKey(PublicKey::try_new(Curve::P256, auth)?),
            Scheme::Bearer => Kind::Password(Password::try_new(Form::Bearer, auth)?),
            Scheme::Basic => Kind::Password(Password::try_new(Form::Basic, auth)?),
            Scheme::Token => Kind::Password(Password::try_new(Form::Plain, auth)?),
            Scheme::JwsDetached => Kind::Jws(Jws::try_new(auth)?),
        }))
    }

    /// Whether nobody but the sender can change the URL: the signature covers it, or it is a password, which covers nothing.
    #[must_use]
    pub fn covers_url(&self) -> bool {
        match &self.0 {
            Kind::Twilio(_) | Kind::Password(_) => true,
            Kind::Hmac(scheme) => scheme.covers_url(),
            Kind::PublicKey(scheme) => scheme.covers_url(),
            Kind::Jwt(_) | Kind::JwtBody | Kind::Jws(_) => false,
        }
    }

    /// Checks a request with one secret.
    ///
    /// # Errors
    /// When the request is not authentic, or the secret cannot be used.
    pub fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        if secret.len() < MIN_SECRET {
            return Err(Refusal::UnusableSecret);
        }
        match &self.0 {
            Kind::Twilio(scheme) => scheme.verify(request, secret),
            Kind::Hmac(scheme) => scheme.verify(request, secret),
            Kind::Jwt(scheme) => scheme.verify(request, secret),
            Kind::JwtBody => jwt::verify_body(request, secret),
            Kind::Jws(scheme) => scheme.verify(request, secret),
            Kind::PublicKey(scheme) => scheme.verify(request, secret),
            Kind::Password(scheme) => scheme.verify(request, secret),
        }
    }
}
