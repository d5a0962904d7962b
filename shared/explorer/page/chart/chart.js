// @ts-check
// The flame chart of one journey: a canvas and its minimap. `camera.js` moves the visible part, `pointer.js` and
// `chart-keys.js` say what the reader does with it.

import { contextOf } from "../lib/canvas.js";
import { h } from "../lib/dom.js";
import { partsBetween } from "../lib/customer-time.js";
import { duration, exactDuration } from "../lib/duration.js";
import { timeName } from "../lib/span-types.js";
import { onThemeChange, reducedMotion, theme } from "../lib/theme.js";
import { Camera } from "./camera.js";
import { ChartKeys } from "./chart-keys.js";
import { draw } from "./draw.js";
import { Geometry } from "./geometry.js";
import { hit } from "./hit.js";
import { Minimap } from "./minimap.js";
import { ChartPointer } from "./pointer.js";
import { sceneOf } from "./scene.js";
import { View } from "./view.js";

/** @import { Journey } from "../client/types.js" */
/** @import { Preferences } from "../lib/preferences.js" */
/** @import { ChartControl, ChartEvents, Frame, Range } from "./contracts.js" */
/** @import { Hit } from "./hit.js" */
/** @import { Scene } from "./scene.js" */

/**
 * The charts on the page.
 *
 * @type {Set<Chart>}
 */
export const charts = new Set();

/** @implements {ChartControl} */
export class Chart extends Camera {
  /**
   * `now()` is the present. The chart is never taller than `tallest()`. Its rows grow if they need less than `ample()`.
   *
   * @param {{
   *   settings: Preferences,
   *   on: ChartEvents,
   *   now: () => number,
   *   label: string,
   *   tallest: () => number,
   *   ample?: () => number,
   * }} options
   */
  constructor({ settings, on, now, label, tallest, ample }) {
    super();
    this.settings = settings;
    this.on = on;
    this.now = now;
    this.tallest = tallest;
    this.ample = ample;
    this.canvas = h("canvas", {
      class: "canvas",
      tabIndex: 0,
      role: "application",
      "aria-roledescription": "flame chart",
      "aria-label": label,
      "aria-describedby": "keys-hint",
    });
    this.minimap = new Minimap((move) => this.moveTo(move));
    this.holder = h("div", { class: "canvas-holder" }, this.canvas);
    this.element = h("div", { class: "chart" }, this.minimap.canvas, this.holder);
    this.ratio = 1;
    this.width = 0;
    /** @type {string | undefined} */
    this.selectedKey = undefined;
    /** @type {number | undefined} */
    this.selected = undefined;
    /** @type {Hit | undefined} */
    this.hover = undefined;
    /** @type {number | undefined} */
    this.line = undefined;
    /** @type {Range | undefined} */
    this.range = undefined;
    /** @type {Uint8Array | undefined} */
    this.marked = undefined;
    /** @type {Map<string, string>} */
    this.shifts = new Map();
    /** Whether the minimap's picture must be drawn again. */
    this.stale = true;
    /** The requested animation frame, 0 for none. */
    this.frame = 0;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.clock = undefined;
    /** How long the last frame took to draw, and when the first one was done, in milliseconds. */
    this.took = /** @type {number | undefined} */ (undefined);
    this.drawnFirst = /** @type {number | undefined} */ (undefined);
    this.closed = false;
    this.pointer = new ChartPointer(this);
    this.keys = new ChartKeys(this);
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.holder);
    this.endTheme = onThemeChange(() => this.repaint());
    charts.add(this);
  }

  /** Stops everything that the chart does by itself. */
  close() {
    charts.delete(this);
    this.watcher.disconnect();
    this.endTheme();
    this.pointer.close();
    clearInterval(this.clock);
    cancelAnimationFrame(this.frame);
    this.closed = true;
  }

  /**
   * Shows a journey. If it was shown before, the same part of it stays visible.
   *
   * @param {Journey} journey
   */
  show(journey) {
    const same = this.scene?.journey.id === journey.id;
    const kept = same && !this.view.fitted ? this.times() : undefined;
    const scene = sceneOf(journey, { ...this.settings, now: this.now() });
    this.scene = scene;
    this.lay(scene);
    this.view = new View(scene.length, this.view.width);
    if (kept) {
      const { timeline, origin } = scene;
      this.view.show(timeline.place(kept.from - origin), timeline.place(kept.to - origin), 0);
    }
    this.selected = this.selectedKey === undefined ? undefined : scene.positionOf(this.selectedKey);
    this.hover = undefined;
    this.mark(undefined);
    this.shifts = shiftsOf(journey, this.settings.times);
    this.measure();
    this.live(scene);
  }

  /**
   * Lets open spans grow with time.
   *
   * @param {Scene} scene
   */
  live(scene) {
    clearInterval(this.clock);
    if (!scene.live) return;
    this.clock = setInterval(
      () => {
        scene.advance(this.now());
        this.view.grow(scene.length);
        this.repaint();
      },
      reducedMotion() ? 5000 : 1000,
    );
  }

  /** @param {Preferences} settings */
  set(settings) {
    const rebuild = settings.times !== this.settings.times || settings.fold !== this.settings.fold;
    this.settings = settings;
    if (!this.scene) return;
    if (rebuild) this.show(this.scene.journey);
    else this.ask();
  }

  /**
   * Computes the heights of the rows. They depend on the room that there is.
   *
   * @param {Scene} scene
   */
  lay(scene) {
    this.geometry = new Geometry(scene, unit(), this.ample?.());
    return this.geometry;
  }

  /** Adapts the canvas to the room that the page gives it. */
  measure() {
    if (!this.scene || this.closed) return;
    const width = this.holder.clientWidth;
    if (!width) return;
    const { top, height } = this.lay(this.scene);
    this.height = Math.round(Math.max(120, Math.min(top + height + 6, this.tallest())));
    this.width = width;
    this.ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.canvas.style.height = `${this.height}px`;
    this.view.resize(width);
    this.scrollTo(this.scroll);
    this.minimap.resize(width, this.ratio);
    this.repaint();
  }

  /** Draws everything again, including the minimap's picture. */
  repaint() {
    this.stale = true;
    this.ask();
  }

  /**
   * Requests a frame.
   *
   * @override
   */
  ask() {
    if (this.frame || this.closed) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.closed) this.paint();
    });
  }

  paint() {
    const { scene, geometry, width } = this;
    if (!scene || !geometry || !width) return;
    const began = performance.now();
    const ctx = contextOf(this.canvas, { alpha: false });
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const colours = theme();
    draw(ctx, this.frameOf(scene, geometry));
    if (this.stale) this.minimap.paint(scene, this.view, colours);
    this.stale = false;
    this.minimap.draw(this.view, colours);
    this.took = performance.now() - began;
    this.drawnFirst ??= performance.now();
  }

  /**
   * @param {Scene} scene
   * @param {Geometry} geometry
   * @returns {Frame}
   */
  frameOf(scene, geometry) {
    const { view, scroll, width, height, settings, hover, selected, marked, line, range, shifts } = this;
    const frame = { scene, view, geometry, scroll, width, height, settings, theme: theme() };
    return { ...frame, hover, selected, marked, line, range, shifts };
  }

  /**
   * Selects the span at a position. `reveal` brings it into view.
   *
   * @param {number | undefined} p
   * @param {{ reveal?: boolean }} [options]
   */
  select(p, { reveal = true } = {}) {
    this.selected = p;
    this.selectedKey = p === undefined ? undefined : this.scene?.span(p).key;
    if (p !== undefined && reveal) this.revealSpan(p);
    this.on.selected?.(p);
    this.ask();
  }

  /**
   * Highlights the spans at these positions. Without positions, all spans look alike.
   *
   * @param {Iterable<number> | undefined} positions
   */
  mark(positions) {
    this.marked = undefined;
    if (positions && this.scene) {
      this.marked = new Uint8Array(this.scene.count);
      for (const p of positions) this.marked[p] = 1;
    }
    this.ask();
  }

  /**
   * What is under a point of the canvas.
   *
   * @param {number} x
   * @param {number} y
   */
  at(x, y) {
    const { scene, view, geometry, scroll } = this;
    return scene && geometry && hit(scene, view, geometry, scroll, x, y);
  }

  /**
   * The duration between two pixels, and how the customer's time between was spent, each on a line.
   *
   * @param {number} from
   * @param {number} to
   */
  measureText(from, to) {
    if (!this.scene) return "";
    const { timeline } = this.scene;
    const a = Math.round(timeline.time(this.view.place(Math.min(from, to))));
    const b = Math.round(timeline.time(this.view.place(Math.max(from, to))));
    const { journey, origin } = this.scene;
    const parts = journey.time ? partsBetween(journey.time, a + origin, b + origin) : [];
    const lines = parts.map((part) => `${timeName(part.kind)} ${exactDuration(part.duration_ms)}`);
    const rest = parts.reduce((left, part) => left - part.duration_ms, b - a);
    if (parts.length && rest > 0) lines.push(`Without the customer ${exactDuration(rest)}`);
    return [exactDuration(b - a), ...lines].join("\n");
  }
}

/** How many times larger than usual everything is drawn. It follows the page's font size. */
function unit() {
  return Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 14);
}

/**
 * For each platform, how its clock was corrected. It applies to platforms that are named like their source.
 *
 * @param {Journey} journey
 * @param {Preferences["times"]} times
 */
function shiftsOf(journey, times) {
  /** @type {Map<string, string>} */
  const shifts = new Map();
  if (times === "raw") return shifts;
  for (const { source, shift_ms: shift } of journey.clocks ?? []) {
    const text = duration(Math.abs(shift));
    shifts.set(source, `clock corrected: ${text} ${shift < 0 ? "earlier" : "later"} than reported`);
  }
  return shifts;
}
