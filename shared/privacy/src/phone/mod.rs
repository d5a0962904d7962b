//! Phone numbers: read from the notations of people and platforms, hashed for joining, masked for display.
//!
//! The digits of a number never leave this module.

mod address;
mod plan;
mod plans;

use serde::{Deserialize, Serialize};

use crate::hash_domain::HashDomain;
use crate::meaningless;
use crate::pseudonym::{Pseudonym, Pseudonyms};

pub use address::NoNumber;

/// A number with fewer digits is shown without any: too few numbers end in the same two.
const MIN_DIGITS_TO_SHOW_TWO: usize = 10;

/// A phone number that may be stored and shown: its keyed hash, and its last two digits if it has at least ten.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Telephone {
    /// The hash, for joining and searching.
    pub hash: Pseudonym,
    /// The text to show: `•••• 23`, or `•••• ••` of a short number.
    pub masked: String,
}

impl Telephone {
    /// Reads a number in any notation, such as `+44 (0)20 7946 0958`, `tel:+15555550123;ext=204`, `"Ann"
    /// <sip:+15555550123@example.com;user=phone>;tag=1` and `0044 20 7946 0958 x204`. Extensions and digits that are
    /// dialled later are not part of it.
    ///
    /// The hash is made from the E.164 digits, so all notations of one number are equal. A number without a country
    /// code belongs to [`Pseudonyms::default_country`]. Without such a country, or if no numbering plan fits, the
    /// digits are hashed unchanged: such a number equals only itself, and can still be searched.
    ///
    /// # Errors
    /// When the text means that the number is withheld, or is not a phone number of 7 to 15 digits.
    pub fn read(text: &str, pseudonyms: &Pseudonyms) -> Result<Self, NoNumber> {
        let digits = digits_of(text, pseudonyms)?;
        let shown = digits.len().checked_sub(2).filter(|_| digits.len() >= MIN_DIGITS_TO_SHOW_TWO);
        let last = shown.and_then(|from| digits.get(from..)).unwrap_or("••");
        Ok(Self { hash: pseudonyms.of(HashDomain::Phone, &digits), masked: format!("•••• {last}") })
    }

    /// The hashes under which a number may be stored: under the current key, and under each previous one.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn hashes(text: &str, pseudonyms: &Pseudonyms) -> Result<Vec<Pseudonym>, NoNumber> {
        let digits = digits_of(text, pseudonyms)?;
        Ok(pseudonyms.under_each_key(HashDomain::Phone, &digits).collect())
    }
}

/// The digits of a number that are hashed.
fn digits_of(text: &str, pseudonyms: &Pseudonyms) -> Result<String, NoNumber> {
    let placeholders = pseudonyms.placeholders();
    let dialled = match address::read(text) {
        Ok(dialled) => dialled,
        Err(_) if placeholders.is_meaningless(text) => return Err(NoNumber::Meaningless),
        Err(why) => return Err(why),
    };
    let number = plan::canonical(&dialled, pseudonyms.default_country());
    // Digits that spell a word may be somebody's number where they have no `+`: 737 874 2833 is in Texas.
    let is_national = number.as_ref().is_some_and(|number| number.is_national);
    let written = if is_national {
        meaningless::is_filler_number(&dialled.digits)
    } else {
        placeholders.is_withheld(&dialled.digits)
    };
    if written || number.as_ref().is_some_and(|number| placeholders.is_withheld(&number.digits)) {
        return Err(NoNumber::Meaningless);
    }
    number.map(|number| number.digits).ok_or(NoNumber::Unreadable)
}

#[cfg(test)]
mod tests;
