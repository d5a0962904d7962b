//! What one run of a mapping may use. The interpreter has no limit of its own, so every operation on a value takes from
//! this budget. It must not know what a value is.
//!
//! When the budget is used up, each further operation fails at once and each list that is still read ends. What is left of the
//! program then costs no more than `check::MAX_WORK`, so a run always ends.

use std::cell::Cell;

/// The units of work of one run. An operation takes one, and one more for every 16 bytes that it makes or compares.
pub(crate) const MAX_WORK: u64 = 300_000;

/// The size of the greatest value that a mapping may make, in bytes. A value that stands in two places counts twice.
pub(crate) const MAX_VALUE: usize = 1024 * 1024;

/// The depth of the deepest value that a mapping may make.
pub(crate) const MAX_DEPTH: u16 = 96;

/// Why a run was stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exhausted {
    /// It took too many steps.
    Work,
    /// It made a value that is too large.
    Size,
    /// It made a value that is nested too deep.
    Depth,
}

impl Exhausted {
    pub(crate) fn problem(self) -> &'static str {
        match self {
            Self::Work => "takes too many steps on it",
            Self::Size => "makes a value of more than 1 MB of it",
            Self::Depth => "makes a value of it that is nested too deep",
        }
    }
}

thread_local! {
    static LEFT: Cell<u64> = const { Cell::new(0) };
    static EXHAUSTED: Cell<Option<Exhausted>> = const { Cell::new(None) };
}

/// Runs `run` with a full budget.
///
/// # Errors
/// When the budget does not suffice. Then the result must not be used.
pub(crate) fn with_full<T>(run: impl FnOnce() -> T) -> Result<T, Exhausted> {
    LEFT.set(MAX_WORK);
    EXHAUSTED.set(None);
    let result = run();
    let exhausted = EXHAUSTED.take();
    LEFT.set(0);
    exhausted.map_or(Ok(result), Err)
}

/// Takes the cost of an operation on `bytes` bytes. Returns whether it may go on.
pub(crate) fn take(bytes: usize) -> bool {
    let cost = 1 + (bytes as u64) / 16;
    match LEFT.get().checked_sub(cost) {
        Some(left) => {
            LEFT.set(left);
            true
        }
        None => {
            exhaust(Exhausted::Work);
            false
        }
    }
}

/// Ends the run.
pub(crate) fn exhaust(why: Exhausted) {
    LEFT.set(0);
    EXHAUSTED.set(EXHAUSTED.get().or(Some(why)));
}
