//! No canary in any field of any sample of any source is readable in what is kept of it, nor in an error.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Mutex;

use cxtrace_sources::delivery::{Delivery, read_delivery};
use cxtrace_sources::registry::{Definition, Registry, Transport, ValueKind};
use serde_json::Value;

use crate::shapes::{CANARIES as SHAPES, canary, wanted};
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

/// One value of a recorded delivery, where a canary is put.
struct Place {
    delivery: usize,
    /// The pointer of a JSON value, or the number of a field of a form.
    at: Result<String, usize>,
}

/// A recorded delivery, with its body as JSON, or as the fields of a form.
struct Recorded {
    source: String,
    vouches: bool,
    delivery: Delivery,
    body: Result<Value, Vec<(String, String)>>,
}

impl Recorded {
    fn poisoned(&self, at: &Result<String, usize>, canary: &str) -> Option<Delivery> {
        let body = match (&self.body, at) {
            (Ok(body), Ok(pointer)) => {
                let mut body = body.clone();
                *body.pointer_mut(pointer)? = Value::from(canary);
                body.to_string()
            }
            (Err(fields), Err(here)) => {
                let mut form = form_urlencoded(fields, *here, canary);
                form.pop();
                form
            }
            _ => return None,
        };
        Some(Delivery { body: body.into_bytes(), ..self.delivery.clone() })
    }
}

fn form_urlencoded(fields: &[(String, String)], here: usize, canary: &str) -> String {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let field = |(at, (name, value)): (usize, &(String, String))| match at == here {
        true => format!("{name}={}&", encoded(canary)),
        false => format!("{name}={value}&"),
    };
    fields.iter().enumerate().map(field).collect()
}

/// Every recorded delivery of every source, and every place in them.
fn recorded() -> (Vec<Recorded>, Vec<Place>) {
    let (mut all, mut places) = (Vec::new(), Vec::new());
    for definition in Registry::built_in().definitions().filter(|definition| !definition.is_abstract) {
        let folder = format!("{}/definitions/{}/samples", env!("CARGO_MANIFEST_DIR"), definition.source);
        let mut files: Vec<_> =
            fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.extension().is_some_and(|ending| ending == "ndjson"));
        files.sort();
        let texts: Vec<_> = files.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
        for line in texts.iter().flat_map(|text| text.lines()) {
            let Ok(Some(delivery)) = Delivery::from_recording(line) else { continue };
            let number = all.len();
            let body = match serde_json::from_slice::<Value>(&delivery.body) {
                Ok(body) => {
                    let mut pointers = Vec::new();
                    leaves(&body, "", &mut pointers);
                    places.extend(pointers.into_iter().map(|pointer| Place { delivery: number, at: Ok(pointer) }));
                    Ok(body)
                }
                Err(_) => {
                    let Ok(form) = std::str::from_utf8(&delivery.body) else { continue };
                    let fields = form.split('&').map(|field| field.split_once('=').unwrap_or((field, "")));
                    let fields: Vec<_> = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
                    places.extend((0..fields.len()).map(|field| Place { delivery: number, at: Err(field) }));
                    Err(fields)
                }
            };
            let source = definition.source.clone();
            all.push(Recorded { source, vouches: vouches(definition), delivery, body });
        }
    }
    (all, places)
}

/// Canaries in the shapes of machines' ids and words, over every field of every source and every way in. `CXTRACE_CANARIES` says
/// how many there are; without it, each place gets one.
#[test]
fn no_canary_that_looks_like_an_id_is_readable_in_any_delivery() {
    let (recorded, places) = recorded();
    let transports: BTreeSet<_> = recorded.iter().map(|recorded| recorded.delivery.transport.to_string()).collect();
    for transport in [Transport::EventBridge, Transport::Webhook, Transport::Kinesis, Transport::Otlp, Transport::Poll]
    {
        assert!(transports.contains(&transport.to_string()), "no sample comes by {transport}");
    }
    assert!(recorded.iter().any(|recorded| recorded.body.is_err()), "no sample is a form");
    assert!(recorded.iter().map(|recorded| &recorded.source).collect::<BTreeSet<_>>().len() > 40);
    // A form's fields that say what a person typed, of sources whose texts somebody vouches for, may hold any words.
    let wanted = wanted(places.len()).max(places.len());
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get().min(4));
    let readable = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (recorded, places, readable) = (&recorded, &places, &readable);
            scope.spawn(move || {
                let context = context();
                for n in (thread..wanted).step_by(threads) {
                    let place = &places[n % places.len()];
                    let recorded = &recorded[place.delivery];
                    // Every place meets every shape in turn.
                    let mut number = n + n / places.len();
                    while (recorded.vouches && is_a_word(number)) || is_a_time(&canary(number)) {
                        number += 1;
                    }
                    let canary = canary(number);
                    let Some(delivery) = recorded.poisoned(&place.at, &canary) else { continue };
                    if format!("{:?}", read_delivery(&delivery, &context)).contains(&canary) {
                        let place = (recorded.source.clone(), format!("{:?}", place.at));
                        readable.lock().unwrap().insert(place, canary);
                    }
                }
            });
        }
    });
    let readable = readable.into_inner().unwrap();
    println!("{wanted} canaries in {} places of {} deliveries", places.len(), recorded.len());
    assert!(readable.is_empty(), "readable: {readable:#?}");
}

/// Whether a canary may be a time in milliseconds, which a version keeps. It is nobody's number: a phone number that begins with 1
/// has 11 digits, and a card number of 13 digits begins with 4.
fn is_a_time(canary: &str) -> bool {
    canary.len() == 13 && canary.starts_with('1') && canary.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether the canary with this number consists of words alone, which no detector can tell from others.
fn is_a_word(number: usize) -> bool {
    let shape = SHAPES[number % SHAPES.len()];
    !shape.bytes().any(|byte| byte.is_ascii_digit()) && !shape.contains('@')
}
