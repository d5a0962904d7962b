// @ts-check
// Assigns each span to the lane of its platform and to a row of that lane.

import { stack } from "./rows.js";
import { indexByKey } from "./spans.js";

/** @import { Journey } from "../client/types.js" */
/** @import { SpanTable } from "./spans.js" */

/** A platform's rows: the first one, how many, and the indexes of its spans by start. */
/** @typedef {{ platform: string, first: number, rows: number, members: number[] }} Lane */
/** @typedef {{ lanes: Lane[], rows: number, row: Int32Array, keys?: Map<string, number> }} Placement */

/**
 * @param {Journey} journey
 * @param {SpanTable} table
 * @returns {Placement}
 */
export function placeInLanes(journey, { spans, starts, ends }) {
  const n = spans.length;
  const laneOf = new Map((journey.platforms ?? []).map((name, i) => [name, i]));
  const lane = new Int32Array(n);
  let parents = false;
  for (let i = 0; i < n; i++) {
    const { platform, parent } = spans[i];
    let found = laneOf.get(platform);
    if (found === undefined) laneOf.set(platform, (found = laneOf.size));
    lane[i] = found;
    if (parent !== undefined) parents = true;
  }
  const parent = new Int32Array(n).fill(-1);
  const keys = parents ? indexByKey(spans) : undefined;
  for (let i = 0; keys && i < n; i++) {
    const whole = spans[i].parent;
    if (whole) parent[i] = keys.get(whole) ?? -1;
  }
  const row = new Int32Array(n).fill(-1);
  /** @type {number[][]} */
  const laneSpans = Array.from(laneOf, () => []);
  for (const i of byStart(starts, ends)) laneSpans[lane[i]].push(i);
  /** @type {Lane[]} */
  const lanes = [];
  let rows = 0;
  for (const [platform, i] of laneOf) {
    const members = laneSpans[i];
    if (!members.length) continue;
    const needed = stack(members, starts, ends, parent, lane, row);
    lanes.push({ platform, first: rows, rows: needed, members });
    for (const member of members) row[member] += rows;
    rows += needed;
  }
  return { lanes, rows, row, keys };
}

/**
 * The indexes of spans by start. Of those that start together, the longest comes first.
 *
 * @param {Float64Array} starts
 * @param {Float64Array} ends
 */
function byStart(starts, ends) {
  const n = starts.length;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  /** @type {(a: number, b: number) => number} */
  const longest = (a, b) => ends[b] - ends[a] || a - b;
  const size = 2 ** Math.ceil(Math.log2(Math.max(n, 1)));
  const latest = starts.reduce((most, start) => Math.max(most, start), 0);
  if ((latest + 1) * size > Number.MAX_SAFE_INTEGER) {
    return order.sort((a, b) => starts[a] - starts[b] || longest(a, b));
  }
  // Each number holds a time and an index. Sorting numbers is many times faster than sorting with a function.
  const packed = starts.map((start, i) => start * size + i).sort();
  for (let i = 0; i < n; i++) order[i] = packed[i] % size;
  for (let i = 0, next = 1; i < n; i = next++) {
    while (next < n && starts[order[next]] === starts[order[i]]) next++;
    if (next - i > 1) order.subarray(i, next).sort(longest);
  }
  return order;
}
