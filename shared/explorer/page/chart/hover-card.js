// @ts-check
// The card beside the pointer: what lies under it, to the millisecond.

import { clock, date, millis, shortDate } from "../lib/clock-time.js";
import { fill, foreign, h } from "../lib/dom.js";
import { duration, exactDuration, relative } from "../lib/duration.js";
import { typeName } from "../lib/span-types.js";
import { ESTIMATED, LOST } from "./spans.js";
import { words } from "../lib/format.js";

/** @import { Children } from "../lib/children.js" */
/** @import { Preferences } from "../lib/preferences.js" */
/** @import { Hit } from "./hit.js" */
/** @import { Scene } from "./scene.js" */

export class HoverCard {
  constructor() {
    this.element = h("div", { class: "hover-card", role: "tooltip", hidden: true });
  }

  close() {
    this.element.remove();
  }

  /**
   * Shows what the pointer has found at the pixel `x`, `y` of the chart, or hides the card when it found nothing.
   *
   * @param {{ canvas: HTMLCanvasElement, scene?: Scene }} chart
   * @param {Hit | undefined} found
   * @param {number} x
   * @param {number} y
   * @param {Preferences} settings
   */
  show(chart, found, x, y, settings) {
    this.element.hidden = !found;
    if (!found || !chart.scene) return;
    fill(this.element, this.content(chart.scene, found, settings));
    const box = chart.canvas.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = box.left + x + 16 + width > innerWidth ? box.left + x - width - 12 : box.left + x + 16;
    const top = box.top + y + 18 + height > innerHeight ? box.top + y - height - 10 : box.top + y + 18;
    this.element.style.left = `${Math.max(4, left)}px`;
    this.element.style.top = `${Math.max(4, top)}px`;
  }

  /**
   * @param {Scene} scene
   * @param {Hit} found
   * @param {Preferences} settings
   * @returns {Children[]}
   */
  content(scene, found, settings) {
    /** @type {(t: number) => string} */
    const at = (t) => time(scene, t, settings);
    switch (found.kind) {
      case "span":
        return spanLines(scene, found.p, at);
      case "tick": {
        const event = scene.span(found.p).events[scene.ticks.nth[found.tick]];
        return [
          h("strong", {}, foreign(event.name)),
          h("p", { class: "quiet" }, "event on ", foreign(scene.span(found.p).name)),
          h("p", {}, at(scene.ticks.time[found.tick])),
        ];
      }
      case "leg": {
        const { item, start, end } = found.leg;
        return [
          h("strong", {}, `Leg ${item.number}: `, foreign(item.platform)),
          h("p", {}, at(start)),
          h("p", {}, end === Infinity ? "still open" : exactDuration(end - start)),
        ];
      }
      case "gap": {
        const { item, start, end } = found.gap;
        return [
          h("strong", {}, `Gap: ${words(item.class)}`),
          h("p", {}, foreign(item.reason)),
          h("p", {}, `${exactDuration(end - start)} from ${at(start)}`),
        ];
      }
      default: {
        const { start, end } = found.fold;
        return [
          h("strong", {}, `Idle for ${duration(end - start)}`),
          h("p", {}, "No source reported any activity in this time, so it is folded. Click to unfold it."),
        ];
      }
    }
  }
}

/**
 * @param {Scene} scene
 * @param {number} p
 * @param {(t: number) => string} at
 */
function spanLines(scene, p, at) {
  const span = scene.span(p);
  const open = scene.end[p] === Infinity;
  const lost = (scene.state[p] & LOST) !== 0;
  const long = (open ? scene.now : scene.end[p]) - scene.start[p];
  const flags = (span.flags ?? []).filter((flag) => flag !== "end_lost" && flag !== "estimated_position");
  const moved = span.raw ? (millis(span.started_at) ?? 0) - (millis(span.raw.started_at) ?? 0) : 0;
  return [
    h("strong", {}, foreign(span.name || words(span.type))),
    h("p", { class: "quiet" }, typeName(span.type), " on ", foreign(span.platform)),
    h("p", { class: "figures" }, open ? `${exactDuration(Math.max(0, long))} so far` : `${lost ? "at most " : ""}${exactDuration(long)}`),
    h("p", {}, at(scene.start[p]), open ? ", still open" : lost ? ", end not reported" : [" to ", at(scene.end[p])]),
    scene.state[p] & ESTIMATED ? h("p", { class: "quiet" }, "About here: its length is known, its position is estimated.") : undefined,
    span.status &&
      h("p", { class: `outcome ${span.status}` }, words(span.status), span.reason ? [": ", foreign(span.reason)] : ""),
    !span.status && span.reason && h("p", {}, foreign(span.reason)),
    flags.length > 0 && h("p", { class: "outcome error" }, `⚠ ${flags.map(words).join(", ")}`),
    moved !== 0 &&
      h(
        "p",
        { class: "quiet" },
        `clock corrected: ${exactDuration(Math.abs(moved))} ${moved > 0 ? "later" : "earlier"} than reported`,
      ),
  ];
}

/**
 * @param {Scene} scene
 * @param {number} t
 * @param {Preferences} preferences
 */
function time(scene, t, { mode, zone }) {
  const at = Math.round(t) + scene.origin;
  if (mode === "relative") return relative(Math.round(t));
  const day = date(at, zone) === date(scene.origin, zone) ? "" : `${shortDate(at, zone)} `;
  return day + clock(at, zone);
}
