// @ts-check
// How the customer's time was spent, as one stacked bar with its figures. Every figure is the API's own.

import { TIME_KINDS } from "../client/vocabulary.js";
import { millis } from "../lib/clock-time.js";
import { h } from "../lib/dom.js";
import { duration } from "../lib/duration.js";
import { DRAWN_TYPES } from "../lib/span-types.js";
import { theme } from "../lib/theme.js";

/** @import { TimeAccount, TimeKind, TimePart } from "../client/types.js" */
/** @import { DrawnType } from "../lib/span-types.js" */

/**
 * The name of each kind, and the type of spans whose colours it has.
 *
 * @type {Record<TimeKind, [string, DrawnType]>}
 */
const LOOKS = {
  queue: ["Queue", "queue"],
  hold: ["Hold", "hold"],
  self_service: ["Self-service", "ivr"],
  ai: ["AI agent", "ai_conversation"],
  agent: ["Agent", "agent_interaction"],
  transfer: ["Transfer", "platform_handoff"],
  gap: ["Not reported", "other"],
};

/** @param {TimeKind} kind */
export function timeName(kind) {
  return LOOKS[kind]?.[0] ?? kind;
}

/**
 * The parts of the time until `now`, with the stretch that goes on.
 *
 * @param {TimeAccount} time
 * @param {number} now
 * @returns {TimePart[]}
 */
export function partsUntil(time, now) {
  const sums = new Map(time.parts.map(({ kind, duration_ms: ms }) => [kind, ms]));
  const open = time.stretches.find((stretch) => stretch.ended_at === undefined);
  if (open) sums.set(open.kind, (sums.get(open.kind) ?? 0) + Math.max(0, now - (millis(open.started_at) ?? now)));
  return TIME_KINDS.filter((kind) => sums.has(kind)).map((kind) => ({ kind, duration_ms: sums.get(kind) ?? 0 }));
}

/**
 * The stacked bar with its figures. `figures` leaves out the list, where there is no room for it.
 *
 * @param {TimePart[]} parts
 * @param {{ figures?: boolean }} [options]
 */
export function timeBar(parts, { figures = true } = {}) {
  const total = parts.reduce((sum, part) => sum + part.duration_ms, 0);
  if (!total) return undefined;
  const colours = theme();
  const text = parts.map((part) => `${timeName(part.kind)} ${duration(part.duration_ms)}`).join(", ");
  const bar = h("span", { class: "time-bar", role: "img", "aria-label": `The customer's time: ${text}` });
  const list = h("ul", { class: "time-parts", "aria-label": "The customer's time" });
  for (const { kind, duration_ms: ms } of parts) {
    const code = DRAWN_TYPES.indexOf(LOOKS[kind]?.[1] ?? "other");
    const piece = h("span", { class: "time-piece", title: `${timeName(kind)} ${duration(ms)}` });
    piece.style.width = `${(100 * ms) / total}%`;
    piece.style.background = colours.tint[code];
    piece.style.borderColor = colours.edge[code];
    bar.append(piece);
    const sample = h("span", { class: "time-sample", "aria-hidden": "true" });
    sample.style.background = colours.tint[code];
    sample.style.borderColor = colours.edge[code];
    list.append(h("li", { data: { kind } }, sample, `${timeName(kind)} `, h("strong", {}, duration(ms))));
  }
  return h("div", { class: "time-account" }, bar, figures && list);
}
