// @ts-check
// Reads the spans of a journey document into typed arrays. All times are whole milliseconds from the origin, the
// journey's first moment.

import { millis } from "../lib/clock-time.js";
import { DRAWN_TYPES } from "../lib/span-types.js";

/** @import { Span } from "../client/types.js" */

/** The bits of a span's state. */
export const ERROR = 1;
export const ABANDONED = 2;
export const OPEN = 4;
export const FLAGGED = 8;
/** The span is over, and no source reported its end. */
export const LOST = 16;
/** The length of the span is known, and its position is estimated. */
export const ESTIMATED = 32;

/** Flags that are no doubt about a span's data. They are shown at its ends. */
const SHOWN_AT_ENDS = new Set(["end_lost", "estimated_position"]);

/** @type {Map<string, number>} */
const CODES = new Map(DRAWN_TYPES.map((type, code) => [type, code]));

/** A point event: the index of its span, and its number within the span. */
/** @typedef {{ span: number, nth: number, at: number }} SpanEvent */

/**
 * Spans by their index in the document. `types` are indexes of `DRAWN_TYPES`. An open span ends at infinity. A span whose
 * end was not reported ends at the latest time at which it had ended.
 *
 * @typedef {{
 *   spans: Span[],
 *   starts: Float64Array,
 *   ends: Float64Array,
 *   types: Uint8Array,
 *   states: Uint8Array,
 *   origin: number,
 *   events: SpanEvent[],
 * }} SpanTable
 */

/**
 * Reads everything that the chart needs of the spans, in one pass.
 *
 * @param {Span[]} spans
 * @param {"corrected" | "raw"} times
 * @param {number} now the origin of a journey without spans
 * @param {number} [closed] the end of the journey; no span is open after it
 * @returns {SpanTable}
 */
export function readSpans(spans, times, now, closed = Infinity) {
  const n = spans.length;
  const starts = new Float64Array(n);
  const ends = new Float64Array(n);
  const types = new Uint8Array(n);
  const states = new Uint8Array(n);
  /** @type {SpanEvent[]} */
  const events = [];
  let origin = Infinity;
  for (let i = 0; i < n; i++) {
    const span = spans[i];
    const shown = times === "raw" && span.raw ? span.raw : span;
    const start = millis(shown.started_at) ?? millis(span.started_at) ?? 0;
    starts[i] = start;
    const reported = millis(shown.ended_at) ?? (span.flags?.includes("ends_before_it_starts") ? start : undefined);
    // Merging dropped an end before the start. The real end is unknown, so the span is drawn as a point.
    ends[i] = reported ?? endedBy(span, start, closed);
    types[i] = CODES.get(span.type) ?? DRAWN_TYPES.length - 1;
    states[i] = stateOf(span, ends[i], reported !== undefined);
    if (start < origin) origin = start;
    if (!span.events?.length) continue;
    const shift = shown === span ? 0 : start - (millis(span.started_at) ?? start);
    span.events.forEach((event, nth) => {
      const at = millis(event.at);
      if (at === undefined) return;
      events.push({ span: i, nth, at: at + shift });
      if (at < origin) origin = at;
    });
  }
  if (!Number.isFinite(origin)) origin = now;
  for (const event of events) event.at -= origin;
  for (let i = 0; i < n; i++) {
    starts[i] -= origin;
    // A span with an end before its start would be drawn backwards.
    ends[i] = Math.max(ends[i] - origin, starts[i]);
  }
  return { spans, starts, ends, types, states, origin, events };
}

/**
 * The latest end of a span whose end was not reported. An open span has none.
 *
 * @param {Span} span
 * @param {number} start as it is shown
 * @param {number} closed
 */
function endedBy(span, start, closed) {
  const latest = millis(span.ended_by) ?? closed;
  return latest === Infinity ? Infinity : Math.max(start, latest + start - (millis(span.started_at) ?? start));
}

/**
 * @param {Span} span
 * @param {number} end
 * @param {boolean} reported
 */
function stateOf(span, end, reported) {
  let state = end === Infinity ? OPEN : reported ? 0 : LOST;
  if (span.flags?.includes("estimated_position")) state |= ESTIMATED;
  if (span.status === "error") state |= ERROR;
  if (span.status === "abandoned") state |= ABANDONED;
  if (span.flags?.some((flag) => !SHOWN_AT_ENDS.has(flag))) state |= FLAGGED;
  return state;
}

/**
 * The indexes of spans by their keys.
 *
 * @param {Span[]} spans
 */
export function indexByKey(spans) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (let i = 0; i < spans.length; i++) found.set(spans[i].key, i);
  return found;
}
