// @ts-check
// The part of a journey that a chart shows, and how it moves: panning, zooming, scrolling, and gliding to a target. This
// module does not know how anything is drawn.

import { reducedMotion } from "../lib/theme.js";
import { View } from "./view.js";

/** @import { Geometry } from "./geometry.js" */
/** @import { Move } from "./minimap.js" */
/** @import { Scene } from "./scene.js" */

/** How long a glide takes, in milliseconds. */
const GLIDE = 180;

export class Camera {
  constructor() {
    /** @type {Scene | undefined} */
    this.scene = undefined;
    this.view = new View(1, 800);
    /** @type {Geometry | undefined} */
    this.geometry = undefined;
    this.scroll = 0;
    this.height = 0;
    /** The requested animation frame of a glide, 0 for none. */
    this.gliding = 0;
  }

  /** Requests a frame. */
  ask() {}

  /** The visible times, in milliseconds since 1970. */
  times() {
    if (!this.scene) return undefined;
    const { timeline, origin } = this.scene;
    return { from: timeline.time(this.view.from) + origin, to: timeline.time(this.view.to) + origin };
  }

  /**
   * Zooms around a pixel.
   *
   * @param {number} factor
   * @param {number} [x]
   */
  zoom(factor, x) {
    this.halt();
    this.view.zoom(factor, x);
    this.ask();
  }

  /**
   * Moves by pixels.
   *
   * @param {number} dx
   */
  pan(dx, dy = 0) {
    this.halt();
    this.view.pan(dx);
    if (dy) this.scrollTo(this.scroll + dy);
    this.ask();
  }

  /** Shows the whole journey. */
  fit() {
    const { length, margin } = this.view;
    this.glide(-margin, length + margin);
  }

  /**
   * Shows the places between `from` and `to`. `room` is the part of their length that stays free on each side.
   *
   * @param {number} from
   * @param {number} to
   */
  showPlaces(from, to, room = 0.1) {
    const target = new View(this.view.length, this.view.width);
    target.show(from, to, room);
    this.glide(target.from, target.to);
  }

  /**
   * Moves to the places between `from` and `to` in a few frames, so that the eye can follow. With reduced motion it
   * moves at once.
   *
   * @param {number} from
   * @param {number} to
   */
  glide(from, to) {
    this.halt();
    const start = { from: this.view.from, to: this.view.to };
    const began = performance.now();
    const long = reducedMotion() ? 0 : GLIDE;
    const step = () => {
      const t = long ? Math.min(1, (performance.now() - began) / long) : 1;
      const part = 1 - (1 - t) ** 3;
      const a = t === 1 ? from : start.from + (from - start.from) * part;
      const b = t === 1 ? to : start.to + (to - start.to) * part;
      this.view.scale = this.view.width / (b - a);
      this.view.from = a;
      this.view.clamp();
      this.gliding = t < 1 ? requestAnimationFrame(step) : 0;
      this.ask();
    };
    step();
  }

  /** Stops a movement that is under way. */
  halt() {
    cancelAnimationFrame(this.gliding);
    this.gliding = 0;
  }

  /** @param {Move} move */
  moveTo(move) {
    this.halt();
    if (move.show) this.view.show(move.show[0], move.show[1], 0);
    else {
      this.view.from = move.from;
      this.view.clamp();
    }
    this.ask();
  }

  /** @param {number} y */
  scrollTo(y) {
    if (!this.geometry) return;
    const most = Math.max(0, this.geometry.height - (this.height - this.geometry.top));
    this.scroll = Math.min(most, Math.max(0, y));
    this.ask();
  }

  /** @param {number} p */
  revealSpan(p) {
    const { scene, geometry, view } = this;
    if (!scene || !geometry) return;
    const visible = scene.from[p] < view.to && scene.reach(p) > view.from;
    if (!visible) view.reveal(scene.from[p], Math.min(scene.reach(p), scene.from[p] + (view.to - view.from) / 2));
    const y = geometry.rowTop[scene.row[p]];
    const room = this.height - geometry.top;
    if (y < this.scroll) this.scrollTo(y - 24);
    else if (y + 24 > this.scroll + room) this.scrollTo(y + 30 - room);
  }

  /**
   * Zooms so that a span fills most of the width.
   *
   * @param {number} p
   */
  zoomTo(p) {
    const { scene } = this;
    if (!scene) return;
    this.revealSpan(p);
    this.showPlaces(scene.from[p], Math.max(scene.reach(p), scene.from[p] + 1), 0.4);
  }
}
