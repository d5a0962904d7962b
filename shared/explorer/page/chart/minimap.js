// @ts-check
// The whole journey in a narrow strip. A frame in it marks what the chart shows, and can be dragged.

import { contextOf, texture } from "../lib/canvas.js";
import { h } from "../lib/dom.js";
import { DRAWN_TYPES } from "../lib/span-types.js";
import { ERROR } from "./spans.js";

/** @import { Theme } from "../lib/theme.js" */
/** @import { Scene } from "./scene.js" */
/** @import { View } from "./view.js" */

/** Where to move the chart: a new first place, or two places to show. */
/** @typedef {{ from: number, show?: undefined } | { from?: undefined, show: [number, number] }} Move */

/** The height in pixels. */
const HEIGHT = 44;

export class Minimap {
  /** @param {(move: Move) => void} moved */
  constructor(moved) {
    this.moved = moved;
    this.width = 0;
    this.ratio = 1;
    /** @type {View | undefined} */
    this.view = undefined;
    /** @type {{ edge?: "from" | "to", by: number } | undefined} */
    this.held = undefined;
    this.canvas = h("canvas", { class: "minimap", "aria-hidden": "true" });
    this.picture = document.createElement("canvas");
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", () => (this.held = undefined));
    this.canvas.addEventListener("pointercancel", () => (this.held = undefined));
  }

  /**
   * @param {number} width
   * @param {number} ratio
   */
  resize(width, ratio) {
    this.width = width;
    this.ratio = ratio;
    for (const canvas of [this.canvas, this.picture]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(HEIGHT * ratio);
    }
  }

  /**
   * Pixels per millisecond: the whole journey fits, with the margin that the chart has when it shows everything.
   *
   * @param {View} view
   */
  scaleFor(view) {
    return this.width / (view.length + 2 * view.margin);
  }

  /**
   * Draws the picture of the journey again, after the scene, the size or the theme has changed.
   *
   * @param {Scene} scene
   * @param {View} view
   * @param {Theme} theme
   */
  paint(scene, view, theme) {
    const ctx = contextOf(this.picture);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.fillStyle = theme.lane;
    ctx.fillRect(0, 0, this.width, HEIGHT);
    const scale = this.scaleFor(view);
    const { margin } = view;
    const rows = Math.max(1, scene.rows);
    const pitch = Math.min(10, (HEIGHT - 8) / rows);
    const tall = Math.max(1, pitch * 0.82);
    const columns = Math.ceil(this.width) + 1;
    const seen = new Uint8Array(columns * Math.ceil(HEIGHT));
    const byType = DRAWN_TYPES.map(() => /** @type {number[]} */ ([]));
    for (let p = 0; p < scene.count; p++) {
      const x = (scene.from[p] + margin) * scale;
      const y = 4 + scene.row[p] * pitch;
      const width = Math.max(1, (scene.reach(p) - scene.from[p]) * scale);
      // One mark per pixel is enough, however many spans there are.
      const spot = Math.floor(y) * columns + Math.min(columns - 1, Math.max(0, Math.floor(x)));
      if (width <= 1 && seen[spot]) continue;
      seen[spot] = 1;
      byType[scene.type[p]].push(x, y, width);
    }
    byType.forEach((list, type) => {
      ctx.fillStyle = theme.edge[type];
      ctx.globalAlpha = 0.75;
      for (let i = 0; i < list.length; i += 3) ctx.fillRect(list[i], list[i + 1], list[i + 2], tall);
    });
    ctx.globalAlpha = 1;
    for (const p of scene.bad) {
      ctx.fillStyle = scene.state[p] & ERROR ? theme.error : theme.abandoned;
      ctx.fillRect((scene.reach(p) + margin) * scale - 1, 1, 2, 6);
    }
    for (const fold of scene.timeline.folds) {
      ctx.fillStyle = texture(ctx, theme, DRAWN_TYPES.indexOf("other")) ?? theme.fold;
      ctx.fillRect((fold.place + margin) * scale, 0, fold.width * scale, HEIGHT);
    }
  }

  /**
   * Shows the picture, and on it the frame of what `view` shows.
   *
   * @param {View} view
   * @param {Theme} theme
   */
  draw(view, theme) {
    this.view = view;
    const ctx = contextOf(this.canvas);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.picture, 0, 0);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const { from, to } = this.frame(view);
    ctx.globalAlpha = 0.62;
    ctx.fillStyle = theme.ground;
    ctx.fillRect(0, 0, from, HEIGHT);
    ctx.fillRect(to, 0, this.width - to, HEIGHT);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(from + 0.75, 0.75, Math.max(to - from - 1.5, 3), HEIGHT - 1.5);
    ctx.fillStyle = theme.accent;
    for (const x of [from, to]) ctx.fillRect(x - 2, HEIGHT / 2 - 7, 4, 14);
  }

  /**
   * The pixels of what the chart shows.
   *
   * @param {View} view
   */
  frame(view) {
    /** @type {(place: number) => number} */
    const x = (place) => (place + view.margin) * this.scaleFor(view);
    const from = Math.max(0, x(view.from));
    return { from, to: Math.max(from + 3, Math.min(this.width, x(view.to))) };
  }

  /** @param {PointerEvent} event */
  x(event) {
    return event.clientX - this.canvas.getBoundingClientRect().left;
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (!this.view) return;
    this.canvas.setPointerCapture(event.pointerId);
    const x = this.x(event);
    const { from, to } = this.frame(this.view);
    /** @type {(edge: number) => boolean} */
    const near = (edge) => Math.abs(x - edge) < 7 && to - from > 12;
    const within = x >= from && x <= to;
    if (near(from)) this.held = { edge: "from", by: 0 };
    else if (near(to)) this.held = { edge: "to", by: 0 };
    else this.held = { by: within ? x - from : (to - from) / 2 };
    this.drag(event);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    const { held, view } = this;
    if (!held || !view) return;
    const place = (this.x(event) - held.by) / this.scaleFor(view) - view.margin;
    if (held.edge === "from") this.moved({ show: [Math.min(place, view.to - 4), view.to] });
    else if (held.edge === "to") this.moved({ show: [view.from, Math.max(place, view.from + 4)] });
    else this.moved({ from: place });
  }
}
