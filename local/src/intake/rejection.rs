//! Why a payload is rejected.

/// The reason for rejecting a payload, with its HTTP status. No part of a rejected payload is kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub(super) struct Rejection {
    pub(super) status: u16,
    pub(super) reason: String,
}

impl Rejection {
    pub(super) fn new(status: u16, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }
}
