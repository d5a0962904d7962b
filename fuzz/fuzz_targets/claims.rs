//! Any text as what a token's claims say and as what is granted: no panic, and no scope without a word for it.
#![no_main]

use cxtrace_domain::journeys::access::{Grants, Scope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|texts: (&str, &str)| {
    let (grants, claim) = texts;
    let known = Grants::read("clerks=read,supervisors=read search retract").unwrap();
    let scopes = known.scopes_of([claim]);
    let has_word = |word: &str| claim.contains(word);
    assert!(!scopes.has(Scope::Read) || has_word("clerks") || has_word("supervisors"));
    assert!(!scopes.has(Scope::Retract) || has_word("supervisors"));
    if let Ok(grants) = Grants::read(grants) {
        let _ = grants.scopes_of([claim]);
    }
});
