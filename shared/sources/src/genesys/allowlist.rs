//! Decides which fields become attributes, and in which shape. Other fields are dropped.
//!
//! | class | fields |
//! |---|---|
//! | public | the table's, and times |
//! | pseudonym | `ani`, `dnis`, `callbackNumbers`; `addressTo` where it is the number of a transfer |
//! | secret | every other: subjects, notes, names, addresses, external contacts and organizations, labels |

use std::collections::BTreeMap;

use cxtrace_privacy::safe_text;

use super::body::Body;
use super::words;

enum Shape {
    Uuid,
    Version,
    Word(&'static [&'static str]),
    /// A UUID, or a word.
    Code(&'static [&'static str]),
}

/// An attribute, the field that it is taken from, and the shape that lets it pass.
type Row = (&'static str, fn(&Body) -> &Option<String>, Shape);

const TABLE: &[Row] = &[
    ("genesys.acd_outcome", |body| &body.acd_outcome, Shape::Word(words::ACD_OUTCOME)),
    ("genesys.answered_user_id", |body| &body.answered_user_id, Shape::Uuid),
    ("genesys.direction", |body| &body.direction, Shape::Word(words::DIRECTION)),
    ("genesys.disconnect_type", |body| &body.disconnect_type, Shape::Word(words::DISCONNECT)),
    ("genesys.division_id", |body| &body.division_id, Shape::Uuid),
    ("genesys.exit_reason", |body| &body.exit_reason, Shape::Word(words::EXIT_REASON)),
    ("genesys.flow_id", |body| &body.flow_id, Shape::Uuid),
    ("genesys.flow_type", |body| &body.flow_type, Shape::Word(words::FLOW_TYPE)),
    ("genesys.flow_version", |body| &body.flow_version, Shape::Version),
    ("genesys.media_type", |body| &body.media_type, Shape::Word(words::MEDIA_TYPE)),
    ("genesys.message_type", |body| &body.message_type, Shape::Word(words::MESSAGE_TYPE)),
    ("genesys.outbound_campaign_id", |body| &body.outbound_campaign_id, Shape::Uuid),
    ("genesys.outbound_contact_list_id", |body| &body.outbound_contact_list_id, Shape::Uuid),
    ("genesys.participant_id", |body| &body.participant_id, Shape::Uuid),
    ("genesys.provider", |body| &body.provider, Shape::Word(words::PROVIDER)),
    ("genesys.queue_id", |body| &body.queue_id, Shape::Uuid),
    ("genesys.requested_language_id", |body| &body.requested_language_id, Shape::Uuid),
    ("genesys.transfer_type", |body| &body.transfer_type, Shape::Word(words::TRANSFER_TYPE)),
    ("genesys.used_routing", |body| &body.used_routing, Shape::Word(words::ROUTING)),
    ("genesys.user_id", |body| &body.user_id, Shape::Uuid),
    ("genesys.wrapup_code", |body| &body.wrapup_code, Shape::Code(words::WRAPUP_CODE)),
];

/// The attributes that are not taken from one field as it is.
const OTHERS: [&str; 3] = ["genesys.callback_scheduled_at", "genesys.requested_routings", "genesys.routing_priority"];

/// The attributes of a body that are stored.
pub(super) fn attributes(body: &Body) -> BTreeMap<String, String> {
    let texts = TABLE.iter().filter_map(|(name, field, shape)| {
        let text = field(body).as_deref()?.trim();
        let value = match shape {
            Shape::Uuid => safe_text::uuid(text),
            Shape::Version => safe_text::version(text),
            Shape::Word(known) => words::word(Some(text), known),
            Shape::Code(known) => safe_text::uuid(text).or_else(|| words::word(Some(text), known)),
        }?;
        Some(((*name).to_owned(), value))
    });
    let routings = body.requested_routings.iter().flatten();
    let routings: Vec<_> = routings.filter_map(|routing| words::word(Some(routing), words::ROUTING)).collect();
    let routings = (!routings.is_empty()).then(|| routings.join(","));
    // A longer number could be somebody's.
    let priority =
        body.routing_priority.filter(|priority| priority.abs() < 10_000).map(|priority| priority.to_string());
    let callback = body.callback_scheduled_time.map(|time| time.0.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    let others = OTHERS.into_iter().zip([callback, routings, priority]);
    texts.chain(others.filter_map(|(name, value)| Some((name.to_owned(), value?)))).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::registry::Registry;

    #[test]
    fn the_definition_lists_what_is_kept() {
        let definition = Registry::built_in().definition("genesys").unwrap();
        let listed: BTreeSet<_> =
            definition.attributes.iter().flat_map(|group| &group.names).map(String::as_str).collect();
        let kept: BTreeSet<_> = TABLE.iter().map(|(name, ..)| *name).chain(OTHERS).collect();
        assert_eq!(listed, kept);
    }
}
