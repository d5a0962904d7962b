//! What may leave ingest, and in which form: names of people, numbers and addresses never do.
//!
//! | what | module |
//! |---|---|
//! | a phone number, as a keyed hash to join by and a mask to read | [`phone`] |
//! | the keyed hash | [`pseudonym`] |
//! | texts that may be kept as they are | [`safe_text`] |

pub mod digest;
pub mod phone;
pub mod pseudonym;
pub mod safe_text;

pub use phone::{Phone, Telephone};
pub use pseudonym::{Pseudonym, Pseudonyms};
