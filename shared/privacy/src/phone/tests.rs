use proptest::prelude::*;
use rlibphonenumber::{MatchType, PhoneNumberUtil};

use super::*;
use crate::country::Country;

fn pseudonyms(country: &str) -> Pseudonyms {
    Pseudonyms::try_new(&[7; 32]).unwrap().with_default_country(Country::read(country).ok())
}

fn read(text: &str) -> Result<Telephone, NoNumber> {
    Telephone::read(text, &pseudonyms(""))
}

fn assert_equal(country: &str, number: &str, spellings: &[&str]) {
    let expected = Telephone::read(number, &pseudonyms("")).unwrap();
    for text in spellings {
        assert_eq!(Telephone::read(text, &pseudonyms(country)).as_ref(), Ok(&expected), "{text} in {country}");
    }
}

#[test]
fn one_number_is_read_however_it_is_written() {
    assert_equal(
        "",
        "+447700900123",
        &[
            "447700900123",
            "+44 7700 900123",
            "00447700900123",
            "tel:+447700900123",
            "TEL:+44-7700-900123",
            " sip:+447700900123@example.com;user=phone",
            "+44 (7700) 900.123",
            "+44 (0)7700 900123",
            "011447700900123",
            "+4407700900123",
            "(+44) 7700 900123",
            "+44/7700/900123",
            "whatsapp:+447700900123",
            "callto:+447700900123",
            "sip:%2B447700900123@example.com",
            "+00447700900123",
            "#31#+447700900123",
            "*31#+447700900123",
            "++447700900123",
            "'+447700900123",
            "=\"+447700900123\"",
            ",+447700900123",
            "+44_7700_900123",
            "+44~7700~900123",
            "+44\t7700\t900123",
            "Tel. +44 7700 900123",
            "Tel.: +44 7700 900123",
            "tel +447700900123",
            "+447700900123 (mobile)",
            "447700900123.0",
        ],
    );
    assert_equal("", "+442079460958", &["+44 (0)20 7946 0958", "+44 020 7946 0958", "0044 (0)20-7946-0958"]);
    assert_equal("", "+442079460958", &["+44 {0}20 7946 0958", "+44 [0]20 7946 0958"]);
    assert_equal("", "+447700900123", &["+44 7700 900123 mobile", "+44 7700 900123 - Home", "+447700900123 mob."]);
    assert_equal(
        "",
        "+525512345678",
        &["+52 1 55 1234 5678", "5215512345678", "whatsapp:+5215512345678", "005215512345678"],
    );
    assert_equal("", "+390612345678", &["+39 06 1234 5678", "tel:+39-06-1234-5678"]);
}

#[test]
fn sip_and_tel_uris_are_read_before_the_number() {
    assert_equal(
        "",
        "+12025550143",
        &[
            "\"Customer\" <sip:+12025550143@sbc.example.net;user=phone>;tag=19a3",
            "\"a <b@c> \\\" d\" <sip:+12025550143@pbx.example.net>",
            "Ann Example <sips:+1-202-555-0143:secret@pbx.example.net:5061;transport=tls?subject=x>;tag=1",
            "<tel:+12025550143>",
            "tel:+12025550143;ext=204",
            "tel:+1-202-555-0143;isub=1;phone-context=example.com",
            "tel:5550143;phone-context=+1-202",
            "sip:5550143;phone-context=+1202@pbx.example.net;user=phone",
            "sip:+12025550143",
            "From: \"Ann\" <sip:+12025550143@pbx.example.net>;tag=1",
            "+12025550143@pbx.example.net",
            "\"unclosed <sip:+12025550143@pbx.example.net>",
        ],
    );
}

#[test]
fn digits_dialled_after_the_number_are_not_part_of_it() {
    assert_equal(
        "",
        "+12025550122",
        &[
            "+1 202 555 0122 ext. 204",
            "+1 202 555 0122 x204",
            "+1 202 555 0122x204",
            "+1 202 555 0122 extension 204",
            "+1 202 555 0122 Ext: 204",
            "+1 202 555 0122 #204",
            "+12025550122,,4711#",
            "+12025550122;204",
            "+12025550122p22",
            "+12025550122W22,1*3#",
            "+1 202 555 0122 доб. 204",
            "+12025550122;postd=pp22",
            "+12025550122 wait 22",
            "+12025550122 (ext 204)",
            "+12025550122 (x204)",
            "+12025550122 poste 204",
            "+12025550122 Durchwahl 204",
            "+12025550122 内線204",
            "+12025550122:5060",
        ],
    );
}

#[test]
fn characters_that_cannot_be_seen_and_other_digits_make_no_difference() {
    assert_equal(
        "",
        "+442079460958",
        &[
            "\u{202a}+44 20 7946 0958\u{202c}",
            "\u{feff}+44\u{a0}20\u{202f}7946\u{2009}0958",
            "+44–20—7946−0958",
            "＋４４２０７９４６０９５８",
            "+٤٤٢٠٧٩٤٦٠٩٥٨",
            "+۴۴۲۰۷۹۴۶۰۹۵۸",
            "+४४२०७९४६०९५८",
        ],
    );
}

#[test]
fn a_number_without_a_country_code_is_of_the_default_country() {
    assert_equal("GB", "+442079460958", &["020 7946 0958", "(020) 7946 0958", "00 44 20 7946 0958", "+442079460958"]);
    assert_equal(
        "US",
        "+12025550143",
        &["(202) 555-0143", "202.555.0143", "1-202-555-0143", "+12025550143", "*672025550143"],
    );
    assert_equal("US", "+442079460958", &["011 44 20 7946 0958", "0044 20 7946 0958", "44 20 7946 0958"]);
    assert_equal("IT", "+390612345678", &["06 1234 5678"]);
}

#[test]
fn a_number_that_fits_no_plan_equals_only_itself() {
    for (text, other) in [("+999 123 456 789", "+999123456789"), ("020 7946 0958", "02079460958")] {
        assert_eq!(read(text), read(other));
        assert!(read(text).is_ok(), "{text}");
        assert_ne!(read(text), read("+442079460958"), "{text}");
    }
}

#[test]
fn withheld_callers_have_no_number() {
    for text in [
        "",
        " ",
        "anonymous",
        "Anonymous",
        "ANONYMOUS",
        "unknown",
        "Private",
        "Restricted",
        "unavailable",
        "withheld",
        "Blocked",
        "null",
        "undefined",
        "-",
        "0",
        "N/A",
        "+266696687",
        "+7378742833",
        "+86282452253",
        "+10000000000",
        "0000000000",
        "+2562533",
        "+8566696",
        "7748283",
        "266696687",
        "+1 000 000 0000",
        "1234567890",
        "9999999999",
        "sip:anonymous@anonymous.invalid",
        "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
        "Anonymous <sip:anonymous@anonymous.invalid>",
        "sip:unavailable@unknown.invalid",
        "sip:restricted@10.0.0.1",
        "<sip:Anonymous@10.0.0.1:5060>",
        "tel:anonymous",
        "sip:+266696687@sbc.example.net",
        "<tel:+7378742833>",
        "+٢٦٦٦٩٦٦٨٧",
        "＋２６６６９６６８７",
        "\u{202a}+266696687\u{202c}",
        "{{caller}}",
        "sip:@anonymous.invalid",
        "tel:266696687;phone-context=+1",
        "Numéro masqué",
        "Número oculto",
        "Rufnummer unterdrückt",
        "Privado",
        "CLIR",
        "表示圏外",
        "Wireless Caller",
    ] {
        for country in ["", "US", "GB"] {
            assert_eq!(Telephone::read(text, &pseudonyms(country)), Err(NoNumber::Meaningless), "{text} in {country}");
        }
    }
    // The word RESTRICTED on a keypad is a number in Texas if numbers are American.
    assert_eq!(Telephone::read("(737) 874-2833", &pseudonyms("US")), read("+17378742833"));
}

#[test]
fn a_text_that_is_not_a_number_is_unreadable() {
    for text in [
        "sip:alice@example.com",
        "123456",
        "1234567890123457",
        "12+34567890",
        "tel:",
        "∞",
        "Ada Lovelace",
        "+44x",
        "x204",
        "Ada 447700900123",
        "client:alice",
        "+1202+5550143",
        "447700900123 Ada",
        "*67",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
    assert_eq!(read("sip:alice@example.com"), Err(NoNumber::Unreadable));
}

#[test]
fn a_stored_number_shows_only_two_digits() {
    assert_eq!(read("+44 7700 900123 x204").unwrap().masked, "•••• 23");
}

/// A number that fits some plan, as digits after the `+`.
fn number() -> impl Strategy<Value = String> {
    let codes = prop::sample::select(vec![
        "1", "7", "20", "31", "39", "44", "49", "52", "54", "55", "61", "81", "86", "91", "353",
    ]);
    (codes, "[1-9][0-9]{6,10}").prop_map(|(code, rest)| format!("{code}{rest}"))
}

/// One way to write it.
fn spelling() -> impl Strategy<Value = (String, String)> {
    let separators =
        prop::collection::vec(prop::sample::select(vec!["", "", " ", "-", ".", "\u{a0}", "\u{2011}", ")", "("]), 16);
    let forms =
        prop::sample::select(vec!["{}", "tel:{}", "<sip:{}@a.example;user=phone>;tag=1", "\u{202a}{}\u{202c}", "{} "]);
    (separators, forms).prop_map(|(separators, form)| (separators.join("|"), form.to_owned()))
}

fn spelt(digits: &str, (separators, form): &(String, String)) -> String {
    let pairs = digits.chars().zip(separators.split('|').chain(std::iter::repeat("")));
    let text: String = pairs.flat_map(|(digit, separator)| [digit.to_string(), separator.to_owned()]).collect();
    form.replace("{}", &format!("+{text}"))
}

proptest! {
    #[test]
    fn two_spellings_that_match_exactly_have_one_hash(
        one in number(), other in number(), zero in any::<bool>(), same in any::<bool>(), a in spelling(), b in spelling(),
    ) {
        // The second number is the first with a trunk zero, or another number.
        let other = if same { one.clone() } else { other };
        let code = if other.starts_with("353") { 3 } else if other.starts_with(['1', '7']) { 1 } else { 2 };
        let other = if zero { format!("{}0{}", &other[..code], &other[code..]) } else { other };
        let util = PhoneNumberUtil::new().unwrap();
        let matched = util.is_number_match_with_two_strings(format!("+{one}"), format!("+{other}"));
        let (one, other) = (read(&spelt(&one, &a)), read(&spelt(&other, &b)));
        if let (Ok(MatchType::ExactMatch), Ok(one)) = (matched, &one) {
            prop_assert_eq!(Ok(one), other.as_ref());
        }
    }

    #[test]
    fn no_text_is_too_much(text in any::<String>(), digits in "[+0-9()x,;*#@<>\" :.-]{0,40}", country in prop::sample::select(vec!["", "US", "IT"])) {
        let pseudonyms = pseudonyms(country);
        for text in [&text, &digits, &format!("sip:{digits}@{text}"), &format!("\"{text}\" <tel:{digits}>"), &format!("+44{digits}")] {
            if let Ok(telephone) = Telephone::read(text, &pseudonyms) {
                prop_assert!(telephone.masked.chars().count() == 7);
            }
        }
    }
}

#[test]
fn a_short_number_is_shown_without_its_digits() {
    assert_eq!(masked_of("+44 7700 900123"), "•••• 23");
    assert_eq!(masked_of("+290 22222"), "•••• ••");
    assert_eq!(masked_of("5550123"), "•••• ••");
}

fn masked_of(text: &str) -> String {
    Telephone::read(text, &Pseudonyms::try_new(&[7; 32]).unwrap()).unwrap().masked
}

#[test]
fn after_a_rotation_a_number_has_a_hash_under_each_key() {
    let old = "the key of the first year";
    let before = Telephone::read("+44 7700 900123", &Pseudonyms::read(old).unwrap()).unwrap();
    let keys = Pseudonyms::read(&format!("cxtrace-keys\n1 the key of the second year\n0 {old}")).unwrap();
    let now = Telephone::read("+44 7700 900123", &keys).unwrap();
    assert_ne!(now.hash, before.hash);
    assert_eq!(Telephone::hashes("0044 7700 900123", &keys).unwrap(), [now.hash, before.hash]);
}
