//! Headers of the form `t=1739537297,v0=918a…`.

use cxtrace_webhook_auth::Parts;

use crate::refusal::Refusal;

/// A vendor signs with the old and the new secret while it rotates them. More signatures than these are refused.
const MAX_SIGNATURES: usize = 4;

/// The time, if the header holds one, and the signatures.
///
/// # Errors
/// When one of them is missing, when there are two times, or too many signatures.
pub(crate) fn read<'a>(parts: &Parts, header: &'a str) -> Result<(Option<&'a str>, Vec<&'a str>), Refusal> {
    let (mut timestamp, mut signatures) = (None, Vec::new());
    for part in header.split(',') {
        let (name, value) = part.split_once('=').ok_or(Refusal::Malformed)?;
        if name == parts.timestamp {
            if timestamp.replace(value).is_some() {
                return Err(Refusal::Duplicated);
            }
        } else if name == parts.signature {
            signatures.push(value);
        }
    }
    let is_complete = timestamp.is_some() || parts.timestamp.is_empty();
    match is_complete && (1..=MAX_SIGNATURES).contains(&signatures.len()) {
        true => Ok((timestamp, signatures)),
        false => Err(Refusal::Malformed),
    }
}
