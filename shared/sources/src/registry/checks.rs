//! What one definition must say, whatever others say. `build.rs` uses this module, too. It must not read files.

use std::collections::BTreeSet;

use cxtrace_webhook_auth::Scheme;

use super::definition::{Class, Definition};
use super::input::{Input, Status, Transport};
use super::length::Length;

/// The types of spans.
const SPAN_TYPES: [&str; 13] = [
    "agent_interaction",
    "ai_conversation",
    "backend",
    "crm",
    "hold",
    "ivr",
    "message",
    "platform_handoff",
    "queue",
    "telephony",
    "voicemail",
    "web",
    "wrap_up",
];

/// The first name that two inputs have.
fn repeated(inputs: &[Input]) -> Option<&str> {
    let mut seen = BTreeSet::new();
    inputs.iter().map(|input| input.name.as_str()).find(|name| !seen.insert(*name))
}

fn check_inputs(definition: &Definition) -> Result<(), String> {
    if let Some(name) = repeated(&definition.inputs) {
        return Err(format!("two inputs have the name `{name}`. Give each its own name"));
    }
    for input in &definition.inputs {
        check_input(input, definition)?;
    }
    for (name, auth) in &definition.auth.schemes {
        let missing = match auth.scheme {
            None => "scheme",
            Some(Scheme::Hmac | Scheme::Token | Scheme::Ed25519 | Scheme::Ecdsa | Scheme::JwsDetached)
                if auth.header.is_none() =>
            {
                "header"
            }
            Some(_) => match auth.tolerance.as_deref().map(Length::read) {
                Some(None) => {
                    return Err(format!("the entry `{name}` of auth has no valid `tolerance`. Write 30s, 5m or 1h"));
                }
                _ => continue,
            },
        };
        return Err(format!("the entry `{name}` of auth has no `{missing}`. Write it"));
    }
    for (namespace, page) in &definition.console {
        if !page.starts_with("https://") || !page.contains("{value}") {
            return Err(format!("`{namespace}`: the console's page must begin with https:// and contain {{value}}"));
        }
    }
    Ok(())
}

fn check_input(input: &Input, definition: &Definition) -> Result<(), String> {
    let name = &input.name;
    if name.is_empty() {
        return Err("an input has no `name`. Give it one".to_owned());
    }
    let Some(transport) = input.transport else {
        return Err(format!(
            "the input `{name}` has no transport. Give one of webhook, eventbridge, kinesis, otlp and poll"
        ));
    };
    match (transport == Transport::EventBridge, &input.eventbridge) {
        (true, None) => {
            return Err(format!(
                "the input `{name}` has no `eventbridge`. Give the envelope's source and detail_types"
            ));
        }
        (false, Some(_)) => {
            return Err(format!(
                "the input `{name}` has `eventbridge`, and its transport is {transport}. Remove `eventbridge`, or set the transport to eventbridge"
            ));
        }
        (true, Some(pattern)) => {
            for text in std::iter::once(&pattern.source).chain(&pattern.detail_types) {
                let stem = text.strip_suffix('*').unwrap_or(text);
                if stem.is_empty() || stem.contains('*') {
                    return Err(format!(
                        "`{text}` in the input {name} is not a pattern. Write the text whole, or its beginning and one `*`"
                    ));
                }
            }
        }
        (false, None) => {}
    }
    if let Some(otlp) = &input.otlp {
        if transport != Transport::Otlp {
            return Err(format!(
                "the input `{name}` has `otlp`, and its transport is {transport}. Remove `otlp`, or set the transport to otlp"
            ));
        }
        for text in &otlp.scopes {
            let stem = text.strip_suffix('*').unwrap_or(text);
            if stem.is_empty() || stem.contains('*') {
                return Err(format!(
                    "`{text}` in the input {name} is not a scope. Write the text whole, or its beginning and one `*`"
                ));
            }
        }
        let is_declared = |namespace: &str| {
            definition.ids.contains_key(namespace)
                || definition.links.contains_key(namespace)
                || definition.links.contains_key("*")
        };
        if definition.extends.is_none()
            && let Some(namespace) = otlp.ids.values().find(|namespace| !is_declared(namespace))
        {
            return Err(format!(
                "`{namespace}` in `otlp` of the input {name} is neither in ids nor in links. Add it there"
            ));
        }
    }
    if let Some(poll) = &input.poll {
        if transport != Transport::Poll {
            return Err(format!(
                "the input `{name}` has `poll`, and its transport is {transport}. Remove `poll`, or set the transport to poll"
            ));
        }
        poll.check(name)?;
    }
    match input.status {
        None => {
            return Err(format!("the input `{name}` has no status. Give verified, or unconfirmed with a sentence"));
        }
        Some(Status::Unconfirmed) if input.unconfirmed.trim().is_empty() => {
            return Err(format!("the input `{name}` is unconfirmed. Say in `unconfirmed` what is not confirmed"));
        }
        Some(Status::Verified) if !input.unconfirmed.is_empty() => {
            return Err(format!("the input `{name}` is verified and has `unconfirmed`. Remove `unconfirmed`"));
        }
        Some(_) => {}
    }
    if input.about.trim().is_empty() {
        return Err(format!("the input `{name}` has no `about`. Say in a sentence what arrives"));
    }
    let auth = input.auth.as_deref().unwrap_or("default");
    if transport == Transport::Webhook && !definition.auth.schemes.contains_key(auth) && definition.extends.is_none() {
        return Err(format!("the input `{name}` uses `auth: {auth}`, and `auth` has no entry `{auth}`. Add it"));
    }
    if input.map_file().contains(['/', '\\']) {
        return Err(format!("`{}` is not a file beside source.yaml. Give its name without a folder", input.map_file()));
    }
    Ok(())
}

/// Checks one definition. The message names what is wrong between its first backticks.
pub(super) fn check_definition(name: &str, definition: &Definition) -> Result<(), String> {
    let is_name = |text: &str| {
        (2..=32).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.bytes().any(|b| b.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
    };
    let is_namespace = |text: &str| {
        (2..=40).contains(&text.len())
            && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            && text.bytes().any(|b| b.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'.' || b == b'_')
            && text != "phone"
    };
    let shape = "2 to 32 lower-case letters, digits, dashes and underscores, beginning with a letter or digit";
    if !definition.programs.is_empty() {
        return Err("`programs` is not a key. Write the mapping in map.jq".to_owned());
    }
    if let Some(word) = definition.span_types.iter().find(|word| !SPAN_TYPES.contains(&word.as_str())) {
        return Err(format!("`{word}` is not a type of span. Use one of {}", SPAN_TYPES.join(", ")));
    }
    check_inputs(definition)?;
    if !definition.source.is_empty() && definition.source != name {
        return Err(format!(
            "`{}` is not the folder's name. Leave `source` out, or rename the folder",
            definition.source
        ));
    }
    if definition.speaks_for.contains("*") && !definition.is_example {
        return Err("only an example may speak for everybody. List names in `speaks_for`".to_owned());
    }
    let spoken_for = definition.speaks_for.iter().filter(|name| *name != "*");
    let others = definition.platforms.iter().chain(&definition.aliases);
    for text in spoken_for.chain(others).map(String::as_str).chain([name]) {
        if !is_name(text) {
            return Err(format!("`{text}` is not a source's name. Use {shape}"));
        }
    }
    for text in definition.ids.keys().chain(definition.links.keys()) {
        if !is_namespace(text) && text != "*" {
            return Err(format!(
                "`{text}` is not a namespace. Use 2 to 40 lower-case letters, digits, dots and underscores"
            ));
        }
    }
    for (namespace, declaration) in &definition.ids {
        match declaration.class {
            Some(Class::Public) if declaration.shapes.is_empty() => {
                return Err(format!(
                    "`{namespace}` is public and has no shapes. List them, or give the class pseudonym"
                ));
            }
            Some(Class::Public) => {}
            _ if declaration.shapes.is_empty() => {}
            _ => {
                return Err(format!("`{namespace}` has shapes and is not public. Give the class public, or no shapes"));
            }
        }
    }
    for envelope in &definition.envelopes {
        let stem = envelope.strip_suffix('*').unwrap_or(envelope);
        if stem.is_empty() || stem.contains('*') {
            return Err(format!(
                "`{envelope}` is not an envelope's source. Write it whole, or its beginning and one `*`"
            ));
        }
    }
    for group in &definition.attributes {
        let first = group.names.first().map(String::as_str).unwrap_or_default();
        let shapes = [!group.words.is_empty(), !group.patterns.is_empty(), group.kind.is_some()];
        let given = shapes.into_iter().filter(|given| *given).count();
        let is_public = group.class.is_none_or(|class| class == Class::Public);
        if first.is_empty() || (is_public && given != 1) || (!is_public && given != 0) {
            return Err(format!(
                "the attributes from `{first}` on need names, and for the class public one of words, patterns or kind"
            ));
        }
    }
    match definition.authority {
        Some(authority) if !(1..=100).contains(&authority) => {
            Err(format!("the authority `{authority}` is out of range. Give a number from 1 to 100"))
        }
        _ => Ok(()),
    }
}
