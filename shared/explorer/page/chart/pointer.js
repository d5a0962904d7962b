// @ts-check
// What the mouse, the wheel and fingers do with a chart.

/** @import { ChartControl } from "./contracts.js" */

/** @typedef {{ x: number, y: number }} Point */

/** Pixels per line and per page, for wheels that count in these. */
const LINE = 16;
const PAGE = 200;

export class ChartPointer {
  /** @param {ChartControl} chart */
  constructor(chart) {
    this.chart = chart;
    /** @type {Map<number, Point>} */
    this.pointers = new Map();
    this.moved = false;
    /** @type {Point} */
    this.began = { x: 0, y: 0 };
    this.pinch = { apart: 1, middle: 0 };
    const { canvas } = chart;
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.up(event, true));
    canvas.addEventListener("pointerleave", (event) => this.leave(event));
    canvas.addEventListener("dblclick", (event) => this.twice(event));
  }

  close() {
    this.pointers.clear();
  }

  /**
   * @param {MouseEvent} event
   * @returns {Point}
   */
  point(event) {
    const box = this.chart.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /**
   * The wheel scrolls the page. With Ctrl or ⌘ it zooms where the pointer is, sideways or with Shift it pans, and with
   * Alt it scrolls the lanes.
   *
   * @param {WheelEvent} event
   */
  wheel(event) {
    const { chart } = this;
    if (!chart.scene) return;
    const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !sideways) return;
    event.preventDefault();
    const unit = event.deltaMode === 1 ? LINE : event.deltaMode === 2 ? PAGE : 1;
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    const { x, y } = this.point(event);
    if (event.altKey) chart.pan(0, dy);
    else if (event.shiftKey) chart.pan(dx || dy);
    else if (Math.abs(dx) > Math.abs(dy)) chart.pan(dx);
    else {
      // Two fingers on a touchpad arrive as small steps with Ctrl.
      const pace = Math.abs(dy) < 40 ? 0.01 : 0.0022;
      chart.zoom(Math.exp(-Math.max(-240, Math.min(240, dy)) * pace), x);
    }
    this.hover(x, y);
  }

  /** @param {PointerEvent} event */
  down(event) {
    const { chart } = this;
    if (event.button !== 0 || !chart.scene) return;
    const at = this.point(event);
    chart.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, at);
    this.moved = false;
    this.began = at;
    if (event.shiftKey && this.pointers.size === 1) chart.range = { from: at.x, to: at.x, text: "" };
    if (this.pointers.size === 2) this.pinch = this.spread();
  }

  /** @param {PointerEvent} event */
  move(event) {
    const { chart } = this;
    const at = this.point(event);
    const held = this.pointers.get(event.pointerId);
    if (!held) {
      this.hover(at.x, at.y);
      return;
    }
    this.pointers.set(event.pointerId, at);
    if (!this.moved && Math.hypot(at.x - this.began.x, at.y - this.began.y) < 4) return;
    this.moved = true;
    chart.on.hovered?.(undefined);
    if (this.pointers.size === 2) {
      const now = this.spread();
      chart.zoom(now.apart / this.pinch.apart, now.middle);
      chart.pan(this.pinch.middle - now.middle);
      this.pinch = now;
    } else if (chart.range) {
      chart.range = { from: this.began.x, to: at.x, text: chart.measureText(this.began.x, at.x) };
      chart.ask();
    } else {
      chart.canvas.classList.add("dragged");
      chart.pan(held.x - at.x, event.pointerType === "touch" ? 0 : held.y - at.y);
    }
  }

  /** How far two fingers are apart, and the pixel between them. */
  spread() {
    const [a, b] = [...this.pointers.values()];
    return { apart: Math.max(10, Math.abs(a.x - b.x), Math.abs(a.y - b.y)), middle: (a.x + b.x) / 2 };
  }

  /** @param {PointerEvent} event */
  up(event, cancelled = false) {
    const { chart } = this;
    if (!this.pointers.delete(event.pointerId)) return;
    chart.canvas.classList.remove("dragged");
    const at = this.point(event);
    const { range } = chart;
    chart.range = undefined;
    if (cancelled || !chart.scene) return;
    if (range && Math.abs(range.to - range.from) > 6) {
      const { view } = chart;
      chart.showPlaces(view.place(Math.min(range.from, range.to)), view.place(Math.max(range.from, range.to)), 0);
    } else if (!this.moved) {
      this.choose(at);
      // A finger cannot hover, so a tap also shows the card.
      if (event.pointerType === "touch") this.hover(at.x, at.y);
    }
    chart.ask();
  }

  /** @param {Point} point */
  choose({ x, y }) {
    const { chart } = this;
    const found = chart.at(x, y);
    const strip = found?.leg ?? found?.gap;
    if (found?.kind === "fold") {
      chart.on.unfold?.();
    } else if (strip && chart.scene) {
      const { timeline, length } = chart.scene;
      chart.showPlaces(timeline.place(strip.start), strip.end === Infinity ? length : timeline.place(strip.end));
    } else {
      chart.select(found?.p, { reveal: false });
    }
  }

  /** @param {MouseEvent} event */
  twice(event) {
    const { x, y } = this.point(event);
    const found = this.chart.at(x, y);
    if (found?.p !== undefined) this.chart.zoomTo(found.p);
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  hover(x, y) {
    const { chart } = this;
    if (!chart.scene) return;
    const found = chart.at(x, y);
    chart.hover = found;
    chart.line = x;
    chart.canvas.classList.toggle("over", Boolean(found));
    chart.on.hovered?.(found, x, y);
    chart.ask();
  }

  /** @param {PointerEvent} event */
  leave(event) {
    // Lifting a finger is a leave event too. The card of what it tapped stays.
    if (event.pointerType === "touch") return;
    const { chart } = this;
    chart.hover = chart.line = undefined;
    chart.on.hovered?.(undefined);
    chart.ask();
  }
}
