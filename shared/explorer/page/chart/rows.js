// @ts-check
// Stacks spans in rows so that no span covers another, in O(n log n).

/** Finds the lowest free row in a tree of the times at which rows become free. */
class Rows {
  constructor() {
    this.size = 16;
    this.free = new Float64Array(2 * this.size).fill(-Infinity);
  }

  grow() {
    const old = this.free.subarray(this.size, 2 * this.size);
    const grown = new Float64Array(4 * this.size).fill(-Infinity);
    grown.set(old, 2 * this.size);
    this.size *= 2;
    this.free = grown;
    for (let node = this.size - 1; node > 0; node--) this.free[node] = Math.min(grown[2 * node], grown[2 * node + 1]);
  }

  /**
   * The first row from `least` on that is free at `start`.
   *
   * @param {number} least
   * @param {number} start
   */
  find(least, start) {
    while (least >= this.size) this.grow();
    for (;;) {
      const row = this.descend(1, 0, this.size, least, start);
      if (row >= 0) return row;
      this.grow();
    }
  }

  /**
   * @param {number} node
   * @param {number} from
   * @param {number} to
   * @param {number} least
   * @param {number} start
   * @returns {number}
   */
  descend(node, from, to, least, start) {
    if (to <= least || this.free[node] > start) return -1;
    if (to - from === 1) return from;
    const middle = (from + to) >> 1;
    const left = this.descend(2 * node, from, middle, least, start);
    return left >= 0 ? left : this.descend(2 * node + 1, middle, to, least, start);
  }

  /**
   * @param {number} row
   * @param {number} until
   */
  take(row, until) {
    let node = row + this.size;
    this.free[node] = until;
    for (node >>= 1; node > 0; node >>= 1) this.free[node] = Math.min(this.free[2 * node], this.free[2 * node + 1]);
  }
}

/**
 * Gives each span the lowest free row of its lane, below its parent's row when both are in one lane. Writes the rows to
 * `row` and returns how many rows are needed. `order` lists spans by start, the longest first. A span without length
 * takes a millisecond, so that two at the same time do not hide each other.
 *
 * @param {Iterable<number>} order
 * @param {Float64Array} start
 * @param {Float64Array} end
 * @param {Int32Array} parent
 * @param {Int32Array} lane
 * @param {Int32Array} row
 */
export function stack(order, start, end, parent, lane, row) {
  const rows = new Rows();
  let needed = 0;
  for (const span of order) {
    const whole = parent[span];
    const least = whole >= 0 && lane[whole] === lane[span] && row[whole] >= 0 ? row[whole] + 1 : 0;
    const place = rows.find(least, start[span]);
    rows.take(place, Math.max(end[span], start[span] + 1));
    row[span] = place;
    if (place >= needed) needed = place + 1;
  }
  return needed;
}
