//! One byte of a request is flipped: it is refused, whatever byte it is.

use cxtrace_signatures::Refusal;
use http::{HeaderName, HeaderValue};

use crate::vectors::Vector;

/// The last bit changes a character into its neighbour, and this one the case of a letter.
const BITS: [u8; 3] = [0x01, 0x20, 0x80];

fn flipped(bytes: &[u8]) -> impl Iterator<Item = (usize, Vec<u8>)> {
    (0..bytes.len()).flat_map(move |at| {
        BITS.into_iter().map(move |bit| {
            let mut other = bytes.to_vec();
            other[at] ^= bit;
            (at, other)
        })
    })
}

fn parameters(form: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(form).map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

#[test]
fn every_flipped_byte_of_a_body_is_refused() {
    let mut tried = 0;
    for vector in Vector::all().iter().filter(|vector| vector.covers("body") || vector.covers("form")) {
        for (at, body) in flipped(vector.body.as_bytes()) {
            // Twilio signs decoded parameters, so `%2b` is as good as `%2B`. Nothing else is.
            if vector.covers("form") && parameters(&body) == parameters(vector.body.as_bytes()) {
                continue;
            }
            let verified = vector.verify_with(&vector.map(), &vector.url, &body);
            assert!(verified.is_err(), "{}: byte {at} of the body", vector.name);
            tried += 1;
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn every_flipped_byte_of_a_covered_url_is_refused() {
    let mut tried = 0;
    for vector in Vector::all().iter().filter(|vector| vector.covers("url")) {
        for (at, url) in flipped(vector.url.as_bytes()) {
            let Ok(url) = String::from_utf8(url) else { continue };
            let verified = vector.verify_with(&vector.map(), &url, vector.body.as_bytes());
            assert!(verified.is_err(), "{}: byte {at} of the URL, {url}", vector.name);
            tried += 1;
        }
    }
    assert!(tried > 200, "{tried}");
}

#[test]
fn every_flipped_byte_of_a_signature_and_its_time_is_refused() {
    let mut tried = 0;
    for vector in Vector::all() {
        let covered: Vec<_> = vector.covers.iter().filter_map(|part| part.strip_prefix("header:")).collect();
        let signature = vector.headers.keys().find(|name| name.ends_with("-signature")).map(String::as_str);
        for name in covered.into_iter().chain(signature) {
            for (at, value) in flipped(vector.headers[name].as_bytes()) {
                // What no header can hold does not get here.
                let Ok(value) = HeaderValue::from_bytes(&value) else { continue };
                let mut headers = vector.map();
                headers.insert(name.parse::<HeaderName>().unwrap(), value);
                let verified = vector.verify_with(&headers, &vector.url, vector.body.as_bytes());
                assert!(verified.is_err(), "{}: byte {at} of {name}", vector.name);
                tried += 1;
            }
        }
    }
    assert!(tried > 1_000, "{tried}");
}

#[test]
fn a_missing_and_a_repeated_header_are_refused() {
    for vector in Vector::all() {
        for name in vector.covers.iter().filter_map(|part| part.strip_prefix("header:")) {
            let name = name.parse::<HeaderName>().unwrap();
            let mut without = vector.map();
            let value = without.remove(&name).unwrap();
            let verify = |headers| vector.verify_with(headers, &vector.url, vector.body.as_bytes());
            assert_eq!(verify(&without), Err(Refusal::Unsigned), "{}: without {name}", vector.name);
            let mut twice = vector.map();
            twice.append(&name, value);
            assert_eq!(verify(&twice), Err(Refusal::Duplicated), "{}: twice {name}", vector.name);
            // API Gateway joins the values of a repeated header.
            let mut joined = vector.map();
            let text = joined[&name].to_str().unwrap().to_owned();
            joined.insert(&name, format!("{text},{text}").parse().unwrap());
            assert!(verify(&joined).is_err(), "{}: joined {name}", vector.name);
        }
    }
}

#[test]
fn a_body_that_the_signature_does_not_cover_is_refused() {
    // A signature of the URL alone, of a request without a body, with a body that somebody adds.
    let vector = Vector::named("twilio json with the hash of the body");
    let mut headers = vector.map();
    assert_eq!(vector.verify_with(&headers, &vector.url, b"{}"), Err(Refusal::Wrong));
    headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
    assert_eq!(vector.verify_with(&headers, &vector.url, b"&&"), Err(Refusal::Wrong), "a form without parameters");
    let form = Vector::named("a vendor with Twilio's scheme and its own header");
    let mut headers = form.map();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    assert_eq!(form.verify_with(&headers, &form.url, form.body.as_bytes()), Err(Refusal::Wrong), "not read as a form");
    let again = format!("{}&bodySHA256=00", vector.url);
    assert_eq!(vector.verify_with(&vector.map(), &again, vector.body.as_bytes()), Err(Refusal::Wrong));
}
