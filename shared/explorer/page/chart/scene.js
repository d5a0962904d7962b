// @ts-check
// Turns a journey document into what a chart draws. It is pure: no canvas, and no clock of its own. All times are whole
// milliseconds from the scene's origin, the journey's first moment.
//
// Spans lie in typed arrays, ordered by row and then by start. Spans of one row do not overlap, so a binary search finds
// the visible ones among a hundred thousand.

import { millis } from "../lib/clock-time.js";
import { idleTimes } from "./idle-times.js";
import { placeInLanes } from "./lanes.js";
import { ABANDONED, ERROR, indexByKey, readSpans } from "./spans.js";
import { Timeline } from "./timeline.js";

/** @import { Gap, Handoff, Journey, Leg } from "../client/types.js" */
/** @import { Placement } from "./lanes.js" */
/** @import { SpanEvent, SpanTable } from "./spans.js" */

/**
 * A leg or a gap of the document, with its index there. An open one ends at infinity.
 *
 * @template T
 * @typedef {{ item: T, index: number, start: number, end: number }} Strip
 */

/** @typedef {{ legs: Strip<Leg>[], gaps: Strip<Gap>[] }} Strips */

/**
 * Point events by row and time: places, times, positions of their spans, and numbers within those. `rowStart` is the
 * first event of each row.
 *
 * @typedef {{
 *   rowStart: Int32Array, at: Float64Array, time: Float64Array, p: Int32Array, nth: Int32Array
 * }} Ticks
 */

/**
 * The scene of a journey. With `fold`, idle times are narrow. Open spans reach to `now`, in milliseconds since 1970.
 *
 * @param {Journey} journey
 * @param {{ times?: "corrected" | "raw", fold?: boolean, now: number }} options
 */
export function sceneOf(journey, { times = "corrected", fold = true, now }) {
  const table = readSpans(journey.spans ?? [], times, now, millis(journey.ended_at));
  const placement = placeInLanes(journey, table);
  const strips = { legs: stripsOf(journey.legs, table.origin), gaps: stripsOf(journey.gaps, table.origin) };
  const end = endOf(table, strips, now);
  const timeline = new Timeline(end, fold ? idleTimes(table, placement.lanes, strips.gaps, now, end) : []);
  return new Scene(journey, table, placement, strips, timeline, now);
}

/**
 * @template {{ started_at: string, ended_at?: string }} T
 * @param {T[]} items
 * @param {number} origin
 * @returns {Strip<T>[]}
 */
function stripsOf(items = [], origin) {
  return items.map((item, index) => ({
    item,
    index,
    start: (millis(item.started_at) ?? origin) - origin,
    end: (millis(item.ended_at) ?? Infinity) - origin,
  }));
}

/**
 * @param {SpanTable} table
 * @param {Strips} strips
 * @param {number} now
 */
function endOf({ starts, ends, events, origin }, { legs, gaps }, now) {
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

/** What a chart draws. A position (`p`) counts spans by row and start. An index counts them as the document does. */
export class Scene {
  /**
   * @param {Journey} journey
   * @param {SpanTable} table
   * @param {Placement} placement
   * @param {Strips} strips
   * @param {Timeline} timeline
   * @param {number} now
   */
  constructor(journey, table, placement, strips, timeline, now) {
    const n = table.spans.length;
    this.journey = journey;
    this.spans = table.spans;
    this.origin = table.origin;
    this.timeline = timeline;
    this.count = n;
    this.rows = placement.rows;
    this.keys = placement.keys;
    this.lanes = placement.lanes.map(({ platform, first, rows }) => ({ platform, first, rows }));
    this.legs = strips.legs;
    this.gaps = strips.gaps;
    this.index = new Int32Array(n);
    this.position = new Int32Array(n);
    this.start = new Float64Array(n);
    this.end = new Float64Array(n);
    /** Starts and ends as places on the timeline. */
    this.from = new Float64Array(n);
    this.to = new Float64Array(n);
    this.row = new Int32Array(n);
    this.type = new Uint8Array(n);
    this.state = new Uint8Array(n);
    this.rowStart = new Int32Array(placement.rows + 1);
    /** Whether a span is open. */
    this.live = false;
    this.arrangeSpans(placement, table);
    this.ticks = this.arrangeTicks(table.events);
    this.handoffs = this.arrangeHandoffs(journey.handoffs ?? []);
    /** The spans that failed or were abandoned. */
    this.bad = this.positionsWhere((p) => (this.state[p] & (ERROR | ABANDONED)) !== 0);
    this.now = now - table.origin;
  }

  /**
   * @param {Placement} placement
   * @param {SpanTable} table
   */
  arrangeSpans({ lanes, row }, { starts, ends, types, states }) {
    const { timeline } = this;
    for (let i = 0; i < this.count; i++) this.rowStart[row[i] + 1]++;
    for (let r = 0; r < this.rows; r++) this.rowStart[r + 1] += this.rowStart[r];
    const next = this.rowStart.slice();
    for (const { members } of lanes) {
      // Members are ordered by start, so each row is filled in that order.
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

  /**
   * @param {SpanEvent[]} events
   * @returns {Ticks}
   */
  arrangeTicks(events) {
    const rowStart = new Int32Array(this.rows + 1);
    const placed = events.map((event) => ({ ...event, row: this.row[this.position[event.span]] }));
    placed.sort((a, b) => a.row - b.row || a.at - b.at);
    for (const { row } of placed) rowStart[row + 1]++;
    for (let r = 0; r < this.rows; r++) rowStart[r + 1] += rowStart[r];
    return {
      rowStart,
      at: Float64Array.from(placed, (event) => this.timeline.place(event.at)),
      time: Float64Array.from(placed, (event) => event.at),
      p: Int32Array.from(placed, (event) => this.position[event.span]),
      nth: Int32Array.from(placed, (event) => event.nth),
    };
  }

  /** @param {Handoff[]} handoffs */
  arrangeHandoffs(handoffs) {
    const found = [];
    for (const { from, to } of handoffs) {
      const left = this.positionOf(from);
      const arrived = this.positionOf(to);
      if (left !== undefined && arrived !== undefined) found.push({ left, arrived });
    }
    return found;
  }

  /** @param {(p: number) => boolean} test */
  positionsWhere(test) {
    const found = [];
    for (let p = 0; p < this.count; p++) if (test(p)) found.push(p);
    return Int32Array.from(found);
  }

  /**
   * The position of a span by its key.
   *
   * @param {string} key
   */
  positionOf(key) {
    this.keys ??= indexByKey(this.spans);
    const index = this.keys.get(key);
    return index === undefined ? undefined : this.position[index];
  }

  /**
   * The span of the document at a position.
   *
   * @param {number} p
   */
  span(p) {
    return this.spans[this.index[p]];
  }

  /**
   * The place at which a span ends. An open span ends at the present.
   *
   * @param {number} p
   */
  reach(p) {
    return this.to[p] === Infinity ? this.timeline.place(Math.max(this.now, this.start[p])) : this.to[p];
  }

  /**
   * Moves the present on to `now`, in milliseconds since 1970.
   *
   * @param {number} now
   */
  advance(now) {
    this.now = Math.max(this.now, now - this.origin);
  }

  /** The length of the scene in places. */
  get length() {
    return this.live ? Math.max(this.timeline.length, this.timeline.place(this.now)) : this.timeline.length;
  }

  /**
   * The first position of a row whose end is after `place`.
   *
   * @param {number} row
   * @param {number} place
   */
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

  /**
   * The first tick of a row at or after `place`.
   *
   * @param {number} row
   * @param {number} place
   */
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
