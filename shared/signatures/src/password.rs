//! A password in a header: a token, a bearer token, or a user with a password. It covers nothing of the request, so a
//! definition uses it only where the vendor offers nothing better.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_webhook_auth::Auth;
use ring::digest;

use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;
use crate::{compare, header};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Bearer,
    Basic,
    Plain,
}

#[derive(Debug, Clone)]
pub(crate) struct Password {
    form: Form,
    header: String,
    prefix: String,
}

impl Password {
    pub(crate) fn try_new(form: Form, auth: &Auth) -> Result<Self, InvalidAuth> {
        let header = match (form, auth.header.as_deref()) {
            (Form::Plain, None) => return Err(InvalidAuth::new("header", "is missing")),
            (_, Some(header)) => header,
            (_, None) => "authorization",
        };
        Ok(Self { form, header: header::name("header", header)?, prefix: auth.prefix.clone() })
    }

    pub(crate) fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        let written = header::single(request.headers, &self.header)?;
        let right = match self.form {
            Form::Bearer => format!("Bearer {secret}"),
            Form::Basic => format!("Basic {}", STANDARD.encode(secret)),
            Form::Plain => format!("{}{secret}", self.prefix),
        };
        // Hashes, because lengths of passwords are secret.
        let hash = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
        match compare::equal(hash(&right).as_ref(), hash(written).as_ref()) {
            true => Ok(()),
            false => Err(Refusal::Wrong),
        }
    }
}
