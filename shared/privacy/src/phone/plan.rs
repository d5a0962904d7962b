//! Numbering plans: from digits to the E.164 digits of a number, by a port of Google's libphonenumber. It must not know
//! how numbers are written.
//!
//! The tables are loaded at the first number, which costs about 7 ms of CPU. Each number after it costs about 10 µs.

use std::sync::LazyLock;

use rlibphonenumber::{PhoneNumber, PhoneNumberFormat, PhoneNumberUtil, Region};

use super::address::Dialled;
use crate::country::Country;

/// The numbering plans. Without them every number is hashed by its digits.
static PLANS: LazyLock<Option<PhoneNumberUtil>> = LazyLock::new(|| PhoneNumberUtil::new().ok());

/// Prefixes that are dialled instead of `+`: in most of the world, and in North America.
const EXIT_CODES: [&str; 2] = ["00", "011"];

/// A number as the digits that are hashed.
pub(super) struct Canonical {
    pub(super) digits: String,
    /// Whether the number fits the plan of the default country.
    pub(super) is_national: bool,
}

/// The E.164 digits of a number, or the unchanged digits if no plan fits. `None` if there are not 7 to 15.
pub(super) fn canonical(dialled: &Dialled, country: Option<Country>) -> Option<Canonical> {
    let digits = dialled.digits.as_str();
    let national =
        country.filter(|_| !dialled.is_international).and_then(|country| parsed(digits, Some(country.region())));
    if let Some(number) = national.as_ref().filter(|number| is_valid(number)) {
        return e164(number).map(|digits| Canonical { digits, is_national: true });
    }
    let canonical = if dialled.is_international { international(dialled) } else { foreign(digits) };
    let possible = || national.as_ref().filter(|number| is_possible(number)).and_then(e164);
    let digits = canonical.or_else(possible).or_else(|| Some(as_written(dialled)).filter(|digits| fits(digits)))?;
    Some(Canonical { digits: without_old_prefix(digits), is_national: false })
}

/// A number after a `+`.
fn international(dialled: &Dialled) -> Option<String> {
    // Some people write both the `+` and the prefix that replaces it.
    let digits = dialled.digits.trim_start_matches('0');
    parsed(&format!("+{digits}"), None).as_ref().and_then(e164)
}

/// The digits without the 1 that Mexican mobile numbers had after the country code until 2019 and still have in messaging
/// apps and old address books: `+52 1 55 1234 5678` is `+52 55 1234 5678`.
fn without_old_prefix(digits: String) -> String {
    match digits.strip_prefix("521").filter(|rest| rest.len() == 10) {
        Some(rest) => format!("52{rest}"),
        None => digits,
    }
}

/// A number without a `+` that begins with a country code, or with the prefix that replaces the `+`.
fn foreign(digits: &str) -> Option<String> {
    let plus = |digits: &str| parsed(&format!("+{digits}"), None);
    let [exit, exit_of_america] = EXIT_CODES.map(|code| digits.strip_prefix(code).and_then(plus));
    let exit = exit.filter(is_possible);
    // 011 also begins numbers inside some countries. None of these has so many digits.
    let is_foreign = |number: &PhoneNumber| is_valid(number) || (digits.len() >= 13 && is_possible(number));
    let exit = exit.or_else(|| exit_of_america.filter(is_foreign));
    let others = plus(digits).filter(is_valid);
    exit.or(others).as_ref().and_then(e164)
}

/// The digits to hash if no plan fits.
fn as_written(dialled: &Dialled) -> String {
    let mut digits = dialled.digits.clone();
    if let Some(at) = dialled.trunk_zero.filter(|at| *at > 0) {
        digits.remove(at);
    }
    digits.strip_prefix("00").map_or(digits.clone(), str::to_owned)
}

fn parsed(digits: &str, region: Option<Region>) -> Option<PhoneNumber> {
    PLANS.as_ref()?.parse(digits, region).ok()
}

fn is_valid(number: &PhoneNumber) -> bool {
    PLANS.as_ref().is_some_and(|plans| plans.is_valid_number(number))
}

fn is_possible(number: &PhoneNumber) -> bool {
    PLANS.as_ref().is_some_and(|plans| plans.is_possible_number(number))
}

fn e164(number: &PhoneNumber) -> Option<String> {
    let text = PLANS.as_ref()?.format(number, PhoneNumberFormat::E164);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    fits(&digits).then_some(digits)
}

/// E.164 has at most 15 digits. Fewer than 7 are an extension.
fn fits(digits: &str) -> bool {
    (7..=15).contains(&digits.len())
}
