//! Finds the lists and objects of a program that are the same in every run, such as tables of words. The interpreter would make them
//! anew each time that the program comes to them. It must not know what they mean.

use std::borrow::Cow;
use std::fmt::Write as _;

use jaq_core::load::Lexer;
use jaq_core::load::lex::{StrPart, Tok, Token};
use serde_json::{Map, Value};

use super::problem::offset;

/// The name of the first constant is this with a 0.
const NAME: &str = "$constant_";

/// The first line of a program in which the build has found the constants: this, and their values as JSON.
const FOUND: &str = "# constants: ";

/// A program that names its constants, and their values in the order of [`name`].
pub(crate) struct Lifted {
    code: String,
    values: Vec<Value>,
}

impl Lifted {
    /// The program with its values, as one text.
    #[cfg_attr(not(test), allow(dead_code, reason = "only the build embeds programs"))]
    pub(crate) fn into_text(self) -> String {
        let Self { code, values } = self;
        format!("{FOUND}{}\n{code}", Value::Array(values))
    }
}

/// The constants of a program that the build has embedded, and its code below them. Of another program they are found now.
pub(super) fn of(code: &str) -> (Cow<'_, str>, Vec<Value>) {
    if let Some((values, code)) = found(code) {
        return (Cow::Borrowed(code), values);
    }
    let Lifted { code, values } = lifted(code);
    (Cow::Owned(code), values)
}

/// The names of the constants that the build has found in `code`.
pub(super) fn found_names(code: &str) -> Vec<String> {
    let values = found(code).map_or_else(Vec::new, |(values, _)| values);
    (0..values.len()).map(name).collect()
}

fn found(code: &str) -> Option<(Vec<Value>, &str)> {
    let (values, code) = code.strip_prefix(FOUND)?.split_once('\n')?;
    Some((serde_json::from_str(values).ok()?, code))
}

/// The variable of a constant.
pub(super) fn name(number: usize) -> String {
    format!("{NAME}{number}")
}

/// `code` with a variable in the place of each constant. Code that cannot be read stays as it is.
pub(crate) fn lifted(code: &str) -> Lifted {
    let mut found = Vec::new();
    if !code.contains(NAME) {
        search(&Lexer::new(code).lex().unwrap_or_default(), &mut found);
    }
    let (mut lifted, mut values) = (String::new(), Vec::<(&str, Value)>::new());
    let mut rest = 0;
    for (text, value) in found {
        let at = offset(code, text);
        let number = values.iter().position(|(known, _)| *known == text).unwrap_or(values.len());
        if number == values.len() {
            values.push((text, value));
        }
        lifted.push_str(code.get(rest..at).unwrap_or_default());
        // A variable is one term, as the literal was. Writing to a String cannot fail.
        let _ = write!(lifted, " {}", name(number));
        rest = at + text.len();
    }
    lifted.push_str(code.get(rest..).unwrap_or_default());
    Lifted { code: lifted, values: values.into_iter().map(|(_, value)| value).collect() }
}

/// Lists the constants among `tokens`, in their order.
fn search<'c>(tokens: &[Token<&'c str>], found: &mut Vec<(&'c str, Value)>) {
    let mut before: Option<&Token<&str>> = None;
    for token in tokens {
        let Token(text, kind) = token;
        match kind {
            Tok::Block(inside) => match value(token) {
                Some(value) if inside.len() > 1 && (text.starts_with('{') || begins_a_term(before)) => {
                    found.push((text, value));
                }
                _ => search(inside, found),
            },
            Tok::Str(parts) => {
                for part in parts {
                    if let StrPart::Term(Token(_, Tok::Block(inside))) = part {
                        search(inside, found);
                    }
                }
            }
            _ => {}
        }
        before = Some(token);
    }
}

/// Whether a list may begin after this token. After a term, brackets are an index.
fn begins_a_term(before: Option<&Token<&str>>) -> bool {
    match before {
        None => true,
        Some(Token(text, Tok::Sym)) => !text.starts_with('.') && *text != "?",
        Some(Token(text, Tok::Word)) => ["then", "else", "elif", "if", "and", "or"].contains(text),
        _ => false,
    }
}

/// The value of a constant.
fn value(token: &Token<&str>) -> Option<Value> {
    match token {
        Token("null", Tok::Word) => Some(Value::Null),
        Token("true", Tok::Word) => Some(Value::Bool(true)),
        Token("false", Tok::Word) => Some(Value::Bool(false)),
        Token(text, Tok::Num) => text.parse::<i64>().ok().map(Value::from),
        Token(_, Tok::Str(parts)) => string(parts).map(Value::String),
        Token(text, Tok::Block(inside)) => {
            // The last token closes the block.
            let (_, inside) = inside.split_last()?;
            let parts = inside.split(|token| matches!(token, Token(",", Tok::Sym)));
            match text.as_bytes().first()? {
                b'[' if inside.is_empty() => Some(Value::Array(Vec::new())),
                b'{' if inside.is_empty() => Some(Value::Object(Map::new())),
                b'[' => parts.map(|part| if let [item] = part { value(item) } else { None }).collect(),
                b'{' => parts.map(member).collect::<Option<Map<_, _>>>().map(Value::Object),
                _ => None,
            }
        }
        _ => None,
    }
}

fn member(part: &[Token<&str>]) -> Option<(String, Value)> {
    let [key, Token(":", Tok::Sym), of] = part else { return None };
    let key = match key {
        Token(text, Tok::Word) => (*text).to_owned(),
        Token(_, Tok::Str(parts)) => string(parts)?,
        _ => return None,
    };
    Some((key, value(of)?))
}

fn string(parts: &[StrPart<&str, Token<&str>>]) -> Option<String> {
    let mut text = String::new();
    for part in parts {
        match part {
            StrPart::Str(part) => text.push_str(part),
            StrPart::Char(c) => text.push(*c),
            StrPart::Term(_) => return None,
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tables_of_words_are_constants_and_nothing_else_is() {
        for (code, lifted_code, values) in [
            (
                "{\"a\": \"b\", c: [1, null, \"x\\n\"]}[.]",
                " $constant_0[.]",
                vec![json!({"a": "b", "c": [1, null, "x\n"]})],
            ),
            (
                "def w: [\"a\", \"b\"]; [\"a\", \"b\"] + w",
                "def w:  $constant_0;  $constant_0 + w",
                vec![json!(["a", "b"])],
            ),
            (
                "if . then [1] else {a: [\"x\"], b: .} end",
                "if . then  $constant_0 else {a:  $constant_1, b: .} end",
                vec![json!([1]), json!(["x"])],
            ),
            ("\"\\({a: 1}[.])\"", "\"\\( $constant_0[.])\"", vec![json!({"a": 1})]),
            (
                ".[\"a\"], .a[\"b\"], $x[1], f[1], (.)[0], .a?[1], [.] | [[]]",
                ".[\"a\"], .a[\"b\"], $x[1], f[1], (.)[0], .a?[1], [.] |  $constant_0",
                vec![json!([[]])],
            ),
            ("{a, b: 1}, [.x], {(.a): 1}, [-1], \"\\(.)\", [\"\\(.)\"], {a: 1 + 1}", "", vec![]),
            ("$constant_0 | [1]", "", vec![]),
            ("[1", "", vec![]),
        ] {
            let lifted = lifted(code);
            assert_eq!(lifted.code, if lifted_code.is_empty() { code } else { lifted_code });
            assert_eq!(lifted.values, values, "{code}");
            let (lifted, text) = (lifted.code.clone(), lifted.into_text());
            assert_eq!(of(&text), (Cow::Borrowed(lifted.as_str()), values.clone()), "{code}");
            assert_eq!(of(code), (Cow::Borrowed(lifted.as_str()), values.clone()), "{code}");
            assert_eq!(found_names(&text).len(), values.len());
        }
        assert!(found_names("# constants: none\n.").is_empty());
    }
}
