//! The result of a check, as one line.

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    state: State,
    what: &'static str,
    finding: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Failed,
    Skipped,
}

impl Check {
    /// A check that found no problem. `finding` says what it found.
    pub(super) fn ok(what: &'static str, finding: impl Into<String>) -> Self {
        Self { state: State::Ok, what, finding: finding.into() }
    }

    /// A check that found a problem. `finding` says which, and what to do.
    pub(super) fn failed(what: &'static str, finding: impl Into<String>) -> Self {
        Self { state: State::Failed, what, finding: finding.into() }
    }

    /// A check that was skipped. `finding` says how to run it.
    pub(super) fn skipped(what: &'static str, finding: impl Into<String>) -> Self {
        Self { state: State::Skipped, what, finding: finding.into() }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.state == State::Failed
    }
}

/// The checks, one on each line.
pub(super) fn list(checks: &[Check]) -> String {
    let line = |Check { state, what, finding }: &Check| {
        let state = match state {
            State::Ok => "ok",
            State::Failed => "failed",
            State::Skipped => "skipped",
        };
        format!("{state:<8} {what:<15} {finding}\n")
    };
    checks.iter().map(line).collect()
}
