// @ts-check
// How each type of span looks: its name, its colours and its pattern. Colour is never the only sign.

import { SPAN_TYPES } from "../client/vocabulary.js";

/** @import { SpanType, TimeKind } from "../client/types.js" */
/** @typedef {SpanType | "other"} DrawnType */
/** @typedef {"" | "cross" | "rise" | "fall" | "bars" | "dots" | "dashes"} Pattern */

/** The types of spans that can be drawn, in the order of the legend. An unknown type is drawn as the last. */
export const DRAWN_TYPES = /** @type {readonly DrawnType[]} */ ([...SPAN_TYPES, "other"]);

/**
 * For each type: name, light tint, light edge, dark tint, dark edge, pattern.
 *
 * @type {Record<DrawnType, [string, string, string, string, string, Pattern]>}
 */
export const SPAN_LOOKS = {
  telephony: ["Telephony", "#dde2ea", "#66738a", "#333c4b", "#94a3bb", ""],
  ivr: ["IVR", "#cfe0ff", "#2f6be0", "#1f3a6e", "#6ea0ff", ""],
  ai_conversation: ["AI conversation", "#e3d8fd", "#7a45dc", "#432a75", "#b08cff", "cross"],
  queue: ["Queue", "#ffe3ac", "#b87400", "#5c4209", "#f0b23c", "rise"],
  agent_interaction: ["Agent", "#c4ebd3", "#16834c", "#14492f", "#4cc98a", ""],
  hold: ["Hold", "#fbd3c0", "#c2521b", "#642f17", "#f58d5c", "bars"],
  wrap_up: ["Wrap-up", "#cdebe8", "#1b827a", "#12464a", "#53c3b9", "dots"],
  platform_handoff: ["Hand-off", "#d8dcf8", "#4a55c4", "#2c326b", "#939dff", "fall"],
  voicemail: ["Voicemail", "#fad4e6", "#b93277", "#5e1f42", "#f07fb5", "dots"],
  backend: ["Backend", "#c6e9f5", "#0d7ea6", "#0f4357", "#4fc0e6", ""],
  crm: ["CRM", "#eadfc9", "#86682f", "#463a20", "#cdae6f", "dashes"],
  web: ["Web", "#e0edbd", "#5d7f14", "#364a10", "#a5cb4f", ""],
  message: ["Message", "#f3d3f5", "#a03aa8", "#54205a", "#df83e6", "dashes"],
  other: ["Other", "#e4e4e4", "#6b6b6b", "#3a3a3a", "#a8a8a8", "rise"],
};

/**
 * The name of a type in the legend.
 *
 * @param {string} type
 */
export function typeName(type) {
  return (SPAN_LOOKS[/** @type {DrawnType} */ (type)] ?? SPAN_LOOKS.other)[0];
}

/**
 * The name of each kind, and the type of spans whose colours it has.
 *
 * @type {Record<TimeKind, [string, DrawnType]>}
 */
const TIME_LOOKS = {
  queue: ["Queue", "queue"],
  hold: ["Hold", "hold"],
  self_service: ["Self-service", "ivr"],
  ai: ["AI agent", "ai_conversation"],
  agent: ["Agent", "agent_interaction"],
  transfer: ["Transfer", "platform_handoff"],
  gap: ["Gap", "other"],
};

/** @param {TimeKind} kind */
export function timeName(kind) {
  return TIME_LOOKS[kind]?.[0] ?? kind;
}

/**
 * The type of spans whose colours a kind of time has.
 *
 * @param {TimeKind} kind
 * @returns {DrawnType}
 */
export function timeType(kind) {
  return TIME_LOOKS[kind]?.[1] ?? "other";
}
