//! Characters that look like others or are invisible: format characters, unusual spaces and dashes, digits of other
//! scripts. This module does not know what a text is about.

use std::borrow::Cow;

/// The format characters of Unicode (general category Cf), as inclusive ranges.
const FORMAT: [(char, char); 21] = [
    ('\u{ad}', '\u{ad}'),
    ('\u{600}', '\u{605}'),
    ('\u{61c}', '\u{61c}'),
    ('\u{6dd}', '\u{6dd}'),
    ('\u{70f}', '\u{70f}'),
    ('\u{890}', '\u{891}'),
    ('\u{8e2}', '\u{8e2}'),
    ('\u{180e}', '\u{180e}'),
    ('\u{200b}', '\u{200f}'),
    ('\u{202a}', '\u{202e}'),
    ('\u{2060}', '\u{2064}'),
    ('\u{2066}', '\u{206f}'),
    ('\u{feff}', '\u{feff}'),
    ('\u{fff9}', '\u{fffb}'),
    ('\u{110bd}', '\u{110bd}'),
    ('\u{110cd}', '\u{110cd}'),
    ('\u{13430}', '\u{1343f}'),
    ('\u{1bca0}', '\u{1bca3}'),
    ('\u{1d173}', '\u{1d17a}'),
    ('\u{e0001}', '\u{e0001}'),
    ('\u{e0020}', '\u{e007f}'),
];

/// The zeros of the scripts with decimal digits that people use for numbers. The other nine digits follow each zero.
const ZEROS: [char; 26] = [
    '0', '\u{660}', '\u{6f0}', '\u{7c0}', '\u{966}', '\u{9e6}', '\u{a66}', '\u{ae6}', '\u{b66}', '\u{be6}', '\u{c66}',
    '\u{ce6}', '\u{d66}', '\u{de6}', '\u{e50}', '\u{ed0}', '\u{f20}', '\u{1040}', '\u{17e0}', '\u{1810}', '\u{1946}',
    '\u{19d0}', '\u{a9d0}', '\u{aa50}', '\u{abf0}', '\u{ff10}',
];

/// Whether a character only formats its neighbours and is invisible.
#[must_use]
pub fn is_format(c: char) -> bool {
    FORMAT.iter().any(|(first, last)| (*first..=*last).contains(&c))
}

/// A text without format and control characters, and without spaces around it.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    let hidden = |c: char| is_format(c) || (c.is_control() && !c.is_whitespace());
    if text.contains(hidden) {
        let seen: String = text.chars().filter(|c| !hidden(*c)).collect();
        return Cow::Owned(seen.trim().to_owned());
    }
    Cow::Borrowed(text.trim())
}

/// A visible text with spaces, dashes, plus signs and decimal digits of every script in ASCII.
#[must_use]
pub fn ascii(text: &str) -> String {
    visible(text).chars().map(ascii_of).collect()
}

fn ascii_of(c: char) -> char {
    match c {
        c if c.is_ascii() => c,
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{ff0b}' | '\u{fe62}' | '\u{207a}' => '+',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        c => decimal(c).unwrap_or(c),
    }
}

/// The ASCII digit with the value of a decimal digit of any script.
fn decimal(c: char) -> Option<char> {
    let value = ZEROS.iter().find_map(|zero| (c as u32).checked_sub(*zero as u32).filter(|value| *value < 10))?;
    char::from_digit(value, 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invisible_characters_are_removed() {
        assert_eq!(visible("\u{feff} nu\u{200b}ll\u{ad}\u{0} "), "null");
        assert_eq!(visible("a b"), "a b");
    }

    #[test]
    fn lookalikes_become_ascii() {
        assert_eq!(ascii("\u{202a}+44\u{a0}20\u{2011}7946\u{202c}"), "+44 20-7946");
        assert_eq!(ascii("＋１２０２－５５５"), "+1202-555");
        assert_eq!(ascii("٠١٢٣٤٥٦٧٨٩ ۰۹ ०९"), "0123456789 09 09");
    }
}
