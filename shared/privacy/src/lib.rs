//! Decides what may leave ingest, and in which form. Names of people, numbers and addresses never leave it.
//!
//! | what | module |
//! |---|---|
//! | placeholder values, which identify nobody | [`meaningless`] |
//! | a phone number, as a keyed hash to join by and a mask to read | [`phone`] |
//! | the country of numbers without a country code | [`country`] |
//! | the keyed hash, and the keys | [`pseudonym`] |
//! | the kinds of hashed values | [`hash_domain`] |
//! | texts that may be stored unchanged | [`safe_text`] |
//! | the rule for digits that could be somebody's number | [`digits`] |
//! | what identifies a person in a text that is declared as public | [`detectors`] |
//! | shapes of ids, names and words | [`pattern`] |
//! | characters that cannot be seen, and lookalikes | [`characters`] |

pub mod characters;
pub mod country;
pub mod detectors;
pub mod digest;
pub mod digits;
pub mod hash_domain;
pub mod meaningless;
pub mod pattern;
pub mod phone;
pub mod pseudonym;
pub mod safe_text;

pub use country::Country;
pub use hash_domain::HashDomain;
pub use meaningless::Placeholders;
pub use pattern::Pattern;
pub use phone::{NoNumber, Telephone};
pub use pseudonym::{Pseudonym, Pseudonyms};
