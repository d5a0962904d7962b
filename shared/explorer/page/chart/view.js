// @ts-check
// The visible part of a timeline: maps places, in milliseconds from the journey's start, to pixels from the chart's left
// edge. Only differences to the visible start are multiplied, so a millisecond is exact in a journey of any length.

/** The largest scale, in pixels per millisecond. */
const MAX_SCALE = 120;

export class View {
  /**
   * @param {number} length
   * @param {number} width
   */
  constructor(length, width) {
    this.length = Math.max(1, length);
    this.width = Math.max(1, width);
    this.from = 0;
    this.scale = 1;
    this.fit();
  }

  /**
   * The pixel of a place.
   *
   * @param {number} place
   */
  x(place) {
    return (place - this.from) * this.scale;
  }

  /**
   * The place under a pixel.
   *
   * @param {number} x
   */
  place(x) {
    return this.from + x / this.scale;
  }

  /** The place at the right edge. */
  get to() {
    return this.from + this.width / this.scale;
  }

  /** Milliseconds before the start and after the end that are shown with the whole journey. */
  get margin() {
    return this.length * 0.02 + 1;
  }

  /** The scale at which the whole journey is visible. */
  get widest() {
    return this.width / (this.length + 2 * this.margin);
  }

  /** Whether the whole journey is visible. */
  get fitted() {
    return this.scale <= this.widest * 1.0001;
  }

  /** Shows the whole journey. */
  fit() {
    this.scale = this.widest;
    this.from = -this.margin;
  }

  /**
   * Shows the places between `from` and `to`. `room` is the part of their length that stays free on each side.
   *
   * @param {number} from
   * @param {number} to
   */
  show(from, to, room = 0.1) {
    const wide = Math.max(to - from, 4);
    this.scale = Math.min(MAX_SCALE, this.width / (wide * (1 + 2 * room)));
    this.from = (from + to) / 2 - this.width / this.scale / 2;
    this.clamp();
  }

  /**
   * Zooms by `factor`. The place under the pixel `x` stays there.
   *
   * @param {number} factor
   */
  zoom(factor, x = this.width / 2) {
    const kept = this.place(x);
    this.scale = Math.min(MAX_SCALE, Math.max(this.widest, this.scale * factor));
    this.from = kept - x / this.scale;
    this.clamp();
  }

  /**
   * Moves by pixels.
   *
   * @param {number} dx
   */
  pan(dx) {
    this.from += dx / this.scale;
    this.clamp();
  }

  /**
   * Moves as little as needed to show the places between `from` and `to`.
   *
   * @param {number} from
   */
  reveal(from, to = from) {
    const room = 24 / this.scale;
    if (to > this.to - room) this.from = Math.min(from - room, to + room - this.width / this.scale);
    if (from < this.from + room) this.from = from - room;
    this.clamp();
  }

  /**
   * Changes the width. The start and the scale stay, unless the whole journey was visible.
   *
   * @param {number} width
   */
  resize(width) {
    const fitted = this.fitted;
    this.width = Math.max(1, width);
    if (fitted) this.fit();
    else this.clamp();
  }

  /**
   * Changes the length of the journey.
   *
   * @param {number} length
   */
  grow(length) {
    const fitted = this.fitted;
    this.length = Math.max(1, length);
    if (fitted) this.fit();
    else this.clamp();
  }

  clamp() {
    this.scale = Math.min(MAX_SCALE, Math.max(this.widest, this.scale));
    if (this.fitted) {
      this.from = -this.margin;
      return;
    }
    const visible = this.width / this.scale;
    const least = Math.min(-this.margin, -visible * 0.05);
    const most = Math.max(this.length + this.margin, this.length + visible * 0.05) - visible;
    this.from = most < least ? (least + most) / 2 : Math.min(most, Math.max(least, this.from));
  }
}
