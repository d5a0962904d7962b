// @ts-check
// The words that the API uses for kinds of things. A test compares each list with the API's own document.

/** How final a journey is. */
export const STATUSES = /** @type {const} */ (["live", "provisional", "settled", "revised"]);

/** The rules that find insights. The filter above the list offers them. */
export const INSIGHT_RULES = /** @type {const} */ ([
  "dropped_call",
  "failed_transfer",
  "abandoned_in_queue",
  "long_queue",
  "long_gap",
  "slow_backend",
  "ai_escalation",
  "repeated_handoffs",
  "clock_skew",
  "missing_source",
  "quarantined_id",
]);

/** How bad an insight is, worst first. */
export const SEVERITIES = /** @type {const} */ (["error", "warning", "info"]);

/** The types of spans, in the order of the legend. */
export const SPAN_TYPES = /** @type {const} */ ([
  "telephony",
  "ivr",
  "ai_conversation",
  "queue",
  "agent_interaction",
  "hold",
  "wrap_up",
  "platform_handoff",
  "voicemail",
  "backend",
  "crm",
  "web",
  "message",
]);

/** The kinds of the customer's time, in the order in which they are listed. */
export const TIME_KINDS = /** @type {const} */ (["queue", "hold", "self_service", "ai", "agent", "transfer", "gap"]);

/** How a journey can end. */
export const ENDINGS = /** @type {const} */ ([
  "in_progress",
  "ended",
  "dropped",
  "abandoned",
  "failed_transfer",
  "fault",
  "unknown",
]);

/** Why a link is retracted or restored. */
export const REASONS = /** @type {const} */ ([
  "different_customers",
  "shared_id",
  "wrong_evidence",
  "mistake",
  "other",
]);

/** The rules that link two ids. */
export const EVIDENCE_RULES = /** @type {const} */ ([
  "same",
  "root",
  "parent",
  "previous",
  "related",
  "reference",
  "verification_code",
  "number_handoff",
]);
