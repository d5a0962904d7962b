//! Translates Genesys' words into the vocabulary of all platforms.

use cxtrace_domain::journeys::{Medium, Traits, TransferTarget};
use cxtrace_privacy::safe_text;

use super::body::Body;
use super::words;

/// The traits of a span in an event, except for its end.
pub(super) fn of(body: &Body) -> Traits {
    let flow = words::word(body.flow_type.as_deref(), words::FLOW_TYPE);
    let transfer = words::word(body.transfer_type.as_deref(), words::TRANSFER_TYPE);
    Traits {
        end_reason: None,
        transfer_target: transfer.as_deref().and_then(transfer_target),
        medium: words::word(body.media_type.as_deref(), words::MEDIA_TYPE).as_deref().map(medium),
        agent: body.user_id.as_deref().and_then(safe_text::uuid),
        in_queue: flow.filter(|flow| flow.starts_with("INQUEUE")).map(|_| true),
        synchronous: None,
        scheduled_for: body.callback_scheduled_time.map(|time| time.0),
    }
}

fn medium(word: &str) -> Medium {
    match word {
        "VOICE" => Medium::Voice,
        "CALLBACK" => Medium::Callback,
        "CHAT" => Medium::Chat,
        "EMAIL" => Medium::Email,
        "MESSAGE" | "INTERNALMESSAGE" => Medium::Message,
        _ => Medium::Other,
    }
}

fn transfer_target(word: &str) -> Option<TransferTarget> {
    match word {
        "ACD" | "GROUP" => Some(TransferTarget::Queue),
        "USER" | "RETURN_TO_AGENT" => Some(TransferTarget::Agent),
        "NUMBER" => Some(TransferTarget::Number),
        "ACD_VOICEMAIL" | "USER_VOICEMAIL" | "GROUP_VOICEMAIL" => Some(TransferTarget::Voicemail),
        "FLOW" | "SECURE_FLOW" => Some(TransferTarget::Flow),
        _ => None,
    }
}
