// @ts-check
// How long a customer waited.

import { millis } from "../../lib/clock-time.js";

/** @import { Span } from "../../client/types.js" */

/**
 * The types of spans in which a customer waits.
 *
 * @type {Set<string>}
 */
const WAITING = new Set(["queue", "hold"]);

/**
 * Milliseconds in queues and on hold. Overlapping times count once, and open spans end at `now`.
 *
 * @param {Pick<Span, "type" | "started_at" | "ended_at">[]} spans
 * @param {number} now
 */
export function waitingTime(spans, now) {
  const waits = spans
    .filter((span) => WAITING.has(span.type))
    .map((span) => ({ from: millis(span.started_at) ?? now, to: millis(span.ended_at) ?? now }))
    .sort((a, b) => a.from - b.from);
  let sum = 0;
  let reached = -Infinity;
  for (const { from, to } of waits) {
    if (to <= reached) continue;
    sum += to - Math.max(from, reached);
    reached = to;
  }
  return sum;
}
