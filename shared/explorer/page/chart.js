// The flame chart of one journey: a canvas, its minimap and what a pointer or the keys do with them. What was drawn can
// be read back with `drawn`.

import { draw } from "./draw.js";
import { h } from "./dom.js";
import { exactDuration } from "./format.js";
import { Geometry, eachVisible, hit } from "./geometry.js";
import { Gestures } from "./gestures.js";
import { Minimap } from "./minimap.js";
import { sceneOf } from "./scene.js";
import { onThemeChange, stillness, theme } from "./theme.js";
import { View } from "./view.js";

/** The charts on the page. */
export const charts = new Set();

/**
 * What the charts on the page show, as they drew it last: places of spans and ticks in pixels, and which part of time.
 * For tests of truth.
 */
export function drawn() {
  return [...charts].map((chart) => chart.readBack());
}

export class Chart {
  /**
   * `on` has `selected(p)`, `hovered(found, x, y)` and `viewed()`; `settings` are `{mode, zone, times, fold}`; `now()`
   * is the present. It is never taller than `tallest()`, and its rows grow if they need less than `ample()`.
   */
  constructor({ settings, on, now, label, tallest, ample }) {
    Object.assign(this, { settings, on, now, tallest, ample });
    this.canvas = h("canvas", {
      class: "canvas",
      tabIndex: 0,
      role: "application",
      "aria-roledescription": "flame chart",
      "aria-label": label,
      "aria-describedby": "keys-hint",
    });
    this.minimap = new Minimap((to) => this.moveTo(to));
    this.holder = h("div", { class: "canvas-holder" }, this.canvas);
    this.element = h("div", { class: "chart" }, this.minimap.canvas, this.holder);
    this.scroll = 0;
    this.ratio = 1;
    this.gestures = new Gestures(this);
    this.watcher = new ResizeObserver(() => this.measure());
    this.watcher.observe(this.holder);
    this.endTheme = onThemeChange(() => this.repaint());
    charts.add(this);
  }

  /** Ends it: nothing of it goes on. */
  close() {
    charts.delete(this);
    this.watcher.disconnect();
    this.endTheme();
    this.gestures.close();
    clearInterval(this.clock);
    cancelAnimationFrame(this.frame);
    this.closed = true;
  }

  /** Shows a journey; what was seen of it before stays in view. */
  show(journey) {
    const before = this.scene;
    const same = before && before.journey.id === journey.id;
    const kept = same && this.view && !this.view.fitted ? this.times() : undefined;
    const chosen = this.selectedKey;
    this.scene = sceneOf(journey, { ...this.settings, now: this.now() });
    this.lay();
    this.view = new View(this.scene.length, this.view?.width ?? 800);
    if (kept) {
      const { timeline, origin } = this.scene;
      this.view.show(timeline.place(kept.from - origin), timeline.place(kept.to - origin), 0);
    }
    this.selected = chosen === undefined ? undefined : this.scene.positionOf(chosen);
    this.hover = undefined;
    this.mark(undefined);
    this.shifts = shiftsOf(journey, this.settings.times);
    this.measure();
    this.live();
  }

  /** The visible times, in milliseconds since 1970. */
  times() {
    const { timeline, origin } = this.scene;
    return { from: timeline.time(this.view.from) + origin, to: timeline.time(this.view.to) + origin };
  }

  /** Lets open spans grow while there are any. */
  live() {
    clearInterval(this.clock);
    if (!this.scene.live) return;
    this.clock = setInterval(
      () => {
        this.scene.advance(this.now());
        this.view.grow(this.scene.length);
        this.repaint();
      },
      stillness() ? 5000 : 1000,
    );
  }

  /** Takes new settings. */
  set(settings) {
    const scene = settings.times !== this.settings.times || settings.fold !== this.settings.fold;
    this.settings = settings;
    if (!this.scene) return;
    if (scene) this.show(this.scene.journey);
    else this.ask();
  }

  /** Lays the rows out anew: they depend on how much room there is. */
  lay() {
    this.geometry = new Geometry(this.scene, unit(), this.ample?.());
  }

  measure() {
    if (!this.scene || this.closed) return;
    const width = this.holder.clientWidth;
    if (!width) return;
    this.lay();
    const wanted = this.geometry.top + this.geometry.height + 6;
    const most = this.tallest?.() ?? 560;
    this.height = Math.round(Math.max(120, Math.min(wanted, most)));
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

  /** Draws everything anew, the minimap's picture too. */
  repaint() {
    this.stale = true;
    this.ask();
  }

  /** Asks for a frame. */
  ask() {
    if (this.frame || this.closed) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      if (!this.closed) this.paint();
    });
  }

  paint() {
    if (!this.scene || !this.width) return;
    const began = performance.now();
    const ctx = this.canvas.getContext("2d", { alpha: false });
    ctx.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    const colours = theme();
    draw(ctx, { ...this.state(), theme: colours });
    if (this.stale) this.minimap.paint(this.scene, this.view, colours);
    this.stale = false;
    this.minimap.draw(this.scene, this.view, colours);
    this.took = performance.now() - began;
    this.drawnFirst ??= performance.now();
    this.on.viewed?.(this);
  }

  state() {
    const { scene, view, geometry, scroll, width, height, settings, hover, selected, marked, line, range, shifts } =
      this;
    return { scene, view, geometry, scroll, width, height, settings, hover, selected, marked, line, range, shifts };
  }

  /** Zooms around a pixel. */
  zoom(factor, x) {
    this.halt();
    this.view.zoom(factor, x);
    this.ask();
  }

  pan(dx, dy = 0) {
    this.halt();
    this.view.pan(dx);
    if (dy) this.scrollTo(this.scroll + dy);
    this.ask();
  }

  fit() {
    const { length, margin } = this.view;
    this.glide(-margin, length + margin);
  }

  /** Shows a stretch of places. */
  showPlaces(from, to, room = 0.1) {
    const target = new View(this.view.length, this.view.width);
    target.show(from, to, room);
    this.glide(target.from, target.to);
  }

  /** Goes to a stretch: at once, or in a few frames so that the eye can follow. */
  glide(from, to) {
    this.halt();
    const start = { from: this.view.from, to: this.view.to };
    const began = performance.now();
    const long = stillness() ? 0 : 180;
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

  halt() {
    cancelAnimationFrame(this.gliding);
    this.gliding = 0;
  }

  moveTo({ from, show }) {
    this.halt();
    if (show) this.view.show(show[0], show[1], 0);
    else {
      this.view.from = from;
      this.view.clamp();
    }
    this.ask();
  }

  scrollTo(y) {
    const most = Math.max(0, this.geometry.height - (this.height - this.geometry.top));
    this.scroll = Math.min(most, Math.max(0, y));
    this.ask();
  }

  /** Chooses a span by its position; `reveal` brings it into view. */
  select(p, { reveal = true, tell = true } = {}) {
    this.selected = p;
    this.selectedKey = p === undefined ? undefined : this.scene.span(p).key;
    if (p !== undefined && reveal) this.revealSpan(p);
    if (tell) this.on.selected?.(p);
    this.ask();
  }

  revealSpan(p) {
    const { scene, geometry, view } = this;
    const visible = scene.from[p] < view.to && scene.reach(p) > view.from;
    if (!visible) view.reveal(scene.from[p], Math.min(scene.reach(p), scene.from[p] + (view.to - view.from) / 2));
    const y = geometry.rowTop[scene.row[p]];
    const room = this.height - geometry.top;
    if (y < this.scroll) this.scrollTo(y - 24);
    else if (y + 24 > this.scroll + room) this.scrollTo(y + 30 - room);
  }

  /** Zooms so that a span fills most of the width. */
  zoomTo(p) {
    const { scene } = this;
    this.revealSpan(p);
    this.showPlaces(scene.from[p], Math.max(scene.reach(p), scene.from[p] + 1), 0.4);
  }

  /** Lets the spans of `positions` stand out; none for all alike. */
  mark(positions) {
    this.marked = undefined;
    if (positions) {
      this.marked = new Uint8Array(this.scene.count);
      for (const p of positions) this.marked[p] = 1;
    }
    this.ask();
  }

  /** What is under a point of the canvas. */
  at(x, y) {
    return this.scene && hit(this.scene, this.view, this.geometry, this.scroll, x, y);
  }

  /** The text of a stretch that is measured. */
  measureText(from, to) {
    const { timeline } = this.scene;
    const a = timeline.time(this.view.place(Math.min(from, to)));
    const b = timeline.time(this.view.place(Math.max(from, to)));
    return exactDuration(Math.round(b) - Math.round(a));
  }

  readBack() {
    const { scene, view, geometry, scroll, width, height } = this;
    if (!scene || !width) return { journey: scene?.journey.id, spans: [] };
    const spans = [];
    eachVisible(scene, view, geometry, scroll, height, (p, x, w, y, alone) => {
      spans.push({ key: scene.span(p).key, x, y, width: w, alone, row: scene.row[p] });
    });
    const ticks = [];
    for (let t = 0; t < scene.ticks.at.length; t++) {
      const x = view.x(scene.ticks.at[t]);
      const y = geometry.top + geometry.rowTop[scene.row[scene.ticks.p[t]]] - scroll;
      if (x >= 0 && x <= width) ticks.push({ span: scene.span(scene.ticks.p[t]).key, nth: scene.ticks.nth[t], x, y });
    }
    const strip = ({ start, end, index }) => ({
      index,
      x: view.x(scene.timeline.place(start)),
      to: view.x(end === Infinity ? scene.length : scene.timeline.place(end)),
    });
    return {
      journey: scene.journey.id,
      origin: scene.origin,
      scale: view.scale,
      from: view.from,
      width,
      height,
      scroll,
      top: geometry.top,
      gapsTop: geometry.gapsTop,
      legsTop: geometry.legsTop,
      spans,
      ticks,
      gaps: scene.gaps.map(strip),
      legs: scene.legs.map(strip),
      folds: scene.timeline.folds.map((f) => ({ ...f, x: view.x(f.place), to: view.x(f.place + f.width) })),
      selected: this.selectedKey,
      marked: this.marked ? this.marked.reduce((sum, each) => sum + each, 0) : undefined,
      moving: Boolean(this.frame || this.gliding),
      took: this.took,
      drawnFirst: this.drawnFirst,
    };
  }
}

/** How much larger than usual everything is to be: as the text of the page is. */
function unit() {
  return Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 14);
}

/** For each lane, by how much its clock was moved: where a platform is named like its source. */
function shiftsOf(journey, times) {
  const shifts = new Map();
  if (times === "raw") return shifts;
  for (const { source, shift_ms: shift } of journey.clocks ?? []) {
    shifts.set(source, `clock moved ${shift < 0 ? "back" : "on"} ${exactDuration(Math.abs(shift))}`);
  }
  return shifts;
}
