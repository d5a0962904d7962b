//! The country of phone numbers without a country code.

use rlibphonenumber::Region;

/// A country: ISO 3166-1 alpha-2, such as `GB`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(Region);

/// Why a text is not a country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no country has this code")]
pub struct InvalidCountry;

impl Country {
    /// Reads a code in any case.
    ///
    /// # Errors
    /// When it is not two letters of a country.
    pub fn read(text: &str) -> Result<Self, InvalidCountry> {
        let code = text.trim().to_ascii_uppercase();
        // The tables have XX for an unknown country.
        let shape = code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()) && code != "XX";
        shape.then(|| code.parse().ok()).flatten().map(Self).ok_or(InvalidCountry)
    }

    pub(crate) fn region(self) -> Region {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_has_two_letters_and_a_numbering_plan() {
        assert_eq!(Country::read(" gb "), Country::read("GB"));
        for text in ["GB", "US", "DE", "IN", "BR"] {
            assert!(Country::read(text).is_ok(), "{text}");
        }
        for text in ["", "G", "GBR", "XX", "44", "U\u{131}"] {
            assert_eq!(Country::read(text), Err(InvalidCountry), "{text}");
        }
    }
}
