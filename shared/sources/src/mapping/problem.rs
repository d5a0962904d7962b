//! Why a program cannot be used, with its place. It must not know what a program may be.

use jaq_core::load::span;

/// Why a program cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong, and what to do.
    pub text: String,
}

impl Problem {
    pub(super) fn at(code: &str, offset: usize, text: impl Into<String>) -> Self {
        let before = code.get(..offset).unwrap_or(code);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        Self { line, column, text: text.into() }
    }

    pub(super) fn of(code: &str, part: &str, text: impl Into<String>) -> Self {
        Self::at(code, offset(code, part), text)
    }
}

/// Where `part` begins in `code`; the end if it is of another text.
pub(super) fn offset(code: &str, part: &str) -> usize {
    let (start, at) = (code.as_ptr() as usize, part.as_ptr() as usize);
    if (start..=start + code.len()).contains(&at) { span(code, part).start } else { code.len() }
}
