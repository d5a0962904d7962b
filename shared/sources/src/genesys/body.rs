//! The fields of an event that are read. All others are skipped unread, among them subjects, notes, names, addresses and
//! external contacts.

use serde::Deserialize;

use crate::reading::{Millis, Time, lasting};

#[derive(Debug, Deserialize)]
pub(super) struct Detail {
    pub(super) timestamp: Option<Time>,
    #[serde(rename = "eventBody")]
    pub(super) body: Body,
}

/// The fields of all topics together. A field means the same in every topic that has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) event_time: Option<Time>,
    pub(super) conversation_id: String,
    pub(super) participant_id: Option<String>,
    pub(super) session_id: Option<String>,

    // Phone numbers, to be concealed.
    pub(super) ani: Option<String>,
    pub(super) dnis: Option<String>,
    pub(super) address_to: Option<String>,
    pub(super) callback_numbers: Option<Vec<String>>,

    // Words of enumerations.
    pub(super) acd_outcome: Option<String>,
    pub(super) direction: Option<String>,
    pub(super) disconnect_type: Option<String>,
    pub(super) exit_reason: Option<String>,
    pub(super) flow_outcome_value: Option<String>,
    pub(super) flow_type: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) message_type: Option<String>,
    pub(super) provider: Option<String>,
    pub(super) requested_routings: Option<Vec<String>>,
    pub(super) transfer_type: Option<String>,
    pub(super) used_routing: Option<String>,
    pub(super) wrapup_code: Option<String>,

    // Ids of what an organization has configured, and of its people at work.
    pub(super) answered_user_id: Option<String>,
    pub(super) division_id: Option<String>,
    pub(super) flow_id: Option<String>,
    pub(super) flow_outcome_id: Option<String>,
    pub(super) flow_version: Option<String>,
    pub(super) outbound_campaign_id: Option<String>,
    pub(super) outbound_contact_list_id: Option<String>,
    pub(super) queue_id: Option<String>,
    pub(super) requested_language_id: Option<String>,
    pub(super) user_id: Option<String>,

    pub(super) routing_priority: Option<i64>,

    // Times and lengths of time.
    #[serde(default, deserialize_with = "lasting")]
    pub(super) alerting_duration_ms: Option<Millis>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) callback_duration_ms: Option<Millis>,
    pub(super) callback_scheduled_time: Option<Time>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) connected_duration_ms: Option<Millis>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) contacting_duration_ms: Option<Millis>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) dialing_duration_ms: Option<Millis>,
    pub(super) flow_milestones: Option<Vec<Milestone>>,
    pub(super) flow_outcome_end_time: Option<Time>,
    pub(super) flow_outcome_start_time: Option<Time>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) held_duration_ms: Option<Millis>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) interacting_duration_ms: Option<Millis>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) voicemail_duration_ms: Option<Millis>,
    #[serde(default, deserialize_with = "lasting")]
    pub(super) wrapup_duration_ms: Option<Millis>,

    pub(super) journey_context: Option<JourneyContext>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Milestone {
    pub(super) milestone_id: Option<String>,
    pub(super) milestone_time: Option<Time>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct JourneyContext {
    pub(super) session_id: Option<String>,
}
