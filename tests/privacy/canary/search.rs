//! Searches the outputs for very many texts at once: unchanged, escaped, encoded, and with other separators.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::people::Canary;

/// The number of bytes at the start of a trace that are looked up at once. No trace is shorter.
const START: usize = 8;

/// Shorter runs of letters and digits are not treated as base64.
const SHORTEST_BASE64: usize = 16;

/// The traces of canaries.
pub(crate) struct Search<'a> {
    canaries: &'a [Canary],
    traces: Vec<(&'a [u8], usize)>,
    by_start: HashMap<u64, Vec<usize>>,
    /// One bit for each hash of a start: most places in a text are not the start of a trace.
    filter: Vec<u64>,
}

/// A canary that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sighting {
    /// The canary.
    pub(crate) canary: String,
    /// The text around it.
    pub(crate) around: String,
}

impl<'a> Search<'a> {
    pub(crate) fn of(canaries: &'a [Canary]) -> Self {
        let mut search =
            Self { canaries, traces: Vec::new(), by_start: HashMap::new(), filter: vec![0; 1 << (FILTER_BITS - 6)] };
        for (canary, trace) in
            canaries.iter().enumerate().flat_map(|(n, canary)| canary.traces.iter().map(move |trace| (n, trace)))
        {
            let start = window(trace.as_bytes().first_chunk().unwrap());
            let (word, bit) = slot(start);
            search.filter[word] |= bit;
            search.by_start.entry(start).or_default().push(search.traces.len());
            search.traces.push((trace.as_bytes(), canary));
        }
        search
    }

    /// The first canary in `said`, in any form.
    pub(crate) fn look(&self, said: &[u8]) -> Option<Sighting> {
        let plain = String::from_utf8_lossy(said).to_ascii_lowercase();
        let unescaped = unescaped(&String::from_utf8_lossy(said)).to_ascii_lowercase();
        let decoded = decoded(said).to_ascii_lowercase();
        let forms = [&plain, &unescaped, &decoded];
        forms.iter().find_map(|form| self.look_in(form).or_else(|| self.look_in(&numbers(form))))
    }

    fn look_in(&self, form: &str) -> Option<Sighting> {
        let bytes = form.as_bytes();
        for (at, chunk) in bytes.windows(START).enumerate() {
            let start = window(chunk.first_chunk().unwrap());
            let (word, bit) = slot(start);
            if self.filter[word] & bit == 0 {
                continue;
            }
            for (trace, canary) in self.by_start.get(&start).into_iter().flatten().map(|n| self.traces[*n]) {
                if bytes[at..].starts_with(trace) {
                    let around = &bytes[at.saturating_sub(120)..bytes.len().min(at + 120)];
                    let around = String::from_utf8_lossy(around).into_owned();
                    return Some(Sighting { canary: self.canaries[canary].text.clone(), around });
                }
            }
        }
        None
    }
}

const FILTER_BITS: u32 = 23;

fn window(start: &[u8; START]) -> u64 {
    u64::from_le_bytes(*start)
}

fn slot(start: u64) -> (usize, u64) {
    let hash = start.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - FILTER_BITS);
    (usize::try_from(hash >> 6).unwrap(), 1 << (hash & 63))
}

/// The text without the escapes of URLs and JSON, and with spaces for `+`.
fn unescaped(text: &str) -> String {
    let code = |digits: Option<&[u8]>| u32::from_str_radix(std::str::from_utf8(digits?).ok()?, 16).ok();
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let (read, taken) = match byte {
            b'%' => (code(bytes.get(at + 1..at + 3)), 3),
            b'\\' if bytes.get(at + 1) == Some(&b'u') => (code(bytes.get(at + 2..at + 6)), 6),
            b'\\' => (
                bytes
                    .get(at + 1)
                    .map(|next| if next.is_ascii_alphabetic() { u32::from(b' ') } else { u32::from(*next) }),
                2,
            ),
            _ => (None, 1),
        };
        match read {
            Some(code) if code < 0x80 => plain.push(u8::try_from(code).unwrap()),
            Some(_) => plain.push(b'?'),
            None => plain.push(*byte),
        }
        at += if read.is_some() { taken } else { 1 };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

/// All decoded base64 in the text.
fn decoded(said: &[u8]) -> String {
    let is_digit = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
    let mut decoded = String::new();
    for run in said.split(|b| !is_digit(b)).filter(|run| run.len() >= SHORTEST_BASE64) {
        for bytes in [STANDARD_NO_PAD.decode(run), URL_SAFE_NO_PAD.decode(run)].into_iter().flatten() {
            decoded.push_str(&String::from_utf8_lossy(&bytes));
            decoded.push('\n');
        }
    }
    decoded
}

/// The numbers in the text, without separators.
fn numbers(text: &str) -> String {
    let mut numbers = String::new();
    for c in text.chars() {
        match c {
            '0'..='9' => numbers.push(c),
            ' ' | '+' | '-' | '.' | '(' | ')' | '/' | '_' | '\u{a0}' => {}
            _ if numbers.ends_with('\n') => {}
            _ => numbers.push('\n'),
        }
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::privacy::canary::people::{Aviary, Kind};

    /// Personal data is found in any notation.
    #[test]
    fn a_canary_is_found_in_every_disguise() {
        let mut aviary = Aviary::of_seed(2);
        for kind in [Kind::Phone, Kind::Name, Kind::Email, Kind::Card, Kind::Address] {
            for _ in 0..200 {
                aviary.of(kind);
            }
        }
        let all = aviary.all.clone();
        let search = Search::of(&all);
        for Canary { text, .. } in &all {
            let every = |escape: fn(u8) -> String| text.bytes().map(escape).collect::<String>();
            for form in [
                format!("{{\"note\":{}}}", serde_json::json!(text)),
                serde_json::json!(serde_json::json!({ "note": text }).to_string()).to_string(),
                format!("{text:?}"),
                text.to_uppercase(),
                text.to_lowercase(),
                every(|b| format!("%{b:02x}")),
                every(|b| format!("\\u{b:04x}")),
                format!("body={}&", STANDARD_NO_PAD.encode(format!("a note about {text}"))),
                format!("{{\"B\":\"{}=\"}}", URL_SAFE_NO_PAD.encode(format!("a note on {text}"))),
                format!("id 4711 {} and so on", text.replace([' ', '-'], ".")),
            ] {
                assert!(search.look(form.as_bytes()).is_some(), "{text:?} is overlooked in {form}");
            }
        }
        let harmless = "{\"at\":\"2023-11-15T12:00:00.000Z\",\"id\":\"00f067aa0ba902b7\",\"masked\":\"•••• 23\"}";
        assert_eq!(search.look(harmless.as_bytes()), None);
    }
}
