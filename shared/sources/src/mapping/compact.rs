//! Programs without what only readers need. A process compiles each program that it uses, and reads it three times for that.

use jaq_core::load::Lexer;
use jaq_core::load::lex::{StrPart, Tok, Token};

/// `code` without lines of comments and without indentation. It is the same program: code in which a text goes over several lines may
/// stay as it is.
pub(crate) fn compact(code: &str) -> String {
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let short = lines.collect::<Vec<_>>().join("\n");
    if parts(&short).is_some_and(|short| Some(short) == parts(code)) { short } else { code.to_owned() }
}

/// The tokens of a program, and the parts of its texts. `None` if it cannot be read.
fn parts(code: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    collect(&Lexer::new(code).lex().ok()?, &mut found);
    Some(found)
}

fn collect(tokens: &[Token<&str>], found: &mut Vec<String>) {
    for Token(text, kind) in tokens {
        match kind {
            Tok::Block(inside) => {
                found.extend(text.chars().next().map(String::from));
                collect(inside, found);
            }
            Tok::Str(texts) => {
                found.push("\"".to_owned());
                for text in texts {
                    match text {
                        StrPart::Str(text) => found.push((*text).to_owned()),
                        StrPart::Char(c) => found.push(c.to_string()),
                        StrPart::Term(token) => collect(std::slice::from_ref(token), found),
                    }
                }
            }
            _ => found.push((*text).to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_indentation_are_left_out_and_nothing_else() {
        let code = "# What it is.\ndef a:\n  .b # here\n  // \"x # y \\(.c)\";\n\n  # there\n[a, .d]\n";
        assert_eq!(compact(code), "def a:\n.b # here\n// \"x # y \\(.c)\";\n[a, .d]");
    }

    #[test]
    fn a_text_over_several_lines_stays() {
        for code in ["\"a\n  b\"", "\"a\n# b\n\"", "\"a \\(.b |\n  \"c\n\n d\")\""] {
            assert_eq!(compact(code), code);
        }
    }

    #[test]
    fn what_is_not_jq_stays() {
        assert_eq!(compact("  ("), "  (");
    }
}
