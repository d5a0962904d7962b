//! Canaries: texts of people in the shapes of machines' ids and words.

/// Shapes in which people and their numbers stood in clear where machines' ids and words were expected.
pub(crate) const CANARIES: [&str; 16] = [
    "x:7f3a9b1c-2025557391",
    "x:2025557391c0ffee00",
    "10-Quillfeather-Street",
    "quillfeather-1985",
    "4929:1234:5678:7391",
    "447_700_900_123",
    "4111:1111:1111:1111",
    "Claude Banks",
    "Ruby Green",
    "ADA_LOVELACE",
    "447700900123",
    "ada.lovelace@example.com",
    "GB33BUKB20201555555555",
    "call Ruby",
    "003515214916425",
    "2348031234567",
];

/// How many canaries are wanted: `CXTRACE_CANARIES`, or `least`.
pub(crate) fn wanted(least: usize) -> usize {
    std::env::var("CXTRACE_CANARIES").ok().and_then(|count| count.parse().ok()).unwrap_or(least)
}

/// A number of cheap variants of [`CANARIES`].
pub(crate) fn canaries() -> impl Iterator<Item = String> {
    (0..wanted(1_400)).map(canary)
}

/// The canary with this number.
pub(crate) fn canary(n: usize) -> String {
    let shape = CANARIES[n % CANARIES.len()];
    let (mut digit, mut letter) = (n / CANARIES.len(), n / CANARIES.len());
    let vary = |c: char| match c {
        '0'..='9' => {
            let varied = (u32::from(c) - u32::from('0') + u32::try_from(digit % 10).unwrap()) % 10;
            digit /= 10;
            char::from_digit(varied, 10).unwrap()
        }
        'a' | 'e' | 'o' => {
            let varied = ['a', 'e', 'o', 'i', 'u'][letter % 5];
            letter /= 5;
            varied
        }
        c => c,
    };
    shape.chars().map(vary).collect()
}
