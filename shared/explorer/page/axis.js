// The marks of the time axis: round times, as many as have room, in the reader's zone or since the start.

import { clock, relative, shortDate, zoneOffset } from "./format.js";

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 108e5,
  216e5, 432e5, 864e5, 1728e5, 6048e5, 12096e5,
];
const DAY = 864e5;

/** So many pixels a mark's text takes, with the space around it. */
function roomOf(step, unit) {
  return (step < 1000 ? 104 : step < 60_000 ? 84 : 66) * unit;
}

/**
 * The marks in a view: `[{x, text, strong}]`, from left to right, none inside a fold. `mode` is "clock" or "relative",
 * `zone` "utc" or "local".
 */
export function axisMarks(scene, view, { mode, zone }, unit = 1) {
  const { timeline, origin } = scene;
  const step = STEPS.find((each) => each * view.scale >= roomOf(each, unit)) ?? STEPS.at(-1);
  const room = roomOf(step, unit);
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
      reached = x + room * 0.9;
    }
  }
  return { marks, step };
}

/** The visible stretches of time between folds. */
function stretches(timeline, view) {
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
