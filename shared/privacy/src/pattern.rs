//! Patterns: shapes of ids, names and words that a definition declares as public. A pattern is literal text with
//! placeholders and has no repetition, so a text either has the shape or has not. It must not know what a text is about.
//!
//! | placeholder | what it stands for |
//! |---|---|
//! | `{uuid}` | a UUID with dashes, in any case |
//! | `{hex:32}`, `{hex:8-12}` | so many hexadecimal digits |
//! | `{digit:1-6}` | so many decimal digits. More than six could be somebody's number. |
//! | `{mixed:12}` | so many ASCII letters and digits, as a machine chooses them: with three digits or more and never seven letters in a row, or with many changes between capitals, small letters and digits |
//! | `{{`, `}}` | a brace |

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most decimal digits that a placeholder may stand for: seven may be somebody's phone number.
pub const MAX_DIGITS: usize = 6;

/// The longest pattern and the longest text that one matches, in bytes.
const MAX_BYTES: usize = 256;

/// A shape that a text may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    written: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Literal(String),
    Uuid,
    Hex(RangeInclusive<usize>),
    Digit(RangeInclusive<usize>),
    Mixed(RangeInclusive<usize>),
}

/// Why a text is not a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPattern(String);

impl fmt::Display for InvalidPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidPattern {}

impl Pattern {
    /// Whether `text` as a whole has this shape.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        text.len() <= MAX_BYTES && fits(&self.parts, text)
    }

    /// The text that the pattern was read from.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl FromStr for Pattern {
    type Err = InvalidPattern;

    fn from_str(text: &str) -> Result<Self, InvalidPattern> {
        let invalid = |problem: &str| InvalidPattern(format!("`{text}` is not a pattern: {problem}"));
        if !(1..=MAX_BYTES).contains(&text.len()) || !text.bytes().all(|b| (b' '..=b'~').contains(&b)) {
            return Err(invalid("it must have 1 to 256 printable ASCII characters"));
        }
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("{{").or_else(|| rest.strip_prefix("}}")) {
                literal.push(c);
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let (inside, after) =
                    after.split_once('}').ok_or_else(|| invalid("a `{` has no `}`. Write a brace as `{{`"))?;
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                parts.push(placeholder(inside).map_err(|problem| invalid(&problem))?);
                rest = after;
            } else if c == '}' {
                return Err(invalid("a `}` has no `{`. Write a brace as `}}`"));
            } else {
                literal.push(c);
                rest = rest.get(1..).unwrap_or_default();
            }
        }
        if !literal.is_empty() {
            parts.push(Part::Literal(literal));
        }
        Ok(Self { written: text.to_owned(), parts })
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

fn placeholder(inside: &str) -> Result<Part, String> {
    if inside == "uuid" {
        return Ok(Part::Uuid);
    }
    let known = "use {uuid}, {hex:32}, {digit:1-6} or {mixed:12}";
    let (kind, lengths) = inside.split_once(':').ok_or_else(|| format!("`{{{inside}}}` is unknown: {known}"))?;
    let (least, most) = lengths.split_once('-').unwrap_or((lengths, lengths));
    let range = match (least.parse::<usize>(), most.parse::<usize>()) {
        (Ok(least), Ok(most)) if (1..=most).contains(&least) && most <= 128 => least..=most,
        _ => return Err(format!("`{{{inside}}}` needs a length from 1 to 128, such as 32 or 8-12")),
    };
    match kind {
        "hex" => Ok(Part::Hex(range)),
        "digit" if *range.end() > MAX_DIGITS => {
            Err("more than six digits in a row may be somebody's number. Give the class pseudonym instead".to_owned())
        }
        "digit" => Ok(Part::Digit(range)),
        "mixed" => Ok(Part::Mixed(range)),
        _ => Err(format!("`{{{inside}}}` is unknown: {known}")),
    }
}

fn fits(parts: &[Part], text: &str) -> bool {
    let Some((part, others)) = parts.split_first() else { return text.is_empty() };
    let run = |range: &RangeInclusive<usize>, is_in: fn(&u8) -> bool, holds: fn(&str) -> bool| {
        let longest = text.bytes().take_while(is_in).count();
        let lengths = range.clone().rev().filter(|length| *length <= longest);
        lengths.into_iter().any(|length| {
            text.get(..length).is_some_and(holds) && text.get(length..).is_some_and(|rest| fits(others, rest))
        })
    };
    match part {
        Part::Literal(literal) => text.strip_prefix(literal.as_str()).is_some_and(|rest| fits(others, rest)),
        Part::Uuid => match text.split_at_checked(36) {
            Some((uuid, rest)) => is_uuid(uuid) && fits(others, rest),
            None => false,
        },
        Part::Hex(range) => run(range, u8::is_ascii_hexdigit, is_random_hex),
        Part::Digit(range) => run(range, u8::is_ascii_digit, |_| true),
        Part::Mixed(range) => run(range, u8::is_ascii_alphanumeric, is_mixed),
    }
}

fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').map(str::len).collect();
    groups == [8, 4, 4, 4, 12] && text.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-')
}

/// Hexadecimal digits of a machine: a long run of decimal digits among them could be a number that somebody wrote there.
fn is_random_hex(text: &str) -> bool {
    let longest = longest_run(text, u8::is_ascii_digit);
    longest <= if text.len() >= 16 { 11 } else { MAX_DIGITS }
}

fn is_mixed(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let has_digits = digits >= 3 && longest_run(text, u8::is_ascii_alphabetic) <= MAX_DIGITS;
    longest_run(text, u8::is_ascii_digit) <= MAX_DIGITS && (has_digits || is_random(text))
}

/// Whether capitals, small letters and digits follow each other as only a machine writes them: in a name, a capital stands at the
/// beginning of a word.
fn is_random(text: &str) -> bool {
    let kind = |byte: &u8| (byte.is_ascii_uppercase(), byte.is_ascii_digit());
    let changes = text.as_bytes().windows(2).filter(|pair| kind(&pair[0]) != kind(&pair[1])).count();
    text.len() >= 8 && changes * 3 >= text.len()
}

fn longest_run(text: &str, is_in: fn(&u8) -> bool) -> usize {
    text.as_bytes().split(|b| !is_in(b)).map(<[u8]>::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        pattern.parse::<Pattern>().unwrap().matches(text)
    }

    #[test]
    fn a_text_has_the_shape_as_a_whole_or_not_at_all() {
        let uuid = "279c39cf-15fa-48e9-b435-f9667f4f96ba";
        for (pattern, text) in [
            ("{uuid}", uuid),
            ("sess-{uuid}", &format!("sess-{uuid}")),
            ("CA{hex:32}", "CA7f3a9b1c2d4e5f60718293a4b5c6d7e8"),
            ("s-{hex:4}", "s-81f2"),
            ("500{mixed:12}", "500Hs00001abcde"),
            ("RM_{mixed:12}", "RM_hycBMAjmt6Ub"),
            ("RM_{mixed:12}", "RM_VFkQsxBnmTpw"),
            ("{digit:1-6}", "486"),
            ("GET /accounts/{{id}}", "GET /accounts/{id}"),
            ("{hex:2-4}:{digit:1}", "abc:1"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
            for other in [format!("{text}x"), format!("x{text}"), String::new()] {
                assert!(!matches(pattern, &other), "{pattern} {other}");
            }
        }
    }

    #[test]
    fn no_placeholder_takes_a_number_or_a_name() {
        for (pattern, text) in [
            ("{hex:18}", "2025557391c0ffee00".get(..17).unwrap()),
            ("{hex:12}", "2025557391c0"),
            ("{hex:16}", "4477009001234567"),
            ("{mixed:16}", "quillfeather1985"),
            ("{mixed:12}", "202555739100"),
            ("{mixed:12}", "quillfeather"),
            ("{mixed:12}", "QuillFeather"),
            ("{mixed:12}", "OttolineQuil"),
            ("{mixed:12}", "OTTOLINEQUIL"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn an_invalid_pattern_says_what_to_write() {
        let refusal = |pattern: &str| pattern.parse::<Pattern>().unwrap_err().to_string();
        for (pattern, expected) in [
            ("", "1 to 256 printable"),
            ("ä", "1 to 256 printable"),
            ("{hex:32", "a `{` has no `}`"),
            ("a}", "a `}` has no `{`"),
            ("{word}", "use {uuid}, {hex:32}"),
            ("{hex:0}", "a length from 1 to 128"),
            ("{hex:9-2}", "a length from 1 to 128"),
            ("{digit:10}", "may be somebody's number"),
        ] {
            assert!(refusal(pattern).contains(expected), "{pattern} {}", refusal(pattern));
        }
    }
}
