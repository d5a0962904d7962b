//! Twilio's scheme: HMAC-SHA1 over the public URL and, for a form, its parameters sorted by name. A JSON body is covered by
//! its hash in the URL's parameter `bodySHA256` (Twilio, *Webhooks security*).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cxtrace_webhook_auth::{Auth, Hash};
use http::header::CONTENT_TYPE;
use ring::{digest, hmac};

use crate::compare;
use crate::header;
use crate::hmac::key;
use crate::refusal::{InvalidAuth, Refusal};
use crate::request::SignedRequest;

/// The default header. Vendors with the same scheme have their own.
const HEADER: &str = "x-twilio-signature";

const FORM: &str = "application/x-www-form-urlencoded";

#[derive(Debug, Clone)]
pub(crate) struct Twilio {
    header: String,
}

impl Twilio {
    pub(crate) fn try_new(auth: &Auth) -> Result<Self, InvalidAuth> {
        Ok(Self { header: header::name("header", auth.header.as_deref().unwrap_or(HEADER))? })
    }

    pub(crate) fn verify(&self, request: &SignedRequest<'_>, secret: &str) -> Result<(), Refusal> {
        let written = header::single(request.headers, &self.header)?;
        let parameters = parameters(request)?;
        let key = key(Hash::Sha1, secret);
        let mut is_right = false;
        for url in urls(request.url) {
            let mut context = hmac::Context::with_key(&key);
            context.update(url.as_bytes());
            for (name, value) in &parameters {
                context.update(name.as_bytes());
                context.update(value.as_bytes());
            }
            is_right |= compare::equal(STANDARD.encode(context.sign()).as_bytes(), written.as_bytes());
        }
        if is_right { Ok(()) } else { Err(Refusal::Wrong) }
    }
}

/// The signed parameters: those of a form, sorted by name and value, each once. The hash in the URL covers another body; a
/// body that neither covers is refused.
fn parameters(request: &SignedRequest<'_>) -> Result<Vec<(String, String)>, Refusal> {
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    let mut hashes = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "bodySHA256");
    if let Some((_, hash)) = hashes.next() {
        let right = hex::encode(digest::digest(&digest::SHA256, request.body));
        let is_right = compare::equal(right.as_bytes(), hash.as_bytes()) && hashes.next().is_none();
        return if is_right { Ok(Vec::new()) } else { Err(Refusal::Wrong) };
    }
    if request.body.is_empty() {
        return Ok(Vec::new());
    }
    let content_type = header::single(request.headers, CONTENT_TYPE.as_str())?;
    if !content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Err(Refusal::Wrong);
    }
    let mut parameters: Vec<_> =
        form_urlencoded::parse(request.body).map(|(name, value)| (name.into_owned(), value.into_owned())).collect();
    parameters.sort();
    parameters.dedup();
    Ok(parameters)
}

/// The URL as it is, without its port, and with the port of its scheme: senders differ in which of them they sign.
fn urls(url: &str) -> Vec<String> {
    let mut urls = vec![url.to_owned()];
    let Some((scheme, rest)) = url.split_once("://") else { return urls };
    let (host, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let default = if scheme == "https" { 443 } else { 80 };
    let is_port = |port: &&str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    match host.rsplit_once(':').filter(|(_, port)| is_port(port)) {
        Some((name, _)) => urls.push(format!("{scheme}://{name}{path}")),
        None => urls.push(format!("{scheme}://{host}:{default}{path}")),
    }
    urls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_tried_with_and_without_its_port() {
        assert_eq!(urls("https://a.example/h?b=1"), ["https://a.example/h?b=1", "https://a.example:443/h?b=1"]);
        assert_eq!(urls("http://a.example:8080/h"), ["http://a.example:8080/h", "http://a.example/h"]);
        assert_eq!(urls("https://a.example?b:1"), ["https://a.example?b:1", "https://a.example:443?b:1"]);
    }
}
