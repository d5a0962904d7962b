//! Finds what identifies a person in texts that are declared as public: e-mail addresses, phone and card numbers, IBANs.
//! A declaration says that a text is harmless; this is the net below it. There is no list of words and no guess from
//! letters. It must not know where a text comes from.

use std::borrow::Cow;
use std::ops::Range;

use crate::digits::MIN_OF_A_NUMBER;

/// What stands in place of an e-mail address, a card number or an IBAN.
const HIDDEN: &str = "hidden";

/// What may stand between the digits of one number. Spaces of any kind separate, too.
const SEPARATORS: &[char] =
    &['_', ':', '.', '-', '/', ',', '~', '=', '(', ')', '+', '\u{2010}', '\u{2011}', '\u{2013}'];

/// Whether a text holds nothing that could identify a person.
#[must_use]
pub fn is_clean(text: &str) -> bool {
    found(text, MIN_OF_A_NUMBER).is_none()
}

/// The text with everything masked that could identify a person. The last two digits of a phone number stay, so that two
/// numbers can be told apart. Numbers of fewer than `least` digits stay as they are.
#[must_use]
pub fn masked(text: &str, least: usize) -> Cow<'_, str> {
    let Some(mut next) = found(text, least) else { return Cow::Borrowed(text) };
    let (mut masked, mut rest) = (String::new(), text);
    loop {
        masked.push_str(rest.get(..next.at.start).unwrap_or_default());
        masked.push_str(&next.mask);
        rest = rest.get(next.at.end..).unwrap_or_default();
        match found(rest, least) {
            Some(another) => next = another,
            None => break,
        }
    }
    masked.push_str(rest);
    Cow::Owned(masked)
}

struct Found {
    at: Range<usize>,
    mask: String,
}

/// The first part of a text that could identify a person.
fn found(text: &str, least: usize) -> Option<Found> {
    [email(text), iban(text), number(text, least)].into_iter().flatten().min_by_key(|found| found.at.start)
}

/// `name@host.example`, as far as both sides reach.
fn email(text: &str) -> Option<Found> {
    let is_part = |c: char| c.is_alphanumeric() || "._%+-".contains(c);
    text.match_indices('@').find_map(|(at, _)| {
        let (before, after) = (text.get(..at)?, text.get(at + 1..)?);
        let start = before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map(|(at, _)| at)?;
        let end = after.char_indices().take_while(|(_, c)| is_part(*c)).last().map(|(at, c)| at + c.len_utf8())?;
        Some(Found { at: start..at + 1 + end, mask: HIDDEN.to_owned() })
    })
}

/// Two letters, two digits and 11 to 30 letters and digits whose check digits are right (ISO 13616), with spaces or
/// dashes between groups.
fn iban(text: &str) -> Option<Found> {
    let bytes = text.as_bytes();
    let starts = (0..bytes.len()).filter(|at| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        !before.is_some_and(u8::is_ascii_alphanumeric)
    });
    for start in starts {
        let (mut compact, mut ends) = (Vec::new(), Vec::new());
        for (at, byte) in bytes.iter().enumerate().skip(start) {
            match byte {
                byte if byte.is_ascii_alphanumeric() && compact.len() < 34 => {
                    compact.push(byte.to_ascii_uppercase());
                    ends.push(at + 1);
                }
                b' ' | b'-' | b'_' | b'.' | b':' => {}
                _ => break,
            }
        }
        let is_country = compact.iter().take(2).all(u8::is_ascii_alphabetic);
        let is_checked = compact.iter().skip(2).take(2).all(u8::is_ascii_digit);
        if !is_country || !is_checked {
            continue;
        }
        for length in (15..=compact.len()).rev() {
            if let (Some(candidate), Some(end)) = (compact.get(..length), ends.get(length - 1))
                && is_iban(candidate)
            {
                return Some(Found { at: start..*end, mask: HIDDEN.to_owned() });
            }
        }
    }
    None
}

fn is_iban(compact: &[u8]) -> bool {
    let (head, tail) = compact.split_at(4);
    let mut rest = 0_u32;
    for byte in tail.iter().chain(head) {
        rest = match byte {
            b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
            _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
        };
    }
    rest == 1
}

/// A run of at least `least` digits, whatever separates them, in any script; 12 to 19 digits that satisfy Luhn's check
/// are a card.
fn number(text: &str, least: usize) -> Option<Found> {
    let (mut digits, mut start, mut end) = (String::new(), 0, 0);
    let mut result = None;
    for (at, c) in text.char_indices().chain([(text.len(), 'x')]) {
        let digit = decimal(c);
        if let Some(digit) = digit {
            if digits.is_empty() {
                start = if text.get(..at).is_some_and(|before| before.ends_with('+')) { at - 1 } else { at };
            }
            digits.push(digit);
            end = at + c.len_utf8();
        } else if !SEPARATORS.contains(&c) && !c.is_whitespace() && !crate::characters::is_format(c) {
            if digits.len() >= least {
                result = Some(());
                break;
            }
            digits.clear();
        }
    }
    result?;
    let is_card = (12..=19).contains(&digits.len()) && is_luhn(&digits);
    let last = digits.get(digits.len().saturating_sub(2)..).unwrap_or_default();
    let mask = if is_card { HIDDEN.to_owned() } else { format!("number-{last}") };
    Some(Found { at: start..end, mask })
}

/// The decimal digit that a character of any script stands for.
fn decimal(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let mut buffer = [0; 4];
    crate::characters::ascii(c.encode_utf8(&mut buffer)).chars().next().filter(char::is_ascii_digit)
}

fn is_luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, byte)| {
            let digit = u32::from(byte - b'0');
            match (at % 2, digit * 2) {
                (0, _) => digit,
                (_, doubled) if doubled > 9 => doubled - 9,
                (_, doubled) => doubled,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_addresses_cards_and_accounts_are_found_however_they_are_separated() {
        for text in [
            "447700900123",
            "447_700_900_123",
            "x:7f3a9b1c-2025557391",
            "call +44 (0)20 7946 0958 now",
            "٤٤٧٧٠٠٩٠٠١٢٣",
            "4111:1111:1111:1111",
            "4929:1234:5678:7391",
            "4111.1111-1111_1111",
            "ada@example.com",
            "to ada.lovelace+x@mail.example, please",
            "GB33BUKB20201555555555",
            "DE89 3704 0044 0532 0130 00",
            "NL91-ABNA-0417-1643-00",
        ] {
            assert!(!is_clean(text), "{text}");
            let masked = masked(text, MIN_OF_A_NUMBER);
            assert!(is_clean(&masked), "{text} {masked}");
        }
    }

    #[test]
    fn what_identifies_nobody_stays() {
        for text in
            ["GET /v1/accounts/{id}", "HTTP 504", "q850:16", "10.0.0.1", "a @ b", "2.14.3", "DE12", "Order 4711"]
        {
            assert_eq!(masked(text, MIN_OF_A_NUMBER), text);
        }
        assert_eq!(masked("Survey 2023-03-05", 9), "Survey 2023-03-05");
    }

    #[test]
    fn a_mask_leaves_the_rest_and_two_digits_of_a_number() {
        assert_eq!(masked("Line 447700900123 and ada@example.com", 7), "Line number-23 and hidden");
        assert_eq!(masked("4111 1111 1111 1111", 7), "hidden");
        assert_eq!(masked("447700900123 a 447700900124", 7), "number-23 a number-24");
    }
}
