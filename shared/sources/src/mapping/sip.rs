//! SIP and trace headers. What cannot be read is null.

use super::json::Json;
use super::texts::of_text;

/// The address in a SIP header: between angle brackets, or the whole text.
fn address(text: &str) -> &str {
    let inside = text.split_once('<').map(|(_, rest)| rest.split_once('>').map_or(rest, |(inside, _)| inside));
    inside.unwrap_or(text).trim()
}

fn without_scheme(address: &str) -> (bool, &str) {
    for scheme in ["sips:", "sip:", "tel:"] {
        if let Some(start) = address.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)) {
            return (true, &address[start.len()..]);
        }
    }
    (false, address)
}

/// The user part of a SIP or tel URI.
pub(super) fn sip_user(value: &Json) -> Json {
    let user = value.as_text().and_then(|text| {
        let (has_scheme, rest) = without_scheme(address(text));
        let is_tel = !rest.contains('@');
        let user = rest.split('@').next()?.split([';', '?', ':']).next()?;
        (has_scheme || !is_tel).then(|| user.replace("%2B", "+").replace("%2b", "+"))
    });
    of_text(user.as_deref())
}

/// The host of a SIP URI.
pub(super) fn sip_host(value: &Json) -> Json {
    let host = value.as_text().and_then(|text| {
        let (has_scheme, rest) = without_scheme(address(text));
        let rest = match rest.split_once('@') {
            Some((_, host)) => host,
            None if has_scheme => rest,
            None => return None,
        };
        if let Some(inside) = rest.strip_prefix('[') {
            return inside.split(']').next();
        }
        rest.split([':', ';', '?', '>']).next()
    });
    of_text(host)
}

/// The trace id of a `traceparent`.
pub(super) fn traceparent_id(value: &Json) -> Json {
    let id = value.as_text().and_then(|text| {
        let parts: Vec<_> = text.trim().split('-').collect();
        let [_, trace, _, _] = parts.as_slice() else { return None };
        let is_trace =
            trace.len() == 32 && trace.bytes().all(|b| b.is_ascii_hexdigit()) && trace.bytes().any(|b| b != b'0');
        is_trace.then(|| trace.to_ascii_lowercase())
    });
    of_text(id.as_deref())
}

/// What a User-to-User header carries, without the protocol discriminator (RFC 7433). Text stays text, and other bytes are
/// written as hexadecimal digits. Of several values in one header none counts, because nobody knows whose they are.
pub(super) fn uui(value: &Json) -> Json {
    of_text(value.as_text().and_then(user_to_user).as_deref())
}

fn user_to_user(header: &str) -> Option<String> {
    let header = header.trim().replace("%3B", ";").replace("%3b", ";").replace("%3D", "=").replace("%3d", "=");
    let mut parameters = Vec::new();
    let mut content = header.as_str();
    // Parameters are at the end. JSON may hold semicolons of its own.
    while let Some((before, parameter)) = content.rsplit_once(';') {
        let Some((name, value)) = parameter.split_once('=') else { break };
        let name = name.trim().to_ascii_lowercase();
        if !["encoding", "pd", "purpose", "content"].contains(&name.as_str()) {
            break;
        }
        // Another value follows.
        if value.contains(',') {
            return None;
        }
        parameters.push((name, value.trim().trim_matches('"').to_ascii_lowercase()));
        content = before;
    }
    let parameter = |name: &str| parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let content = content.trim().trim_matches('"').trim();
    let is_hex =
        !content.is_empty() && content.len().is_multiple_of(2) && content.bytes().all(|b| b.is_ascii_hexdigit());
    match parameter("encoding") {
        Some("ascii") => return Some(content.to_owned()),
        Some("hex") if !is_hex => return None,
        None if !is_hex => return (!content.contains(',')).then(|| content.to_owned()),
        _ => {}
    }
    let bytes: Vec<u8> =
        (0..content.len()).step_by(2).filter_map(|at| u8::from_str_radix(content.get(at..at + 2)?, 16).ok()).collect();
    // 16 bytes are an id as they are, unless all but the first are text. Anything else begins with the discriminator, unless a
    // parameter gives it.
    let is_text = bytes.iter().skip(1).all(|b| b.is_ascii_graphic() || *b == b' ');
    let is_id = bytes.len() == 16 && !is_text;
    let has_discriminator =
        parameter("pd").is_none() && !is_id && matches!(bytes.first(), Some(0 | 4)) && bytes.len() > 1;
    let bytes = if has_discriminator { bytes.get(1..).unwrap_or_default() } else { &bytes };
    let text = std::str::from_utf8(bytes).ok().filter(|text| text.chars().all(|c| !c.is_control()));
    Some(text.map_or_else(|| bytes.iter().map(|byte| format!("{byte:02x}")).collect(), str::to_owned))
}
