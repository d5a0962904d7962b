//! The signed text of a scheme: literal text, and places that stand for parts of the request.

use std::borrow::Cow;

use crate::refusal::InvalidAuth;
use crate::request::SignedRequest;

/// A part of a request, or literal text.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Body,
    Timestamp,
    Method,
    Url,
    UrlDecoded,
}

/// A signed text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Piece>);

impl Template {
    /// Reads a template such as `{timestamp}.{body}`. It must hold the body.
    pub(crate) fn try_new(text: &str) -> Result<Self, InvalidAuth> {
        let (mut pieces, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find(['{', '}']) {
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            let end = rest[at..].find('}').filter(|end| *end > 0).map(|end| at + end);
            let end = end.ok_or_else(|| InvalidAuth::new("signed", "has a brace without its partner"))?;
            pieces.push(match &rest[at + 1..end] {
                "body" => Piece::Body,
                "timestamp" => Piece::Timestamp,
                "method" => Piece::Method,
                "url" => Piece::Url,
                "url_decoded" => Piece::UrlDecoded,
                other => {
                    let known = "use {body}, {timestamp}, {method}, {url} or {url_decoded}";
                    return Err(InvalidAuth::new("signed", format!("has an unknown place {{{other}}}; {known}")));
                }
            });
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        match pieces.contains(&Piece::Body) {
            true => Ok(Self(pieces)),
            false => Err(InvalidAuth::new("signed", "must hold {body}, or anybody could replace it")),
        }
    }

    /// Whether it holds the time of signing.
    pub(crate) fn has_timestamp(&self) -> bool {
        self.0.contains(&Piece::Timestamp)
    }

    /// Whether it holds the URL.
    pub(crate) fn has_url(&self) -> bool {
        self.0.contains(&Piece::Url) || self.0.contains(&Piece::UrlDecoded)
    }

    /// The signed bytes, in pieces. The body is not copied.
    pub(crate) fn pieces<'a>(
        &'a self,
        request: &'a SignedRequest<'a>,
        timestamp: &'a str,
    ) -> impl Iterator<Item = Cow<'a, [u8]>> {
        self.0.iter().map(move |piece| match piece {
            Piece::Text(text) => Cow::Borrowed(text.as_bytes()),
            Piece::Body => Cow::Borrowed(request.body),
            Piece::Timestamp => Cow::Borrowed(timestamp.as_bytes()),
            Piece::Method => Cow::Borrowed(request.method.as_bytes()),
            Piece::Url => Cow::Borrowed(request.url.as_bytes()),
            Piece::UrlDecoded => Cow::Owned(decoded(request.url).into_bytes()),
        })
    }
}

/// The characters of a URL that HubSpot signs decoded (HubSpot, *Validating requests*, v3).
const DECODED: [(&str, &str); 12] = [
    ("%3A", ":"),
    ("%2F", "/"),
    ("%3F", "?"),
    ("%40", "@"),
    ("%21", "!"),
    ("%24", "$"),
    ("%27", "'"),
    ("%28", "("),
    ("%29", ")"),
    ("%2A", "*"),
    ("%2C", ","),
    ("%3B", ";"),
];

fn decoded(url: &str) -> String {
    let (mut text, mut rest) = (String::with_capacity(url.len()), url);
    while let Some(at) = rest.find('%') {
        text.push_str(&rest[..at]);
        let known = DECODED.iter().find(|(code, _)| rest[at..].starts_with(code));
        let (read, kept) = known.map_or((1, "%"), |(code, character)| (code.len(), *character));
        text.push_str(kept);
        rest = &rest[at + read..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_must_hold_the_body_and_only_known_places() {
        assert!(Template::try_new("{timestamp}.{body}").unwrap().has_timestamp());
        assert!(!Template::try_new("v0:{body}").unwrap().has_timestamp());
        for wrong in ["", "{timestamp}", "{body", "body}", "{body}}", "{body}{secret}", "{}{body}"] {
            assert_eq!(Template::try_new(wrong).unwrap_err().key, "signed", "{wrong}");
        }
    }

    #[test]
    fn only_the_listed_characters_of_a_url_are_decoded() {
        assert_eq!(decoded("https://a.example/h?x=%3A%2f%2F%20%"), "https://a.example/h?x=:%2f/%20%");
    }
}
