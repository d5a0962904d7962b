// The whole journey in a narrow strip, and the part of it that the chart shows, which can be dragged there.

import { h } from "./dom.js";
import { ERROR, TYPES } from "./scene.js";
import { texture } from "./theme.js";

export const MINIMAP = 44;

export class Minimap {
  /** `moved` is called with the new first place, or with two places to show. */
  constructor(moved) {
    this.moved = moved;
    this.canvas = h("canvas", { class: "minimap", "aria-hidden": "true" });
    this.picture = document.createElement("canvas");
    this.canvas.addEventListener("pointerdown", (event) => this.grab(event));
    this.canvas.addEventListener("pointermove", (event) => this.drag(event));
    this.canvas.addEventListener("pointerup", () => (this.held = undefined));
    this.canvas.addEventListener("pointercancel", () => (this.held = undefined));
  }

  resize(width, ratio) {
    this.width = width;
    this.ratio = ratio;
    for (const canvas of [this.canvas, this.picture]) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(MINIMAP * ratio);
    }
  }

  /** Pixels of a millisecond: the whole journey, with the margin that the chart has when it shows all. */
  scaleFor(view) {
    return this.width / (view.length + 2 * view.margin);
  }

  /** Draws the picture anew: after the scene, the size or the theme has changed. */
  paint(scene, view, theme) {
    const ctx = this.picture.getContext("2d");
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    ctx.fillStyle = theme.lane;
    ctx.fillRect(0, 0, this.width, MINIMAP);
    const scale = this.scaleFor(view);
    const { margin } = view;
    const rows = Math.max(1, scene.rows);
    const pitch = Math.min(10, (MINIMAP - 8) / rows);
    const tall = Math.max(1, pitch * 0.82);
    const columns = Math.ceil(this.width) + 1;
    const seen = new Uint8Array(columns * Math.ceil(MINIMAP));
    const byType = TYPES.map(() => []);
    for (let p = 0; p < scene.count; p++) {
      const x = (scene.from[p] + margin) * scale;
      const y = 4 + scene.row[p] * pitch;
      const width = Math.max(1, (scene.reach(p) - scene.from[p]) * scale);
      // One mark for each pixel is enough, however many spans there are.
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
      ctx.fillStyle = texture(ctx, theme, TYPES.indexOf("other")) ?? theme.fold;
      ctx.fillRect((fold.place + margin) * scale, 0, fold.width * scale, MINIMAP);
    }
  }

  /** Shows the picture with the part that `view` shows. */
  draw(scene, view, theme) {
    this.scene = scene;
    this.view = view;
    const ctx = this.canvas.getContext("2d");
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.picture, 0, 0);
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const { from, to } = this.brush();
    ctx.globalAlpha = 0.62;
    ctx.fillStyle = theme.ground;
    ctx.fillRect(0, 0, from, MINIMAP);
    ctx.fillRect(to, 0, this.width - to, MINIMAP);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = theme.accent;
    ctx.lineWidth = 1.5;
    ctx.strokeRect(from + 0.75, 0.75, Math.max(to - from - 1.5, 3), MINIMAP - 1.5);
    ctx.fillStyle = theme.accent;
    for (const x of [from, to]) ctx.fillRect(x - 2, MINIMAP / 2 - 7, 4, 14);
  }

  /** The pixels of what the chart shows. */
  brush() {
    const { view } = this;
    const x = (place) => (place + view.margin) * this.scaleFor(view);
    const from = Math.max(0, x(view.from));
    return { from, to: Math.max(from + 3, Math.min(this.width, x(view.to))) };
  }

  x(event) {
    return event.clientX - this.canvas.getBoundingClientRect().left;
  }

  grab(event) {
    if (!this.scene) return;
    this.canvas.setPointerCapture(event.pointerId);
    const x = this.x(event);
    const { from, to } = this.brush();
    const near = (edge) => Math.abs(x - edge) < 7 && to - from > 12;
    if (near(from)) this.held = { edge: "from" };
    else if (near(to)) this.held = { edge: "to" };
    else {
      const within = x >= from && x <= to;
      this.held = { by: within ? x - from : (to - from) / 2 };
    }
    this.drag(event);
  }

  drag(event) {
    if (!this.held) return;
    const place = (x) => x / this.scaleFor(this.view) - this.view.margin;
    const x = this.x(event);
    if (this.held.edge === "from") this.moved({ show: [Math.min(place(x), this.view.to - 4), this.view.to] });
    else if (this.held.edge === "to") this.moved({ show: [this.view.from, Math.max(place(x), this.view.from + 4)] });
    else this.moved({ from: place(x - this.held.by) });
  }
}
