//! The functions that are defined in jq. A program is compiled with those that it may use, because to compile all of them takes
//! longer than to compile most mappings. It must not know what the functions do.

use std::collections::BTreeSet;

/// All of them, each in one line. A definition uses only those above it.
pub(super) const ALL: &str = include_str!("prelude.jq");

/// The definitions whose names stand in `code`, and those that they use, in their order.
pub(super) fn of(code: &str) -> String {
    let mut wanted: BTreeSet<&str> = words(code).collect();
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
    used.join("\n")
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
        assert_eq!(of(".a.b"), "");
        assert_eq!(of("[.[] | nth(1; .x)]").matches("def nth").count(), 2, "both forms");
        let used = of("with_entries(.value |= text)");
        let names: Vec<_> = used.lines().filter_map(|line| words(line).nth(1)).collect();
        assert!(["map", "with_entries"].iter().all(|name| names.contains(name)));
        assert!(!names.contains(&"flatten"));
        assert_eq!(of(ALL).lines().count(), ALL.lines().count());
    }

    #[test]
    fn each_line_is_a_definition() {
        assert!(ALL.lines().all(|line| line.starts_with("def ") && line.ends_with(';')));
        let parsed = jaq_core::load::parse(ALL, |parser| parser.defs()).unwrap();
        assert_eq!(parsed.len(), ALL.lines().count());
    }
}
