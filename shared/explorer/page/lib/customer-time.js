// @ts-check
// The account of the customer's time, as numbers. Every figure is the API's own; only the time that goes on is added.

import { TIME_KINDS } from "../client/vocabulary.js";
import { millis } from "./clock-time.js";

/** @import { TimeAccount, TimePart } from "../client/types.js" */

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
 * The parts of the time between two times in milliseconds since 1970.
 *
 * @param {TimeAccount} time
 * @param {number} from
 * @param {number} to
 * @returns {TimePart[]}
 */
export function partsBetween(time, from, to) {
  const sums = new Map();
  for (const { kind, started_at: start, ended_at: end } of time.stretches) {
    const long = Math.min(to, millis(end) ?? to) - Math.max(from, millis(start) ?? from);
    if (long > 0) sums.set(kind, (sums.get(kind) ?? 0) + long);
  }
  return TIME_KINDS.filter((kind) => sums.has(kind)).map((kind) => ({ kind, duration_ms: sums.get(kind) }));
}
