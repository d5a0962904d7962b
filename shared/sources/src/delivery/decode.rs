//! Decodes a body into JSON, step by step. It must not know what a body is about.

use std::io::Read;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use super::limits::{MAX_BODY, MAX_DEPTH};
use super::records;
use crate::error::SourceError;
use crate::registry::Decoder;

/// A decoded body.
pub(super) struct Decoded(pub(super) Value);

enum Stage {
    Bytes(Vec<u8>),
    Value(Value),
}

fn at(problem: &str) -> SourceError {
    SourceError::at("body", problem).of_delivery()
}

/// Decodes `body` by `steps`. If the last step gives bytes, they are read as JSON.
pub(super) fn body(body: &[u8], steps: &[Decoder]) -> Result<Decoded, SourceError> {
    let mut stage = Stage::Bytes(body.to_vec());
    for step in steps {
        let bytes = match stage {
            Stage::Bytes(bytes) => bytes,
            // A JSON text that holds another notation.
            Stage::Value(Value::String(text)) => text.into_bytes(),
            Stage::Value(value) if *step == Decoder::Json => {
                stage = Stage::Value(value);
                continue;
            }
            Stage::Value(_) => return Err(at("is decoded before all its steps are done")),
        };
        stage = decoded(bytes, *step)?;
    }
    let value = match stage {
        Stage::Bytes(bytes) => json(&plain(bytes)?)?,
        Stage::Value(value) => value,
    };
    if depth(&value) > MAX_DEPTH {
        return Err(at("is nested more than 64 levels deep"));
    }
    Ok(Decoded(value))
}

/// The bytes, decompressed if they are compressed. Some platforms compress a body only if it is long, some relays without saying
/// so, and no other notation begins like this.
fn plain(bytes: Vec<u8>) -> Result<Vec<u8>, SourceError> {
    if bytes.starts_with(&[0x1f, 0x8b]) { unzipped(&bytes) } else { Ok(bytes) }
}

fn decoded(bytes: Vec<u8>, step: Decoder) -> Result<Stage, SourceError> {
    let bytes = plain(bytes)?;
    Ok(match step {
        Decoder::Gzip => Stage::Bytes(bytes),
        Decoder::Base64 => Stage::Bytes(base64(&bytes).ok_or_else(|| at("is not base64"))?),
        Decoder::Text => Stage::Value(Value::String(text(&bytes)?)),
        Decoder::Json => Stage::Value(json(&bytes)?),
        Decoder::Form => Stage::Value(form(&bytes)),
        Decoder::Jwt => Stage::Value(claims(&bytes)?),
        Decoder::Csv => Stage::Value(records::table(&bytes, b',').ok_or_else(|| at("has no lines of values"))?),
        Decoder::Pipe => Stage::Value(records::table(&bytes, b'|').ok_or_else(|| at("has no lines of values"))?),
        Decoder::KeyValue => Stage::Value(records::pairs(&text(&bytes)?)),
    })
}

fn text(bytes: &[u8]) -> Result<String, SourceError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| at("is not UTF-8"))
}

fn unzipped(bytes: &[u8]) -> Result<Vec<u8>, SourceError> {
    let mut all = Vec::new();
    let limit = MAX_BODY as u64 + 1;
    let read = flate2::read::MultiGzDecoder::new(bytes).take(limit).read_to_end(&mut all);
    read.map_err(|_| at("is not gzip"))?;
    if all.len() > MAX_BODY { Err(at("is longer than 1 MB when it is decompressed")) } else { Ok(all) }
}

/// Bytes in either alphabet of base64, with or without padding.
pub(super) fn base64(bytes: &[u8]) -> Option<Vec<u8>> {
    const ANY: GeneralPurpose = GeneralPurpose::new(
        &base64::alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let in_one_alphabet = |byte: &u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => *other,
    };
    let written: Vec<u8> = bytes.iter().filter(|byte| !byte.is_ascii_whitespace()).map(in_one_alphabet).collect();
    ANY.decode(written).ok().filter(|bytes| !bytes.is_empty())
}

/// One JSON document, or several, which become a list.
fn json(bytes: &[u8]) -> Result<Value, SourceError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let read = |bytes: &[u8]| -> Result<Value, serde_json::Error> {
        let mut documents =
            serde_json::Deserializer::from_slice(bytes).into_iter().collect::<Result<Vec<Value>, _>>()?;
        Ok(if documents.len() == 1 { documents.remove(0) } else { Value::Array(documents) })
    };
    let value = read(bytes).or_else(|error| {
        // Half a surrogate pair, which is left when a text is cut, refuses no body.
        let mended = whole_characters(bytes).ok_or(error)?;
        read(&mended)
    });
    match value {
        Ok(Value::Array(documents)) if documents.is_empty() && bytes.iter().all(u8::is_ascii_whitespace) => {
            Err(at("is empty"))
        }
        Ok(value) => Ok(value),
        Err(error) => Err(at(&format!("is not valid JSON at line {} column {}", error.line(), error.column()))),
    }
}

/// The text with a replacement character in the place of each escaped half of a surrogate pair. `None` if there is none.
fn whole_characters(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    let unit = |text: &str, at: usize| -> Option<u16> {
        let escaped = text.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(escaped, 16).ok()
    };
    let mut changed = bytes.len() != text.len();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        at += found;
        match unit(&text, at) {
            Some(0xd800..=0xdbff) if matches!(unit(&text, at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                text.replace_range(at..at + 6, "\\ufffd");
                changed = true;
                at += 6;
            }
            // An escaped backslash.
            _ => at += 2,
        }
    }
    changed.then(|| text.into_bytes())
}

fn form(bytes: &[u8]) -> Value {
    let fields =
        form_urlencoded::parse(bytes).map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())));
    Value::Object(fields.collect::<Map<_, _>>())
}

/// The claims of a JSON Web Token.
fn claims(bytes: &[u8]) -> Result<Value, SourceError> {
    let token = text(bytes)?;
    let token = token.trim().trim_matches('"');
    let mut parts = token.split('.');
    let (Some(_), Some(claims), Some(_)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(at("is not a JSON Web Token"));
    };
    json(&base64(claims.as_bytes()).ok_or_else(|| at("is not a JSON Web Token"))?)
}

/// Decodes the text at `path` if it is JSON. A list on the way stands for its entries.
pub(super) fn json_field(value: &mut Value, path: &str) {
    match value {
        Value::Array(entries) => entries.iter_mut().for_each(|entry| json_field(entry, path)),
        Value::Object(members) => {
            // A name may itself contain dots.
            if let Some(found) = members.get_mut(path) {
                if let Value::String(text) = &*found
                    && let Ok(read) = serde_json::from_str::<Value>(text)
                    && (read.is_object() || read.is_array())
                    && depth(&read) <= MAX_DEPTH
                {
                    *found = read;
                }
            } else if let Some((first, rest)) = path.split_once('.')
                && let Some(inside) = members.get_mut(first)
            {
                json_field(inside, rest);
            }
        }
        _ => {}
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(entries) => 1 + entries.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
