// Where things are on a chart: rows from top to bottom, what of them is visible, and what lies under a point. The
// drawing, the reading back and the pointer all go by this one file.

/** So few rows are drawn taller. */
const FEW = 14;
/** No span is drawn narrower than this many pixels. */
export const LEAST = 2;
/** From this many pixels on a span is drawn by itself; narrower neighbours may share a pixel. */
const ALONE = 1.5;

export class Geometry {
  /**
   * `unit` is 1 for text of 12 pixels, and more where everything is larger. A few rows grow a little taller when there
   * are `room` pixels for them.
   */
  constructor(scene, unit = 1, room = 0) {
    const sized = (pixels) => Math.round(pixels * unit);
    const few = scene.rows <= FEW;
    this.unit = unit;
    this.axis = sized(24);
    this.strip = sized(20);
    this.head = sized(20);
    this.legsTop = this.axis;
    this.gapsTop = this.axis + (scene.legs.length ? this.strip : 0);
    /** Below this the lanes begin, which scroll. */
    this.top = this.gapsTop + (scene.gaps.length ? this.strip : 0) + 2;
    const taller = few ? this.spare(scene, sized(29), room) : 0;
    this.row = sized(few ? 29 : 22) + taller;
    this.bar = sized(few ? 24 : 18) + Math.round(taller * 0.8);
    this.rowTop = new Float64Array(scene.rows);
    let y = 0;
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

  /** So many pixels each row can be taller than `row`, within `room`. */
  spare(scene, row, room) {
    const needed = this.top + scene.lanes.length * (this.head + 5 * this.unit) + scene.rows * row;
    return Math.max(0, Math.min(14 * this.unit, Math.floor((room - needed) / Math.max(1, scene.rows))));
  }

  /** The first row of which something is below `y` (lanes' own pixels, without scrolling). */
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

  /** The row at `y` of the lanes, or -1. */
  rowAt(y) {
    const row = this.firstRow(y);
    return row < this.rowTop.length && this.rowTop[row] <= y ? row : -1;
  }
}

/**
 * Calls `emit(p, x, width, y, alone)` for each span to be drawn, `y` in the chart's pixels. Of spans that would share a
 * pixel only the first is told, with `alone` false.
 */
export function eachVisible(scene, view, geometry, scroll, height, emit) {
  const last = scene.rows;
  for (let row = geometry.firstRow(scroll); row < last; row++) {
    const y = geometry.top + geometry.rowTop[row] - scroll;
    if (y > height) break;
    eachInRow(scene, view, row, (p, x, width, alone) => emit(p, x, width, y, alone));
  }
}

/** The same for one row: `emit(p, x, width, alone)`. */
export function eachInRow(scene, view, row, emit) {
  const { from, scale, to } = view;
  const until = scene.rowStart[row + 1];
  let p = scene.firstIn(row, from - LEAST / scale);
  while (p < until && scene.from[p] <= to) {
    const x = (scene.from[p] - from) * scale;
    const width = (scene.reach(p) - scene.from[p]) * scale;
    if (width >= ALONE) {
      emit(p, x, Math.max(width, LEAST), true);
      p++;
      continue;
    }
    // Everything else that ends within this pixel is in this mark.
    const next = after(scene, p, until, from + (Math.floor(x) + 1) / scale);
    emit(p, x, LEAST, next === p + 1);
    p = next;
  }
}

/** The first position after `p` that ends after `place`, by galloping: near ones are found in a few steps. */
function after(scene, p, until, place) {
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

/** What is at a point of the chart: `{kind, …}` of a tick, a span, a leg, a gap or a fold; else `undefined`. */
export function hit(scene, view, geometry, scroll, x, y, reach = 4) {
  if (y < geometry.top) {
    const strip = (items, top) =>
      y >= top && y < top + geometry.strip && items.find((item) => coversX(scene, view, item, x, reach));
    const leg = scene.legs.length && strip(scene.legs, geometry.legsTop);
    if (leg) return { kind: "leg", leg };
    const gap = scene.gaps.length && strip(scene.gaps, geometry.gapsTop);
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

function coversX(scene, view, { start, end }, x, reach) {
  const left = view.x(scene.timeline.place(start));
  const right = view.x(end === Infinity ? scene.length : scene.timeline.place(end));
  return x >= Math.min(left, right - reach) && x <= Math.max(right, left + reach);
}

function nearestSpan(scene, row, place, room) {
  let best;
  let least = Infinity;
  const until = scene.rowStart[row + 1];
  for (let p = scene.firstIn(row, place - room); p < until && scene.from[p] <= place + room; p++) {
    const from = scene.from[p];
    const to = scene.reach(p);
    // Inside counts by the distance from the middle, if it is narrow; outside by that and more.
    const outside = place < from ? from - place : place > to ? place - to : 0;
    const distance = outside * 4 + Math.min(Math.abs(place - (from + to) / 2), room);
    if (distance < least) {
      least = distance;
      best = p;
    }
  }
  return best;
}

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
