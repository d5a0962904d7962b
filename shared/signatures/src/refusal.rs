//! Why a request is refused, and why an `auth` block cannot be used. No message repeats text of a request or a secret.

/// Why a request is not authentic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("the signature is missing")]
    Unsigned,
    #[error("a header that must occur once occurs several times")]
    Duplicated,
    #[error("the signature or its time is not written as the scheme says")]
    Malformed,
    #[error("the signature does not match")]
    Wrong,
    #[error("the request was signed too long ago, or in the future")]
    Stale,
    /// The deployer must act: no request can pass.
    #[error("the secret cannot be used with this scheme")]
    UnusableSecret,
}

/// Why an `auth` block cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` {problem}")]
pub struct InvalidAuth {
    /// The key in the block.
    pub key: &'static str,
    pub problem: String,
}

impl InvalidAuth {
    pub(crate) fn new(key: &'static str, problem: impl Into<String>) -> Self {
        Self { key, problem: problem.into() }
    }
}
