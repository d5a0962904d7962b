// From a journey document to what a chart draws: pure, without a canvas or a clock of its own. All times are whole
// milliseconds from the scene's origin, the journey's first moment.
//
// Spans lie in typed arrays, ordered by row and then by start, so that a hundred thousand of them can be culled by
// binary search: within a row none overlaps the next.

import { millis } from "./format.js";
import { stack } from "./layout.js";
import { LEAST_FOLD, Timeline, foldsOf } from "./timeline.js";

/** The types of spans, in the order of the legend. What is unknown is drawn as the last. */
export const TYPES = [
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
  "other",
];

/** Types that hold a whole session: while others lie within one, it does not itself count as something going on. */
const CONTEXT = new Set(["telephony", "message", "web", "crm"]);

export const ERROR = 1;
export const ABANDONED = 2;
export const OPEN = 4;
export const FLAGGED = 8;

const CODES = new Map(TYPES.map((type, code) => [type, code]));

/**
 * The scene of a journey. `times` is "corrected" or "raw"; with `fold` idle time is narrow; `now` (milliseconds since
 * 1970) is where open spans reach.
 */
export function sceneOf(journey, { times = "corrected", fold = true, now }) {
  const read = readSpans(journey.spans ?? [], times, now);
  const placed = place(journey, read);
  const strips = readStrips(journey, read.origin);
  const end = endOf(read, strips, journey, now);
  const timeline = new Timeline(end, fold ? folds(read, placed, strips.gaps, now, end) : []);
  return new Scene(journey, read, placed, strips, timeline, now);
}

/** Everything that the chart needs of the spans, in one walk through the document. */
function readSpans(spans, times, now) {
  const n = spans.length;
  const starts = new Float64Array(n);
  const ends = new Float64Array(n);
  const types = new Uint8Array(n);
  const states = new Uint8Array(n);
  const events = [];
  let origin = Infinity;
  for (let i = 0; i < n; i++) {
    const span = spans[i];
    const said = times === "raw" && span.raw ? span.raw : span;
    const start = millis(said.started_at) ?? millis(span.started_at) ?? 0;
    starts[i] = start;
    // An end before the start was dropped when the spans were merged; then nobody knows the end, and it is a point.
    ends[i] = millis(said.ended_at) ?? (span.flags?.includes("ends_before_it_starts") ? start : Infinity);
    types[i] = CODES.get(span.type) ?? TYPES.length - 1;
    states[i] = stateOf(span, ends[i]);
    if (start < origin) origin = start;
    if (!span.events?.length) continue;
    const shift = said === span ? 0 : start - (millis(span.started_at) ?? start);
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
    // An end before the start is none: it would be drawn backwards.
    ends[i] = Math.max(ends[i] - origin, starts[i]);
  }
  return { spans, starts, ends, types, states, origin, events };
}

/** Lanes, rows and order. */
function place(journey, { spans, starts, ends }) {
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
  const keys = parents ? keysOf(spans) : undefined;
  if (parents) for (let i = 0; i < n; i++) if (spans[i].parent) parent[i] = keys.get(spans[i].parent) ?? -1;
  const row = new Int32Array(n).fill(-1);
  const laneSpans = Array.from(laneOf, () => []);
  for (const i of byStart(starts, ends)) laneSpans[lane[i]].push(i);
  const lanes = [];
  let rows = 0;
  for (const [name, i] of laneOf) {
    const members = laneSpans[i];
    if (!members.length) continue;
    const needed = stack(members, starts, ends, parent, lane, row);
    lanes.push({ platform: name, first: rows, rows: needed, members });
    for (const member of members) row[member] += rows;
    rows += needed;
  }
  return { lanes, rows, row, lane, parent, keys };
}

/** The indexes of spans by their keys. */
function keysOf(spans) {
  const found = new Map();
  for (let i = 0; i < spans.length; i++) found.set(spans[i].key, i);
  return found;
}

/** The indexes of spans by start, the longest first of those that start together. */
function byStart(starts, ends) {
  const n = starts.length;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const longest = (a, b) => ends[b] - ends[a] || a - b;
  const size = 2 ** Math.ceil(Math.log2(Math.max(n, 1)));
  const latest = starts.reduce((most, start) => Math.max(most, start), 0);
  if ((latest + 1) * size > Number.MAX_SAFE_INTEGER) {
    return order.sort((a, b) => starts[a] - starts[b] || longest(a, b));
  }
  // A time and an index in one number: numbers are sorted many times faster than by a comparison of ours.
  const packed = starts.map((start, i) => start * size + i).sort();
  for (let i = 0; i < n; i++) order[i] = packed[i] % size;
  for (let i = 0, next = 1; i < n; i = next++) {
    while (next < n && starts[order[next]] === starts[order[i]]) next++;
    if (next - i > 1) order.subarray(i, next).sort(longest);
  }
  return order;
}

/** Legs, gaps and hand-offs, as the document has them. */
function readStrips(journey, origin) {
  const strip = (items = []) =>
    items.map((item, index) => ({
      item,
      index,
      start: (millis(item.started_at) ?? origin) - origin,
      end: (millis(item.ended_at) ?? Infinity) - origin,
    }));
  return { legs: strip(journey.legs), gaps: strip(journey.gaps) };
}

function endOf({ starts, ends, events, origin }, { legs, gaps }, journey, now) {
  let end = 1;
  let open = false;
  for (let i = 0; i < starts.length; i++) {
    if (ends[i] === Infinity) open = true;
    end = Math.max(end, starts[i], ends[i] === Infinity ? 0 : ends[i]);
  }
  for (const event of events) end = Math.max(end, event.at);
  for (const { end: until } of [...legs, ...gaps]) if (Number.isFinite(until)) end = Math.max(end, until);
  return open ? Math.max(end, now - origin) : end;
}

/** Folds where nothing goes on: spans that are no mere context cover their time, and points a little room. */
function folds({ starts, ends, types, events, origin }, { lanes }, gaps, now, end) {
  const n = starts.length;
  const context = new Uint8Array(n);
  for (const { members } of lanes) {
    let holder = -1;
    for (const i of members) {
      if (holder >= 0 && starts[i] < ends[holder] && CONTEXT.has(TYPES[types[holder]])) context[holder] = 1;
      if (holder < 0 || ends[i] > ends[holder]) holder = i;
    }
  }
  // A case that stays open while nothing happens does not itself make something happen.
  for (const gap of gaps.filter(({ start, end: until }) => until - start >= LEAST_FOLD)) {
    for (let i = 0; i < n; i++) {
      if (starts[i] <= gap.start && ends[i] >= gap.end && CONTEXT.has(TYPES[types[i]])) context[i] = 1;
    }
  }
  const contexts = context.reduce((sum, each) => sum + each, 0);
  const from = new Float64Array(n + contexts + events.length);
  const to = new Float64Array(from.length);
  let next = 0;
  const cover = (start, until) => {
    from[next] = Math.max(0, start - ROOM);
    to[next] = Math.max(from[next], until + ROOM);
    next++;
  };
  for (let i = 0; i < n; i++) {
    const until = Math.max(ends[i] === Infinity ? now - origin : ends[i], starts[i]);
    if (context[i]) (cover(starts[i], starts[i]), cover(until, until));
    else cover(starts[i], until);
  }
  for (const { at } of events) cover(at, at);
  return foldsOf(from, to, end);
}

/** Milliseconds around what happens that are never folded. */
const ROOM = 500;

/** What a chart draws. Positions (`p`) count spans by row and start; indexes are those of the document. */
export class Scene {
  constructor(journey, read, placed, strips, timeline, now) {
    const { spans, origin } = read;
    const n = spans.length;
    Object.assign(this, { journey, spans, origin, timeline, count: n, rows: placed.rows, keys: placed.keys });
    this.lanes = placed.lanes.map(({ platform, first, rows }) => ({ platform, first, rows }));
    this.legs = strips.legs;
    this.gaps = strips.gaps;
    this.index = new Int32Array(n);
    this.position = new Int32Array(n);
    this.start = new Float64Array(n);
    this.end = new Float64Array(n);
    this.from = new Float64Array(n);
    this.to = new Float64Array(n);
    this.row = new Int32Array(n);
    this.type = new Uint8Array(n);
    this.state = new Uint8Array(n);
    this.rowStart = new Int32Array(placed.rows + 1);
    this.live = false;
    this.arrange(placed, read);
    this.ticks = this.arrangeTicks(read.events);
    this.handoffs = this.arrangeHandoffs(journey.handoffs ?? []);
    this.bad = this.positionsWhere((p) => this.state[p] & (ERROR | ABANDONED));
    this.now = now - origin;
  }

  arrange({ lanes, row }, { starts, ends, types, states }) {
    const { timeline } = this;
    for (let i = 0; i < this.count; i++) this.rowStart[row[i] + 1]++;
    for (let r = 0; r < this.rows; r++) this.rowStart[r + 1] += this.rowStart[r];
    const next = this.rowStart.slice();
    for (const { members } of lanes) {
      // Members are by start, so each row is filled by start.
      for (const i of members) {
        const p = next[row[i]]++;
        this.index[p] = i;
        this.position[i] = p;
        this.start[p] = starts[i];
        this.end[p] = ends[i];
        this.from[p] = timeline.place(starts[i]);
        this.to[p] = ends[i] === Infinity ? Infinity : timeline.place(ends[i]);
        this.row[p] = row[i];
        this.type[p] = types[i];
        this.state[p] = states[i];
        if (ends[i] === Infinity) this.live = true;
      }
    }
  }

  /** Point events by row and time, in typed arrays like the spans. */
  arrangeTicks(events) {
    const rowStart = new Int32Array(this.rows + 1);
    const rowOf = ({ span }) => this.row[this.position[span]];
    for (const event of events) event.row = rowOf(event);
    events.sort((a, b) => a.row - b.row || a.at - b.at);
    for (const event of events) rowStart[event.row + 1]++;
    for (let r = 0; r < this.rows; r++) rowStart[r + 1] += rowStart[r];
    return {
      rowStart,
      at: Float64Array.from(events, (event) => this.timeline.place(event.at)),
      time: Float64Array.from(events, (event) => event.at),
      p: Int32Array.from(events, (event) => this.position[event.span]),
      nth: Int32Array.from(events, (event) => event.nth),
    };
  }

  arrangeHandoffs(lines) {
    const found = [];
    for (const { from, to } of lines) {
      const left = this.positionOf(from);
      const arrived = this.positionOf(to);
      if (left !== undefined && arrived !== undefined) found.push({ left, arrived });
    }
    return found;
  }

  positionsWhere(test) {
    const found = [];
    for (let p = 0; p < this.count; p++) if (test(p)) found.push(p);
    return Int32Array.from(found);
  }

  /** The position of a span by its key. */
  positionOf(key) {
    this.keys ??= keysOf(this.spans);
    const index = this.keys.get(key);
    return index === undefined ? undefined : this.position[index];
  }

  /** The span of the document at a position. */
  span(p) {
    return this.spans[this.index[p]];
  }

  /** Where a span ends in places; open ones reach the present. */
  reach(p) {
    return this.to[p] === Infinity ? this.timeline.place(Math.max(this.now, this.start[p])) : this.to[p];
  }

  /** Lets the present go on, to `now` (milliseconds since 1970). */
  advance(now) {
    this.now = Math.max(this.now, now - this.origin);
  }

  /** How long the scene is in places. */
  get length() {
    return this.live ? Math.max(this.timeline.length, this.timeline.place(this.now)) : this.timeline.length;
  }

  /** The first position of a row whose end is after `place`. */
  firstIn(row, place) {
    let low = this.rowStart[row];
    let high = this.rowStart[row + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.to[middle] > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** The first tick of a row at or after `place`. */
  firstTick(row, place) {
    let low = this.ticks.rowStart[row];
    let high = this.ticks.rowStart[row + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ticks.at[middle] >= place) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function stateOf(span, end) {
  let state = end === Infinity ? OPEN : 0;
  if (span.status === "error") state |= ERROR;
  if (span.status === "abandoned") state |= ABANDONED;
  if (span.flags?.length) state |= FLAGGED;
  return state;
}
