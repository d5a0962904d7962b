// @ts-check
// Finds the idle times of a journey, which the chart folds.

import { DRAWN_TYPES } from "../lib/span-types.js";
import { MIN_FOLD, foldsOf } from "./timeline.js";

/** @import { Lane } from "./lanes.js" */
/** @import { SpanTable } from "./spans.js" */

/**
 * Types of spans that hold a whole session. Such a span does not count as activity while other spans lie within it.
 *
 * @type {Set<string>}
 */
const SESSIONS = new Set(["telephony", "message", "web", "crm"]);

/** Milliseconds around an activity that are never folded. */
const ROOM = 500;

/**
 * The folds of a journey that ends at `end`. Spans cover their time unless they are sessions, and events cover a moment.
 *
 * @param {SpanTable} table
 * @param {Lane[]} lanes
 * @param {{ start: number, end: number }[]} gaps
 * @param {number} now
 * @param {number} end
 */
export function idleTimes({ starts, ends, types, events, origin }, lanes, gaps, now, end) {
  const n = starts.length;
  const session = new Uint8Array(n);
  /** @type {(i: number) => boolean} */
  const holdsSession = (i) => SESSIONS.has(DRAWN_TYPES[types[i]]);
  for (const { members } of lanes) {
    let holder = -1;
    for (const i of members) {
      if (holder >= 0 && starts[i] < ends[holder] && holdsSession(holder)) session[holder] = 1;
      if (holder < 0 || ends[i] > ends[holder]) holder = i;
    }
  }
  // A case that stays open while nothing happens is not an activity.
  for (const gap of gaps.filter(({ start, end: until }) => until - start >= MIN_FOLD)) {
    for (let i = 0; i < n; i++) {
      if (starts[i] <= gap.start && ends[i] >= gap.end && holdsSession(i)) session[i] = 1;
    }
  }
  const sessions = session.reduce((sum, each) => sum + each, 0);
  const from = new Float64Array(n + sessions + events.length);
  const to = new Float64Array(from.length);
  let next = 0;
  /** @type {(start: number, until: number) => void} */
  const cover = (start, until) => {
    from[next] = Math.max(0, start - ROOM);
    to[next] = Math.max(from[next], until + ROOM);
    next++;
  };
  for (let i = 0; i < n; i++) {
    const until = Math.max(ends[i] === Infinity ? now - origin : ends[i], starts[i]);
    if (session[i]) (cover(starts[i], starts[i]), cover(until, until));
    else cover(starts[i], until);
  }
  for (const { at } of events) cover(at, at);
  return foldsOf(from, to, end);
}
