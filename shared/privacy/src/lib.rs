//! What may leave ingest, and in which form. Names of people, numbers and addresses never leave it.
//!
//! | what | module |
//! |---|---|
//! | a phone number, as a keyed hash to join by and a mask to read | [`phone`] |
//! | the keyed hash | [`pseudonym`] |
//! | texts that may be stored as they are | [`safe_text`] |
//! | the rule for digits that could be somebody's number | [`digits`] |

pub mod digest;
pub mod digits;
pub mod phone;
pub mod pseudonym;
pub mod safe_text;

pub use phone::{Phone, Telephone};
pub use pseudonym::{Pseudonym, Pseudonyms};
