//! The limits of a Cxtrace Span event. This module does not know the form.

use cxtrace_domain::journeys::Fact;

use crate::error::SourceError;

/// The maximum length of `detail`, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;
/// The maximum number of spans in one event.
pub const MAX_SPANS: usize = 100;
/// The maximum number of links, of phone numbers, and of points on one span.
pub const MAX_PARTS: usize = 100;
/// The maximum number of stored attributes of a span, or of a point on it.
pub const MAX_ATTRIBUTES: usize = 64;

/// Notes that a lenient field could not be read.
pub(super) fn leave_out(fact: &mut Fact, field: &'static str) {
    fact.unreadable.insert(field.to_owned());
}

/// The entries of a list, or an error if there are more than [`MAX_PARTS`].
pub(super) fn parts<'a, T>(list: Option<&'a Vec<T>>, field: &str) -> Result<&'a [T], SourceError> {
    let list = list.map(Vec::as_slice).unwrap_or_default();
    if list.len() > MAX_PARTS {
        return Err(SourceError::at(field, format!("has more than {MAX_PARTS} entries")));
    }
    Ok(list)
}
