//! The functions that are defined in jq. A program is compiled with those that it may use, because to compile all of them takes
//! longer than to compile most mappings. It must not know what the functions do.

use std::collections::HashSet;

/// All of them, each in one line. A definition uses only those above it.
pub(super) const ALL: &str = include_str!("prelude.jq");

/// What a program may use.
pub(super) struct Used<'c> {
    /// The definitions whose names stand in its code, and those that they use, in their order.
    pub(super) definitions: String,
    /// The words of its code and of these definitions.
    pub(super) words: HashSet<&'c str>,
}

/// What `code` may use.
pub(super) fn of(code: &str) -> Used<'_> {
    let mut wanted: HashSet<&str> = words(code).collect();
    let mut used = Vec::new();
    for line in ALL.lines().rev() {
        let mut inside = words(line);
        // The first word is `def`.
        if inside.nth(1).is_some_and(|name| wanted.contains(name)) {
            wanted.extend(inside);
            used.push(line);
        }
    }
    used.reverse();
    Used { definitions: used.join("\n"), words: wanted }
}

/// The words of a program. Those of its texts are among them, which does no harm.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '@')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gets_what_it_may_use_and_what_that_uses() {
        let definitions = |code| of(code).definitions;
        assert_eq!(definitions(".a.b"), "");
        assert_eq!(definitions("[.[] | nth(1; .x)]").matches("def nth").count(), 2, "both forms");
        let used = of("with_entries(.value |= text)");
        assert!(["text", "to_entries", "from_entries"].iter().all(|name| used.words.contains(name)));
        let names: Vec<_> = used.definitions.lines().filter_map(|line| words(line).nth(1)).collect();
        assert!(["map", "with_entries"].iter().all(|name| names.contains(name)));
        assert!(!names.contains(&"flatten"));
        assert_eq!(definitions(ALL).lines().count(), ALL.lines().count());
    }

    #[test]
    fn each_line_is_a_definition() {
        assert!(ALL.lines().all(|line| line.starts_with("def ") && line.ends_with(';')));
        let parsed = jaq_core::load::parse(ALL, |parser| parser.defs()).unwrap();
        assert_eq!(parsed.len(), ALL.lines().count());
    }
}
