//! Any text as the content of the secret of hashes, and as a stored hash: no panic, one spelling for each, and no error that
//! repeats the text.
#![no_main]

use cxtrace_privacy::{Pseudonym, Pseudonyms};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(pseudonym) = Pseudonym::from_hex(text) {
        assert_eq!(pseudonym.to_string(), text);
    }
    for secret in [text.to_owned(), format!("cxtrace-keys\n{text}")] {
        if let Err(error) = Pseudonyms::read(&secret) {
            assert!(error.to_string().len() < 100);
        }
    }
});
