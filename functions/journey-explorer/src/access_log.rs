//! The access log and the audit log: one line for each request, and one more for what is audited. A line has no id, no
//! number and no text of a request.

use cxtrace_explorer::{AccessRecord, Audit};

/// Logs a request that took so many milliseconds.
pub fn log(record: &AccessRecord, ms: i64) {
    let AccessRecord { method, route, status, user, audit } = record;
    let user = user.as_deref();
    tracing::info!(log = "access", method, route, status, user, ms, "request");
    match audit {
        None => {}
        Some(Audit::PhoneSearch { hits }) => tracing::info!(log = "audit", user, hits, "search by a phone number"),
        Some(Audit::PhoneSearchLimited) => {
            tracing::warn!(log = "audit", user, "a search by a phone number was beyond the user's limit");
        }
        Some(Audit::Erasure { journeys, facts, is_complete }) => {
            tracing::info!(log = "audit", user, journeys, facts, complete = is_complete, "erasure of a phone number");
        }
        Some(Audit::Decision(act)) => tracing::info!(log = "audit", user, act = act.as_str(), "decision about an edge"),
    }
}
