// Time as it is drawn: idle stretches are folded to a narrow break, everything else keeps its length to the
// millisecond. A drawn time ("place") is a whole number of milliseconds too, outside of folds.

/** Idle time shorter than this, in milliseconds, is drawn at length. */
export const LEAST_FOLD = 60_000;

/**
 * Where idle time may be folded: stretches that no span and no event covers. What is covered begins at the times `from`
 * and ends at the times `to`, typed arrays of one length, which are sorted.
 */
export function foldsOf(from, to, end) {
  from.sort();
  to.sort();
  const idle = [];
  const add = (start, until) => until > start && idle.push([start, until]);
  // Nothing goes on before the k-th beginning when as many have ended as have begun: no need to know which.
  add(0, from.length ? from[0] : end);
  for (let k = 1; k < from.length; k++) add(to[k - 1], from[k]);
  if (to.length) add(to.at(-1), end);
  const covered = end - idle.reduce((sum, [start, until]) => sum + until - start, 0);
  const threshold = Math.max(LEAST_FOLD, covered * 0.2);
  const long = idle.filter(([from, to]) => to - from >= threshold);
  if (!long.length) return [];
  const active = end - long.reduce((sum, [from, to]) => sum + to - from, 0);
  const width = Math.max(1, Math.floor(Math.min(active * 0.05, (active * 0.5) / long.length)));
  return long.map(([from, to]) => ({ start: from, end: to, width }));
}

/** The map between times and places. Both count from the journey's start. */
export class Timeline {
  constructor(end, folds) {
    this.folds = [];
    let shift = 0;
    for (const { start, end: until, width } of folds) {
      if (until - start <= width) continue;
      this.folds.push({ start, end: until, width, place: start - shift, shift: shift + (until - start - width) });
      shift = this.folds.at(-1).shift;
    }
    this.end = end;
    this.length = this.place(end);
  }

  /** Where the time `t` is drawn. */
  place(t) {
    if (!this.folds.length) return t;
    const fold = last(this.folds, (f) => f.start <= t);
    if (!fold) return t;
    if (t >= fold.end) return t - fold.shift;
    return fold.place + ((t - fold.start) / (fold.end - fold.start)) * fold.width;
  }

  /** The time that is drawn at `place`. */
  time(place) {
    if (!this.folds.length) return place;
    const fold = last(this.folds, (f) => f.place <= place);
    if (!fold) return place;
    if (place >= fold.place + fold.width) return place + fold.shift;
    return fold.start + ((place - fold.place) / fold.width) * (fold.end - fold.start);
  }

  /** The fold at a place, if there is one. */
  foldAt(place) {
    const fold = last(this.folds, (f) => f.place <= place);
    return fold && place < fold.place + fold.width ? fold : undefined;
  }
}

/** The last item for which `test` holds, where it holds for a first part of the list only. */
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
