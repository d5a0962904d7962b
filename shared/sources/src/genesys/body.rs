//! The fields of an event that are read. All others are skipped unread, among them subjects, notes, names, addresses
//! and external contacts.

use chrono::{DateTime, Utc};

use super::topic::{OF_A_CHANGE, OF_A_CONVERSATION, OF_A_SESSION};
use crate::shape::{Field, shape};
use crate::times;
use crate::values::{Millis, Time, Unreadable};

shape! {
    /// The event without its envelope.
    pub(super) struct Detail under "" {
        timestamp: Time = "timestamp" decides in [],
        body: Body = "eventBody" decides in OF_A_CONVERSATION,
    }
}

shape! {
    /// The fields of all topics together. A field means the same in every topic that has it.
    pub(super) struct Body under "" {
        event_time: Time = "eventTime" decides in OF_A_CHANGE,
        conversation_id: String = "conversationId" decides in OF_A_CONVERSATION,
        participant_id: String = "participantId" decides in [],
        session_id: String = "sessionId" decides in OF_A_SESSION,

        // Phone numbers, which are hashed.
        ani: String = "ani" decides in [],
        dnis: String = "dnis" decides in [],
        address_to: String = "addressTo" decides in [],
        callback_numbers: Vec<String> = "callbackNumbers" decides in [],

        // Words of enumerations.
        acd_outcome: String = "acdOutcome" decides in [],
        direction: String = "direction" decides in [],
        disconnect_type: String = "disconnectType" decides in [],
        exit_reason: String = "exitReason" decides in [],
        flow_outcome_value: String = "flowOutcomeValue" decides in [],
        flow_type: String = "flowType" decides in [],
        media_type: String = "mediaType" decides in [],
        message_type: String = "messageType" decides in [],
        provider: String = "provider" decides in [],
        requested_routings: Vec<String> = "requestedRoutings" decides in [],
        transfer_type: String = "transferType" decides in [],
        used_routing: String = "usedRouting" decides in [],
        wrapup_code: String = "wrapupCode" decides in [],

        // Ids of an organization's configuration, and of its staff.
        answered_user_id: String = "answeredUserId" decides in [],
        division_id: String = "divisionId" decides in [],
        flow_id: String = "flowId" decides in [],
        flow_outcome_id: String = "flowOutcomeId" decides in [],
        flow_version: String = "flowVersion" decides in [],
        outbound_campaign_id: String = "outboundCampaignId" decides in [],
        outbound_contact_list_id: String = "outboundContactListId" decides in [],
        queue_id: String = "queueId" decides in [],
        requested_language_id: String = "requestedLanguageId" decides in [],
        user_id: String = "userId" decides in [],

        routing_priority: i64 = "routingPriority" decides in [],

        // Times and durations.
        alerting_duration_ms: Millis = "alertingDurationMs" decides in [],
        callback_duration_ms: Millis = "callbackDurationMs" decides in [],
        callback_scheduled_time: Time = "callbackScheduledTime" decides in [],
        connected_duration_ms: Millis = "connectedDurationMs" decides in [],
        contacting_duration_ms: Millis = "contactingDurationMs" decides in [],
        dialing_duration_ms: Millis = "dialingDurationMs" decides in [],
        flow_milestones: Vec<Milestone> = "flowMilestones" decides in [],
        flow_outcome_end_time: Time = "flowOutcomeEndTime" decides in ["flow.outcome"],
        flow_outcome_start_time: Time = "flowOutcomeStartTime" decides in [],
        held_duration_ms: Millis = "heldDurationMs" decides in [],
        interacting_duration_ms: Millis = "interactingDurationMs" decides in [],
        voicemail_duration_ms: Millis = "voicemailDurationMs" decides in [],
        wrapup_duration_ms: Millis = "wrapupDurationMs" decides in [],
        journey_context: JourneyContext = "journeyContext" decides in [],
    }
}

shape! {
    /// A milestone of a flow.
    pub(super) struct Milestone under "flowMilestones." {
        milestone_id: String = "milestoneId" decides in [],
        milestone_time: Time = "milestoneTime" decides in [],
    }
}

shape! {
    /// The web page that a customer came from.
    pub(super) struct JourneyContext under "journeyContext." {
        session_id: String = "sessionId" decides in [],
    }
}

impl Body {
    /// Leaves out lenient times that are not possible in an event that was `published` then. Returns their fields.
    pub(super) fn leave_out_impossible_times(&mut self, published: DateTime<Utc>) -> Unreadable {
        let is_possible = |time: &Time| times::is_possible(time.0, published);
        let may_be_scheduled =
            |time: &Time| (published - times::BEHIND..=published + times::SCHEDULED).contains(&time.0);
        let mut left_out = Unreadable::new();
        if self.callback_scheduled_time.take_if(|time| !may_be_scheduled(time)).is_some() {
            left_out.insert("callbackScheduledTime");
        }
        if self.flow_outcome_start_time.take_if(|time| !is_possible(time)).is_some() {
            left_out.insert("flowOutcomeStartTime");
        }
        for milestone in self.flow_milestones.iter_mut().flatten() {
            if milestone.milestone_time.take_if(|time| !is_possible(time)).is_some() {
                left_out.insert("flowMilestones.milestoneTime");
            }
        }
        left_out
    }
}

/// The table of these fields.
pub(super) fn fields() -> impl Iterator<Item = Field> {
    [Detail::FIELDS, Body::FIELDS, Milestone::FIELDS, JourneyContext::FIELDS].into_iter().flatten().copied()
}
