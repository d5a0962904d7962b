//! Numbering plans: from digits to the E.164 digits of a number, by a port of Google's libphonenumber. It must not know
//! how numbers are written.
//!
//! The first number of a country loads its plan, which costs less than a millisecond of CPU. Each number after it costs about
//! 10 µs. Without a plan a number is hashed by its digits.

use rlibphonenumber::{ParseError, PhoneNumber, PhoneNumberFormat, Region};

use super::address::Dialled;
use super::plans;
use crate::country::Country;

/// The largest number of digits that are dialled in some country before the code of another one.
const MAX_EXIT_CODE: usize = 5;

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
    let code = match region {
        Some(region) => plans::calling_code_of(region),
        None => plans::calling_code(digits.trim_start_matches('+')),
    }?;
    match plans::of([code])?.parse(digits, region) {
        // Perhaps the code of another country follows the exit code of this one.
        Err(ParseError::InvalidCountryCode) if region.is_some() => {
            let others = (1..=MAX_EXIT_CODE).filter_map(|at| plans::calling_code(digits.get(at..)?));
            plans::of(others)?.parse(digits, region).ok()
        }
        parsed => parsed.ok(),
    }
}

fn is_valid(number: &PhoneNumber) -> bool {
    plans::of([number.country_code]).is_some_and(|plans| plans.is_valid_number(number))
}

fn is_possible(number: &PhoneNumber) -> bool {
    plans::of([number.country_code]).is_some_and(|plans| plans.is_possible_number(number))
}

fn e164(number: &PhoneNumber) -> Option<String> {
    let text = plans::of([number.country_code])?.format(number, PhoneNumberFormat::E164);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    fits(&digits).then_some(digits)
}

/// E.164 has at most 15 digits. Fewer than 7 are an extension.
fn fits(digits: &str) -> bool {
    (7..=15).contains(&digits.len())
}

#[cfg(test)]
mod tests {
    use rlibphonenumber::PhoneNumberUtil;

    use super::*;

    #[test]
    fn a_number_is_read_as_if_all_plans_were_loaded() {
        let all = PhoneNumberUtil::new().unwrap();
        let mut regions: Vec<_> = all.get_supported_regions().collect();
        regions.sort_by_key(ToString::to_string);
        for region in &regions {
            let Ok(number) = all.get_example_number(*region) else { continue };
            let national = number.national_number.to_string();
            let abroad = format!("{}{national}", number.country_code);
            for digits in [format!("+{abroad}"), abroad.clone(), format!("00{abroad}"), format!("011{abroad}")] {
                for home in [None, Some(*region), Some(Region::US), Some(Region::DE), Some(Region::AU)] {
                    assert_eq!(parsed(&digits, home), all.parse(&digits, home).ok(), "{digits} in {home:?}");
                }
            }
            for digits in [national.clone(), format!("0{national}"), format!("0011{abroad}"), format!("810{abroad}")] {
                for home in [*region, Region::AU, Region::RU, Region::BR] {
                    assert_eq!(parsed(&digits, Some(home)), all.parse(&digits, Some(home)).ok(), "{digits} in {home}");
                }
            }
            assert_eq!(is_valid(&number), all.is_valid_number(&number), "{region}");
            assert_eq!(is_possible(&number), all.is_possible_number(&number), "{region}");
        }
    }
}
