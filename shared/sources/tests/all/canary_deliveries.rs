//! No canary in any field of any sample of any source is readable in what is kept of it, nor in an error.

use std::fs;

use cxtrace_sources::delivery::{Delivery, read_delivery};
use cxtrace_sources::registry::{Definition, Registry, ValueKind};
use serde_json::Value;

use crate::support::context;

/// A name, and texts that detectors know: a number, an address, a card and an account.
const CANARIES: [&str; 5] =
    ["Ada Lovelace", "+12025550143", "ada@example.com", "4111 1111 1111 1111", "DE89370400440532013000"];

/// The place of every text and number.
fn leaves(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                leaves(value, &format!("{path}/{name}"), all);
            }
        }
        Value::Array(entries) => {
            entries.iter().enumerate().for_each(|(at, value)| leaves(value, &format!("{path}/{at}"), all));
        }
        Value::String(_) | Value::Number(_) => all.push(path.to_owned()),
        _ => {}
    }
}

/// The bodies of a delivery with a canary in the place of each value, one at a time.
fn poisoned(delivery: &Delivery, canary: impl Fn(usize) -> &'static str) -> Vec<(Vec<u8>, &'static str)> {
    if let Ok(body) = serde_json::from_slice::<Value>(&delivery.body) {
        let mut all = Vec::new();
        leaves(&body, "", &mut all);
        let with = |(at, path): (usize, &String)| {
            let mut body = body.clone();
            *body.pointer_mut(path)? = Value::from(canary(at));
            Some((body.to_string().into_bytes(), canary(at)))
        };
        return all.iter().enumerate().filter_map(with).collect();
    }
    let Ok(form) = std::str::from_utf8(&delivery.body) else { return Vec::new() };
    let fields: Vec<_> = form.split('&').map(|field| field.split_once('=').unwrap_or((field, ""))).collect();
    let encoded = |text: &str| text.replace('+', "%2B").replace('@', "%40").replace(' ', "+");
    let with = |at: usize| {
        let field = |(here, (name, value)): (usize, &(&str, &str))| {
            let value = if here == at { encoded(canary(at)) } else { (*value).to_owned() };
            format!("{name}={value}")
        };
        let body: Vec<_> = fields.iter().enumerate().map(field).collect();
        (body.join("&").into_bytes(), canary(at))
    };
    (0..fields.len()).map(with).collect()
}

/// Whether somebody vouches for texts of any shape of this source.
fn vouches(definition: &Definition) -> bool {
    definition.attributes.iter().any(|group| group.kind == Some(ValueKind::Text))
}

#[test]
fn no_canary_in_any_field_of_any_delivery_is_readable() {
    let context = context();
    let mut read = 0;
    let mut readable = Vec::new();
    for definition in Registry::built_in().definitions().filter(|definition| !definition.is_abstract) {
        let folder = format!("{}/definitions/{}/samples", env!("CARGO_MANIFEST_DIR"), definition.source);
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|ending| ending != "ndjson") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
                let Ok(Some(delivery)) = Delivery::from_recording(line) else { continue };
                let offset = usize::from(vouches(definition));
                // Of a source whose texts somebody vouches for, a name may be kept.
                let canary = |at: usize| CANARIES[offset + (at + number) % (CANARIES.len() - offset)];
                for (body, canary) in poisoned(&delivery, canary) {
                    let result = read_delivery(&Delivery { body, ..delivery.clone() }, &context);
                    read += 1;
                    let kept = format!("{result:?}");
                    let digits = canary.trim_start_matches('+').replace(' ', "");
                    if kept.contains(canary) || kept.contains(&digits) {
                        readable.push(format!("{}:{}: {canary}", path.display(), number + 1));
                    }
                }
            }
        }
    }
    assert!(readable.is_empty(), "of {read}:\n{}", readable.join("\n"));
    assert!(read > 1_000, "{read}");
}
