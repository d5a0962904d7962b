//! Distinguishes names of steps, routines and routes from names of people.
//!
//! `Account Lookup` and `Ada Lovelace` have the same shape, and so have `crm-case` and `ada-lovelace`. So a name is
//! stored only if each of its parts is in the vocabulary: `Account lookup`, `SIP INVITE`, `GET /v1/accounts/{id}`,
//! `accounts.AccountService`, `crm-case-lookup`.

use cxtrace_privacy::digits;

use super::vocabulary;

/// The maximum length of a stored name, in bytes.
const MAX_BYTES: usize = 80;

/// A number of at most six digits, with at most two dots: `504`, `4.3`, `1.24.0`.
pub(super) fn number(text: &str) -> Option<String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let parts: Vec<_> = digits.split('.').collect();
    let whole =
        parts.len() <= 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    (whole && digits.bytes().filter(u8::is_ascii_digit).count() <= 6).then(|| text.to_owned())
}

/// A name that may be stored: words of the vocabulary, separated by single spaces.
pub(super) fn name(text: &str) -> Option<String> {
    let text = text.trim();
    let fits = (1..=MAX_BYTES).contains(&text.len()) && !digits::could_be_a_number(text);
    (fits && text.split(' ').all(is_technical)).then(|| text.to_owned())
}

/// Whether a token is a word, a number, or an identifier or route whose parts are all in the vocabulary. Parts that are
/// too short to name anybody (`v2`, `eu1`, `4o`) may stand among them.
fn is_technical(token: &str) -> bool {
    let route = token.contains('/');
    let parts: Vec<&str> = token.split(|c: char| "._-/:{}*".contains(c)).flat_map(humps).collect();
    let named = parts.iter().any(|part| vocabulary::is_word(part));
    let short = |part: &str| part.len() <= 4 && part.bytes().any(|b| b.is_ascii_digit());
    let version = |part: &str| part.len() <= 3 && part.starts_with('v') && short(part);
    let passes = |part: &&str| {
        vocabulary::is_word(part) || (named && part.len() <= 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
            // In a route, digits may be a personal parameter, unless they are a version.
            || if route { version(part) } else { short(part) }
    };
    token.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/:{}*".contains(&b))
        && parts.iter().all(passes)
        && (token == "/" || !parts.is_empty())
}

/// The parts of `HTTPServerError2`: `HTTP`, `Server` and `Error2`.
fn humps(word: &str) -> Vec<&str> {
    let bytes = word.as_bytes();
    let begins = |at: &usize| match (bytes.get(at.wrapping_sub(1)), bytes.get(*at), bytes.get(at + 1)) {
        (None, Some(_), _) => true,
        (Some(before), Some(b), _) if !before.is_ascii_uppercase() => b.is_ascii_uppercase(),
        (Some(_), Some(b), Some(after)) => b.is_ascii_uppercase() && after.is_ascii_lowercase(),
        _ => false,
    };
    let starts: Vec<usize> = (0..bytes.len()).filter(begins).collect();
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| word.get(*start..end)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_machines_and_engineers_give_are_kept() {
        for text in [
            "GET /accounts/{id}",
            "/v1/orders/:id/items",
            "POST /",
            "accounts.AccountService",
            "crm-case-lookup",
            "GetAccount",
            "SIP INVITE",
            "SELECT orders.items",
            "Account lookup",
            "Verification code shown",
            "504",
            "java.net.SocketTimeoutException",
            "timeout",
            "_OTHER",
            "q850:16",
            "gpt-4o-mini",
            "HTTPServerError",
            "eu1-orders",
            "GET /v1/accounts/{accountId}/orders",
        ] {
            assert_eq!(name(text).as_deref(), Some(text));
        }
        assert_eq!(name(" call ").as_deref(), Some("call"));
    }

    #[test]
    fn whatever_could_be_a_person_a_number_or_an_address_is_not() {
        for text in [
            "",
            "Ada",
            "Ada Lovelace",
            "ADA LOVELACE",
            "call Ada",
            "ada.lovelace",
            "ada-lovelace",
            "AdaLovelace",
            "McDonald",
            "account.lovelace",
            "/users/lovelace",
            "Li Wu",
            "Lovelace",
            "ada@example.com",
            "10 Downing Street",
            "+44 7700 900123",
            "447700900123",
            "44-7700-900-123",
            "44_7700_900_123",
            "call 44 77 00 90 01",
            "4111 1111 1111 1111",
            "GET /accounts/4711",
            "GET /users/ada@example.com",
            "a  call",
            "call\u{202e}",
            &"call ".repeat(20),
        ] {
            assert_eq!(name(text), None, "{text}");
        }
    }

    #[test]
    fn a_number_is_too_short_to_be_a_phones() {
        for text in ["504", "-1", "4.3", "1.24.0", "443"] {
            assert_eq!(number(text).as_deref(), Some(text));
        }
        for text in ["4477009", "1.2.3.4", "1e9", "", ".", "5 04"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
