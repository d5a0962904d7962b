// @ts-check
// Finds what lies under a point of the chart.

/** @import { Gap, Leg } from "../client/types.js" */
/** @import { Geometry } from "./geometry.js" */
/** @import { Scene, Strip } from "./scene.js" */
/** @import { PlacedFold } from "./timeline.js" */
/** @import { View } from "./view.js" */

/**
 * A span or a point event, by position; a leg, a gap or a fold.
 *
 * @typedef {{ kind: "span", p: number, tick?: undefined, leg?: undefined, gap?: undefined, fold?: undefined }} SpanHit
 * @typedef {{ kind: "tick", p: number, tick: number, leg?: undefined, gap?: undefined, fold?: undefined }} TickHit
 * @typedef {{ kind: "leg", leg: Strip<Leg>, p?: undefined, tick?: undefined, gap?: undefined, fold?: undefined }} LegHit
 * @typedef {{ kind: "gap", gap: Strip<Gap>, p?: undefined, tick?: undefined, leg?: undefined, fold?: undefined }} GapHit
 * @typedef {{ kind: "fold", fold: PlacedFold, p?: undefined, tick?: undefined, leg?: undefined, gap?: undefined }} FoldHit
 * @typedef {SpanHit | TickHit | LegHit | GapHit | FoldHit} Hit
 */

/**
 * What is at the point `x`, `y`, or within `reach` pixels of it.
 *
 * @param {Scene} scene
 * @param {View} view
 * @param {Geometry} geometry
 * @param {number} scroll
 * @param {number} x
 * @param {number} y
 * @returns {Hit | undefined}
 */
export function hit(scene, view, geometry, scroll, x, y, reach = 4) {
  if (y < geometry.top) {
    /** @type {(top: number) => boolean} */
    const within = (top) => y >= top && y < top + geometry.strip;
    const leg = within(geometry.legsTop) && scene.legs.find((each) => coversX(scene, view, each, x, reach));
    if (leg) return { kind: "leg", leg };
    const gap = within(geometry.gapsTop) && scene.gaps.find((each) => coversX(scene, view, each, x, reach));
    return gap ? { kind: "gap", gap } : undefined;
  }
  const row = geometry.rowAt(y - geometry.top + scroll);
  if (row >= 0) {
    const place = view.place(x);
    const room = reach / view.scale;
    const tick = nearestTick(scene, row, place, room);
    const span = nearestSpan(scene, row, place, room);
    // A tick on a narrow span must not hide the span.
    if (tick !== undefined && (span === undefined || (scene.reach(span) - scene.from[span]) * view.scale > 4 * reach)) {
      return { kind: "tick", tick, p: scene.ticks.p[tick] };
    }
    if (span !== undefined) return { kind: "span", p: span };
    if (tick !== undefined) return { kind: "tick", tick, p: scene.ticks.p[tick] };
  }
  const fold = scene.timeline.foldAt(view.place(x));
  return fold && { kind: "fold", fold };
}

/**
 * @param {Scene} scene
 * @param {View} view
 * @param {{ start: number, end: number }} strip
 * @param {number} x
 * @param {number} reach
 */
function coversX(scene, view, { start, end }, x, reach) {
  const left = view.x(scene.timeline.place(start));
  const right = view.x(end === Infinity ? scene.length : scene.timeline.place(end));
  return x >= Math.min(left, right - reach) && x <= Math.max(right, left + reach);
}

/**
 * @param {Scene} scene
 * @param {number} row
 * @param {number} place
 * @param {number} room
 */
function nearestSpan(scene, row, place, room) {
  let best;
  let least = Infinity;
  const until = scene.rowStart[row + 1];
  for (let p = scene.firstIn(row, place - room); p < until && scene.from[p] <= place + room; p++) {
    const from = scene.from[p];
    const to = scene.reach(p);
    // A point inside a narrow span counts by its distance from the middle. A point outside counts four times more.
    const outside = place < from ? from - place : place > to ? place - to : 0;
    const distance = outside * 4 + Math.min(Math.abs(place - (from + to) / 2), room);
    if (distance < least) {
      least = distance;
      best = p;
    }
  }
  return best;
}

/**
 * @param {Scene} scene
 * @param {number} row
 * @param {number} place
 * @param {number} room
 */
function nearestTick(scene, row, place, room) {
  let best;
  let least = Infinity;
  const until = scene.ticks.rowStart[row + 1];
  for (let t = scene.firstTick(row, place - room); t < until && scene.ticks.at[t] <= place + room; t++) {
    const distance = Math.abs(scene.ticks.at[t] - place);
    if (distance < least) {
      least = distance;
      best = t;
    }
  }
  return best;
}
