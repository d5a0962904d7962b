// @ts-check
// Maps times to places on the chart and back. Long idle times are folded to a narrow break. Everything else keeps its
// length to the millisecond. A place is a whole number of milliseconds, except inside a fold.

/** A stretch of idle time, and how wide it is drawn. Times count from the journey's start. */
/** @typedef {{ start: number, end: number, width: number }} Fold */
/** A fold with the place at which it begins. Places after it are `shift` less than their times. */
/** @typedef {Fold & { place: number, shift: number }} PlacedFold */

/** Idle time shorter than this, in milliseconds, is never folded. */
export const MIN_FOLD = 60_000;

/**
 * The idle times to fold: stretches that no span and no event covers. The covered stretches begin at the times `from` and
 * end at the times `to`. Both arrays have the same length, and this function sorts them.
 *
 * @param {Float64Array} from
 * @param {Float64Array} to
 * @param {number} end
 * @returns {Fold[]}
 */
export function foldsOf(from, to, end) {
  from.sort();
  to.sort();
  /** @type {[number, number][]} */
  const idle = [];
  /** @type {(start: number, until: number) => unknown} */
  const add = (start, until) => until > start && idle.push([start, until]);
  // Time is idle before the k-th start when k stretches have ended. Which ones they are does not matter.
  add(0, from.length ? from[0] : end);
  for (let k = 1; k < from.length; k++) add(to[k - 1], from[k]);
  if (to.length) add(to[to.length - 1], end);
  const covered = end - idle.reduce((sum, [start, until]) => sum + until - start, 0);
  const threshold = Math.max(MIN_FOLD, covered * 0.2);
  const long = idle.filter(([from, to]) => to - from >= threshold);
  if (!long.length) return [];
  const active = end - long.reduce((sum, [from, to]) => sum + to - from, 0);
  const width = Math.max(1, Math.floor(Math.min(active * 0.05, (active * 0.5) / long.length)));
  return long.map(([from, to]) => ({ start: from, end: to, width }));
}

/** The map between times and places. Both count from the journey's start. */
export class Timeline {
  /**
   * @param {number} end
   * @param {Fold[]} folds
   */
  constructor(end, folds) {
    /** @type {PlacedFold[]} */
    this.folds = [];
    let shift = 0;
    for (const { start, end: until, width } of folds) {
      if (until - start <= width) continue;
      this.folds.push({ start, end: until, width, place: start - shift, shift: shift + (until - start - width) });
      shift += until - start - width;
    }
    this.end = end;
    this.length = this.place(end);
  }

  /**
   * Where the time `t` is drawn.
   *
   * @param {number} t
   */
  place(t) {
    if (!this.folds.length) return t;
    const fold = last(this.folds, (f) => f.start <= t);
    if (!fold) return t;
    if (t >= fold.end) return t - fold.shift;
    return fold.place + ((t - fold.start) / (fold.end - fold.start)) * fold.width;
  }

  /**
   * The time that is drawn at `place`.
   *
   * @param {number} place
   */
  time(place) {
    if (!this.folds.length) return place;
    const fold = last(this.folds, (f) => f.place <= place);
    if (!fold) return place;
    if (place >= fold.place + fold.width) return place + fold.shift;
    return fold.start + ((place - fold.place) / fold.width) * (fold.end - fold.start);
  }

  /**
   * The fold at a place, if there is one.
   *
   * @param {number} place
   */
  foldAt(place) {
    const fold = last(this.folds, (f) => f.place <= place);
    return fold && place < fold.place + fold.width ? fold : undefined;
  }
}

/**
 * The last item for which `test` holds. The items for which it holds must come first.
 *
 * @param {PlacedFold[]} items
 * @param {(item: PlacedFold) => boolean} test
 * @returns {PlacedFold | undefined}
 */
function last(items, test) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(items[middle])) low = middle + 1;
    else high = middle;
  }
  return items[low - 1];
}
