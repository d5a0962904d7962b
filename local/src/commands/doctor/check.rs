//! What one check has found, in one line.

/// The outcome of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    state: State,
    what: &'static str,
    said: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    Failed,
    Skipped,
}

impl Check {
    /// All is well; `said` is what was found.
    pub(super) fn ok(what: &'static str, said: impl Into<String>) -> Self {
        Self { state: State::Ok, what, said: said.into() }
    }

    /// Something is wrong; `said` is what, and what to do.
    pub(super) fn failed(what: &'static str, said: impl Into<String>) -> Self {
        Self { state: State::Failed, what, said: said.into() }
    }

    /// It was not checked; `said` is what it takes to check it.
    pub(super) fn skipped(what: &'static str, said: impl Into<String>) -> Self {
        Self { state: State::Skipped, what, said: said.into() }
    }

    pub(super) fn has_failed(&self) -> bool {
        self.state == State::Failed
    }
}

/// All of them, one on each line.
pub(super) fn list(checks: &[Check]) -> String {
    let line = |Check { state, what, said }: &Check| {
        let state = match state {
            State::Ok => "ok",
            State::Failed => "failed",
            State::Skipped => "skipped",
        };
        format!("{state:<8} {what:<15} {said}\n")
    };
    checks.iter().map(line).collect()
}
