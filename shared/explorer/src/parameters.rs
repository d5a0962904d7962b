//! The parameters of a query string. Each name must be known and may be given once.

use crate::api_error::ApiError;

/// The parameters of a query string.
pub(crate) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    /// Reads a query string that may have only `known` names, each once.
    pub(crate) fn read(query: Option<&str>, known: &[&'static str]) -> Result<Self, ApiError> {
        let mut read = Vec::new();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = decoded(name).zip(decoded(value)).ok_or_else(ApiError::invalid_query)?;
            let Some(name) = known.iter().find(|known| **known == name) else {
                return Err(ApiError::unknown_parameter(known));
            };
            if read.iter().any(|(other, _)| other == name) {
                return Err(ApiError::repeated_parameter(name));
            }
            read.push((*name, value));
        }
        Ok(Self(read))
    }

    /// The value of `name`.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| *other == name).map(|(_, value)| value.as_str())
    }
}

/// Decodes `application/x-www-form-urlencoded`. Unlike browsers, it rejects incomplete percent-encoding.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(b) = bytes.next() {
        decoded.push(match b {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            b => b,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex_digit(b: u8) -> Option<u8> {
    char::from(b).to_digit(16)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(query: &str) -> Option<String> {
        Parameters::read(Some(query), &["a", "b"]).ok()?.get("a").map(str::to_owned)
    }

    #[test]
    fn values_are_decoded_once() {
        assert_eq!(value("a=1+2%2B%20%C3%A9&b=").as_deref(), Some("1 2+ é"));
        assert_eq!(value("b=1&a=%2541&").as_deref(), Some("%41"));
        assert_eq!(value("a").as_deref(), Some(""));
        assert_eq!(value("a=x=y").as_deref(), Some("x=y"));
        assert_eq!(value("b=1"), None);
    }

    #[test]
    fn incomplete_encoding_and_unknown_and_repeated_names_are_rejected() {
        for query in ["a=%", "a=%4", "a=%zz", "a=%ff", "a=%+1", "c=1", "%61=1&a=2", "=1"] {
            assert!(Parameters::read(Some(query), &["a", "b"]).is_err(), "{query}");
        }
    }
}
