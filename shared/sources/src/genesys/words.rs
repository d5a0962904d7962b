//! Genesys' enumerations, and the outcomes that their words mean.
//!
//! Words are compared in any case: `acd.end` writes `inqueuecall` where `flow.end` writes `INQUEUECALL`. An unknown word is
//! not kept: in a field of words, anything may stand.

use cxtrace_domain::journeys::Outcome;
use cxtrace_domain::journeys::span::SpanType;

pub(super) const ACD_OUTCOME: &[&str] = &["UNKNOWN", "ABANDON", "ANSWERED", "FLOW_OUT"];
pub(super) const DIRECTION: &[&str] = &["UNKNOWN", "INBOUND", "OUTBOUND"];
pub(super) const DISCONNECT: &[&str] = &[
    "UNKNOWN",
    "ENDPOINT",
    "CLIENT",
    "SYSTEM",
    "TRANSFER",
    "ERROR",
    "PEER",
    "OTHER",
    "SPAM",
    "TIMEOUT",
    "TRANSPORT_FAILURE",
    "CONFERENCE_TRANSFER",
    "CONSULT_TRANSFER",
    "FORWARD_TRANSFER",
    "NO_ANSWER_TRANSFER",
    "NOT_AVAILABLE_TRANSFER",
    "UNCALLABLE",
    "DND_ENDPOINT",
    "DND_TRANSFER",
    "INACTIVITY",
    "SESSION_EXPIRED",
    "TAKEOVER",
];
pub(super) const EXIT_REASON: &[&str] = &[
    "UNKNOWN",
    "DISCONNECT",
    "FLOW_DISCONNECT",
    "FLOW_ERROR_DISCONNECT",
    "TRANSFER",
    "SESSION_EXPIRE_DISCONNECT",
    "RECOGNITION_FAILURE_DISCONNECT",
    "RECOGNITION_FAILURE_EXIT",
    "USER_EXIT",
    "FLOW_EXIT",
    "FLOW_ERROR_EXIT",
];
pub(super) const FLOW_OUTCOME: &[&str] = &["UNKNOWN", "SUCCESS", "FAILURE"];
pub(super) const FLOW_TYPE: &[&str] = &[
    "UNKNOWN",
    "INBOUNDCALL",
    "OUTBOUNDCALL",
    "INQUEUECALL",
    "SECURECALL",
    "INBOUNDEMAIL",
    "SURVEYINVITE",
    "INBOUNDSHORTMESSAGE",
    "INBOUNDCHAT",
    "WORKFLOW",
    "BOT",
    "DIGITALBOT",
    "COMMONMODULE",
    "INQUEUEEMAIL",
    "INQUEUESHORTMESSAGE",
    "VOICE",
    "VOICEMAIL",
    "WORKITEM",
    "VOICESURVEY",
];
pub(super) const MEDIA_TYPE: &[&str] = &[
    "UNKNOWN",
    "VOICE",
    "CHAT",
    "EMAIL",
    "CALLBACK",
    "COBROWSE",
    "VIDEO",
    "SCREENSHARE",
    "MESSAGE",
    "INTERNALMESSAGE",
    "SCREENMONITORING",
];
pub(super) const MESSAGE_TYPE: &[&str] =
    &["UNKNOWN", "SMS", "TWITTER", "FACEBOOK", "LINE", "WHATSAPP", "WEBMESSAGING", "OPEN", "INSTAGRAM", "APPLE"];
/// The providers seen in public samples; the field is free text.
pub(super) const PROVIDER: &[&str] = &["Edge", "PureCloud Webchat v2", "PureCloud Messaging", "PureCloud Email"];
pub(super) const ROUTING: &[&str] =
    &["UNKNOWN", "MANUAL", "PREDICTIVE", "PREFERRED", "LAST", "BULLSEYE", "STANDARD", "OTHER", "CONDITIONAL", "VIP"];
pub(super) const TRANSFER_TYPE: &[&str] = &[
    "UNKNOWN",
    "ACD",
    "USER",
    "NUMBER",
    "ACD_VOICEMAIL",
    "USER_VOICEMAIL",
    "GROUP_VOICEMAIL",
    "GROUP",
    "FLOW",
    "SECURE_FLOW",
    "RETURN_TO_AGENT",
];
/// Wrap-up codes of Genesys itself. An organization's own codes are UUIDs.
pub(super) const WRAPUP_CODE: &[&str] = &["ININ-WRAP-UP-TIMEOUT", "ININ-WRAP-UP-SKIPPED"];

/// A word, in the spelling of this module. `UNKNOWN` gives `None`.
pub(super) fn word(text: Option<&str>, known: &[&str]) -> Option<String> {
    let text = text?.trim();
    let word = known.iter().find(|word| word.eq_ignore_ascii_case(text))?;
    (*word != "UNKNOWN").then(|| (*word).to_owned())
}

/// The outcome of a session with this disconnect type.
pub(super) fn disconnected(word: &str) -> Option<Outcome> {
    match word {
        "ENDPOINT" | "CLIENT" | "SYSTEM" | "PEER" | "SPAM" | "TAKEOVER" => Some(Outcome::Ok),
        "TRANSFER" | "CONFERENCE_TRANSFER" | "CONSULT_TRANSFER" | "FORWARD_TRANSFER" => Some(Outcome::Ok),
        "ERROR" | "TRANSPORT_FAILURE" | "UNCALLABLE" | "DND_ENDPOINT" => Some(Outcome::Error),
        "NO_ANSWER_TRANSFER" | "NOT_AVAILABLE_TRANSFER" | "DND_TRANSFER" => Some(Outcome::Error),
        "TIMEOUT" | "INACTIVITY" | "SESSION_EXPIRED" => Some(Outcome::Abandoned),
        _ => None,
    }
}

/// The outcome of an agent's session in which nobody talked.
pub(super) fn unanswered(word: &str) -> Option<Outcome> {
    match word {
        // The agent declined, or was absent.
        "CLIENT" | "TIMEOUT" => Some(Outcome::Error),
        "ENDPOINT" | "PEER" => Some(Outcome::Abandoned),
        word => disconnected(word),
    }
}

/// The outcome of a flow with this exit reason. A customer who hangs up in a queue's flow has left the queue, not the
/// flow.
pub(super) fn left(word: &str, in_queue: bool) -> Option<Outcome> {
    match word {
        "FLOW_DISCONNECT" | "TRANSFER" | "USER_EXIT" | "FLOW_EXIT" => Some(Outcome::Ok),
        "DISCONNECT" if in_queue => Some(Outcome::Ok),
        "DISCONNECT" | "SESSION_EXPIRE_DISCONNECT" => Some(Outcome::Abandoned),
        "FLOW_ERROR_DISCONNECT" | "FLOW_ERROR_EXIT" => Some(Outcome::Error),
        "RECOGNITION_FAILURE_DISCONNECT" | "RECOGNITION_FAILURE_EXIT" => Some(Outcome::Error),
        _ => None,
    }
}

/// The outcome of a wait in a queue.
pub(super) fn waited(word: &str) -> Option<Outcome> {
    match word {
        "ANSWERED" | "FLOW_OUT" => Some(Outcome::Ok),
        "ABANDON" => Some(Outcome::Abandoned),
        _ => None,
    }
}

/// Whether a disconnect type is a transfer.
pub(super) fn is_transfer(word: &str) -> bool {
    word == "TRANSFER" || word.ends_with("_TRANSFER")
}

/// The type and name of a customer's session on a medium.
pub(super) fn customer(media: Option<&str>) -> (Option<SpanType>, &'static str) {
    match media {
        None => (None, "Customer"),
        Some("VOICE") => (Some(SpanType::Telephony), "Customer call"),
        Some("CALLBACK") => (Some(SpanType::Telephony), "Customer call-back"),
        Some("CHAT") => (Some(SpanType::Message), "Customer chat"),
        Some("EMAIL") => (Some(SpanType::Message), "Customer e-mail"),
        Some("MESSAGE" | "INTERNALMESSAGE") => (Some(SpanType::Message), "Customer messages"),
        Some(_) => (Some(SpanType::Telephony), "Customer"),
    }
}

/// The type and name of a span of this flow type.
pub(super) fn flow(flow_type: Option<&str>) -> (SpanType, &'static str) {
    let name = match flow_type {
        Some("INBOUNDCALL") => "Inbound call flow",
        Some("OUTBOUNDCALL") => "Outbound call flow",
        Some("INQUEUECALL") => "In-queue call flow",
        Some("SECURECALL") => "Secure call flow",
        Some("INBOUNDEMAIL") => "Inbound e-mail flow",
        Some("SURVEYINVITE") => "Survey invite flow",
        Some("INBOUNDSHORTMESSAGE") => "Inbound message flow",
        Some("INBOUNDCHAT") => "Inbound chat flow",
        Some("WORKFLOW") => "Workflow",
        Some("BOT") => "Bot flow",
        Some("DIGITALBOT") => "Digital bot flow",
        Some("COMMONMODULE") => "Common module",
        Some("INQUEUEEMAIL") => "In-queue e-mail flow",
        Some("INQUEUESHORTMESSAGE") => "In-queue message flow",
        Some("VOICEMAIL") => "Voicemail flow",
        Some("WORKITEM") => "Work item flow",
        Some("VOICESURVEY") => "Voice survey flow",
        _ => "Flow",
    };
    match flow_type {
        Some("BOT" | "DIGITALBOT") => (SpanType::AiConversation, name),
        _ => (SpanType::Ivr, name),
    }
}
