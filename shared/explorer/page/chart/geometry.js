// @ts-check
// Where things are on a chart: the height of each row, and which spans are visible. Drawing, reading back and the pointer
// all use it.

/** @import { Scene } from "./scene.js" */
/** @import { View } from "./view.js" */

/** A scene with at most this many rows has taller rows. */
const FEW_ROWS = 14;
/** The width in pixels of the narrowest span that is drawn. */
export const MIN_WIDTH = 2;
/** A span of at least this many pixels is drawn by itself. Narrower neighbours may share a pixel. */
const ALONE = 1.5;

/** A platform's rows and their pixels, from `top` to `bottom`, without scrolling. */
/** @typedef {{ platform: string, first: number, rows: number, top: number, bottom: number }} PlacedLane */

export class Geometry {
  /**
   * `unit` is 1 for text of 12 pixels, and more when everything is larger. A few rows become taller when there are `room`
   * pixels for them.
   *
   * @param {Scene} scene
   */
  constructor(scene, unit = 1, room = 0) {
    /** @type {(pixels: number) => number} */
    const sized = (pixels) => Math.round(pixels * unit);
    const few = scene.rows <= FEW_ROWS;
    this.unit = unit;
    this.axis = sized(24);
    this.strip = sized(20);
    this.head = sized(20);
    this.legsTop = this.axis;
    this.gapsTop = this.axis + (scene.legs.length ? this.strip : 0);
    /** The lanes begin here, and scroll below it. */
    this.top = this.gapsTop + (scene.gaps.length ? this.strip : 0) + 2;
    const taller = few ? this.spare(scene, sized(29), room) : 0;
    this.row = sized(few ? 29 : 22) + taller;
    this.bar = sized(few ? 24 : 18) + Math.round(taller * 0.8);
    this.rowTop = new Float64Array(scene.rows);
    let y = 0;
    /** @type {PlacedLane[]} */
    this.lanes = scene.lanes.map((lane) => {
      const top = y;
      y += this.head;
      for (let r = 0; r < lane.rows; r++, y += this.row) this.rowTop[lane.first + r] = y;
      y += sized(5);
      return { ...lane, top, bottom: y };
    });
    /** The height of all lanes. */
    this.height = y;
  }

  /**
   * How many pixels taller than `row` each row can be within `room`.
   *
   * @param {Scene} scene
   * @param {number} row
   * @param {number} room
   */
  spare(scene, row, room) {
    const needed = this.top + scene.lanes.length * (this.head + 5 * this.unit) + scene.rows * row;
    return Math.max(0, Math.min(14 * this.unit, Math.floor((room - needed) / Math.max(1, scene.rows))));
  }

  /**
   * The first row that reaches below `y`. `y` counts from the top of the lanes, without scrolling.
   *
   * @param {number} y
   */
  firstRow(y) {
    let low = 0;
    let high = this.rowTop.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.rowTop[middle] + this.row > y) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /**
   * The row at `y`, or -1.
   *
   * @param {number} y
   */
  rowAt(y) {
    const row = this.firstRow(y);
    return row < this.rowTop.length && this.rowTop[row] <= y ? row : -1;
  }
}

/**
 * Calls `emit(p, x, width, y, alone)` for each visible span, with `y` in the chart's pixels. When several spans share a
 * pixel, it emits only the first, with `alone` false.
 *
 * @param {Scene} scene
 * @param {View} view
 * @param {Geometry} geometry
 * @param {number} scroll
 * @param {number} height
 * @param {(p: number, x: number, width: number, y: number, alone: boolean) => void} emit
 */
export function eachVisible(scene, view, geometry, scroll, height, emit) {
  const last = scene.rows;
  for (let row = geometry.firstRow(scroll); row < last; row++) {
    const y = geometry.top + geometry.rowTop[row] - scroll;
    if (y > height) break;
    eachInRow(scene, view, row, (p, x, width, alone) => emit(p, x, width, y, alone));
  }
}

/**
 * @param {Scene} scene
 * @param {View} view
 * @param {number} row
 * @param {(p: number, x: number, width: number, alone: boolean) => void} emit
 */
function eachInRow(scene, view, row, emit) {
  const { from, scale, to } = view;
  const until = scene.rowStart[row + 1];
  let p = scene.firstIn(row, from - MIN_WIDTH / scale);
  while (p < until && scene.from[p] <= to) {
    const x = (scene.from[p] - from) * scale;
    const width = (scene.reach(p) - scene.from[p]) * scale;
    if (width >= ALONE) {
      emit(p, x, Math.max(width, MIN_WIDTH), true);
      p++;
      continue;
    }
    // This mark stands for every span that ends within the same pixel.
    const next = firstEndingAfter(scene, p, until, from + (Math.floor(x) + 1) / scale);
    emit(p, x, MIN_WIDTH, next === p + 1);
    p = next;
  }
}

/**
 * The first position after `p` that ends after `place`. The steps double, so near positions are found quickly.
 *
 * @param {Scene} scene
 * @param {number} p
 * @param {number} until
 * @param {number} place
 */
function firstEndingAfter(scene, p, until, place) {
  let step = 1;
  let low = p + 1;
  while (low + step < until && scene.to[low + step] <= place) {
    low += step;
    step *= 2;
  }
  let high = Math.min(until, low + step + 1);
  while (low < high) {
    const middle = (low + high) >> 1;
    if (scene.to[middle] > place) high = middle;
    else low = middle + 1;
  }
  return low;
}
