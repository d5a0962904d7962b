// What part of a timeline a chart shows, and where: places in milliseconds from the journey's start on the one hand,
// pixels from the chart's left edge on the other. Only differences to the visible start are multiplied, so that a
// millisecond is exact in a journey of any length.

/** So many pixels for a millisecond at most. */
const CLOSEST = 120;

export class View {
  constructor(length, width) {
    this.length = Math.max(1, length);
    this.width = Math.max(1, width);
    this.from = 0;
    this.scale = 1;
    this.fit();
  }

  /** Pixels of a place. */
  x(place) {
    return (place - this.from) * this.scale;
  }

  /** The place under a pixel. */
  place(x) {
    return this.from + x / this.scale;
  }

  /** The place at the right edge. */
  get to() {
    return this.from + this.width / this.scale;
  }

  get margin() {
    return this.length * 0.02 + 1;
  }

  get widest() {
    return this.width / (this.length + 2 * this.margin);
  }

  /** Whether everything is seen. */
  get fitted() {
    return this.scale <= this.widest * 1.0001;
  }

  /** Shows everything. */
  fit() {
    this.scale = this.widest;
    this.from = -this.margin;
  }

  /** Shows the places between `from` and `to`, with a little room around. */
  show(from, to, room = 0.1) {
    const wide = Math.max(to - from, 4);
    this.scale = Math.min(CLOSEST, this.width / (wide * (1 + 2 * room)));
    this.from = (from + to) / 2 - this.width / this.scale / 2;
    this.clamp();
  }

  /** Zooms by `factor`, keeping what is under the pixel `x` there. */
  zoom(factor, x = this.width / 2) {
    const kept = this.place(x);
    this.scale = Math.min(CLOSEST, Math.max(this.widest, this.scale * factor));
    this.from = kept - x / this.scale;
    this.clamp();
  }

  /** Moves by pixels. */
  pan(dx) {
    this.from += dx / this.scale;
    this.clamp();
  }

  /** Moves as little as needed to show a place. */
  reveal(from, to = from) {
    const room = 24 / this.scale;
    if (to > this.to - room) this.from = Math.min(from - room, to + room - this.width / this.scale);
    if (from < this.from + room) this.from = from - room;
    this.clamp();
  }

  /** Takes a new width, showing the same start at the same scale unless everything was shown. */
  resize(width) {
    const fitted = this.fitted;
    this.width = Math.max(1, width);
    if (fitted) this.fit();
    else this.clamp();
  }

  /** Takes a new length, after a journey has grown. */
  grow(length) {
    const fitted = this.fitted;
    this.length = Math.max(1, length);
    if (fitted) this.fit();
    else this.clamp();
  }

  clamp() {
    this.scale = Math.min(CLOSEST, Math.max(this.widest, this.scale));
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
