// @ts-check
// The marks of the time axis: round times, as many as fit, as times of day or as times since the start.

import { clock, shortDate, zoneOffset } from "../lib/clock-time.js";
import { DAY, relative } from "../lib/duration.js";

/** @import { Preferences } from "../lib/preferences.js" */
/** @import { Scene } from "./scene.js" */
/** @import { Timeline } from "./timeline.js" */
/** @import { View } from "./view.js" */

/** @typedef {{ x: number, text: string, strong: boolean }} AxisMark */

/** Milliseconds between two marks. */
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5,
  216e5, 432e5, 864e5, 1728e5, 6048e5, 12096e5,
];

/**
 * The pixels that a mark's text takes, with the space around it.
 *
 * @param {number} step
 * @param {number} unit
 */
function roomOf(step, unit) {
  return (step < 1000 ? 104 : step < 60_000 ? 84 : 66) * unit;
}

/**
 * The marks in a view, from left to right, none inside a fold. `step` is the milliseconds between two of them.
 *
 * @param {Scene} scene
 * @param {View} view
 * @param {Preferences} preferences
 */
export function axisMarks(scene, view, { mode, zone }, unit = 1) {
  const { timeline, origin } = scene;
  const step = STEPS.find((each) => each * view.scale >= roomOf(each, unit)) ?? STEPS[STEPS.length - 1];
  const room = roomOf(step, unit);
  /** @type {AxisMark[]} */
  const marks = [];
  let reached = -Infinity;
  let day;
  for (const [from, to, folded] of stretches(timeline, view)) {
    const edge = folded ? view.x(timeline.place(to)) - room * 0.72 : Infinity;
    const shift = mode === "relative" ? 0 : origin + zoneOffset(origin + from, zone);
    const first = Math.ceil((from + shift) / step) * step - shift;
    for (let t = first; t <= to; t += step) {
      const x = view.x(timeline.place(t));
      if (x < reached || x > edge) continue;
      const text = mode === "relative" ? relative(t, step) : clock(origin + t, zone, step);
      const date = mode === "relative" ? undefined : shortDate(origin + t, zone);
      const strong = date !== undefined && date !== day && (day !== undefined || step >= DAY);
      marks.push({ x, text: strong ? `${date} ${step >= DAY ? "" : text}`.trim() : text, strong });
      day = date ?? day;
      // A date needs more room.
      reached = x + room * (strong && step < DAY ? 1.4 : 0.9);
    }
  }
  return { marks, step };
}

/**
 * The visible stretches of time between folds: start, end, and whether a fold follows.
 *
 * @param {Timeline} timeline
 * @param {View} view
 */
function stretches(timeline, view) {
  /** @type {[number, number, boolean][]} */
  const found = [];
  let from = timeline.time(view.from);
  const to = timeline.time(view.to);
  for (const fold of timeline.folds) {
    if (fold.end <= from) continue;
    if (fold.start >= to) break;
    if (fold.start > from) found.push([from, fold.start, true]);
    from = fold.end;
  }
  if (from < to) found.push([from, to, false]);
  return found;
}
