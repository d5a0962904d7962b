// @ts-check
// A loaded journey: holds its head, chart, table, toolbar and details together, and writes the selection to the address.

import { Chart } from "../../chart/chart.js";
import { HoverCard } from "../../chart/hover-card.js";
import { legend } from "../../chart/legend.js";
import { millis } from "../../lib/clock-time.js";
import { fill, h } from "../../lib/dom.js";
import { onPreference, prefer, preferences } from "../../lib/preferences.js";
import { onThemeChange } from "../../lib/theme.js";
import { lengthOf } from "../../parts/journey-length.js";
import { neighbourOf } from "../listed.js";
import { Details } from "./details.js";
import { header } from "./header.js";
import { SpanTable } from "./span-table.js";
import { Toolbar } from "./toolbar.js";

/** @import { DecisionAct, Evidence, Journey } from "../../client/types.js" */
/** @import { DrawnType } from "../../lib/span-types.js" */
/** @import { Preferences } from "../../lib/preferences.js" */
/** @import { Picked } from "../picked.js" */
/** @import { JourneyView } from "./contract.js" */

/** Milliseconds between two changes of the address. Browsers limit how often it may change. */
const ADDRESS_PAUSE = 300;

/** The most characters of a summary in the page's title. */
const MAX_TITLE = 60;

const KEYS =
  "Ctrl + wheel zooms, drag moves, Shift+drag measures. Keys: ← → ↑ ↓ step through spans, + − 0 zoom, Enter zooms to the span, " +
  "? shows all keys.";

/** @implements {JourneyView} */
export class JourneyViewer {
  /**
   * Fills `element`. `wanted` is what the address selects.
   *
   * @param {HTMLElement} element
   * @param {Journey} journey
   * @param {{
   *   picked: Picked,
   *   wanted: { span?: string, table: boolean },
   *   address: string,
   *   evidence: () => Promise<Evidence>,
   *   decided: (act: DecisionAct) => unknown,
   * }} options
   */
  constructor(element, journey, { picked, wanted, address, evidence, decided }) {
    this.journey = journey;
    this.picked = picked;
    this.tableShown = wanted.table;
    /** The address of this view. When another one stands there, the reader is leaving. */
    this.address = address;
    /** When the address was written, and the timer of the next time. */
    this.addressWritten = -ADDRESS_PAUSE;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.addressTimer = undefined;
    this.hover = new HoverCard();
    this.chart = new Chart({
      settings: preferences(),
      now: () => Date.now(),
      label: "Flame chart of the journey. Arrow keys step through spans, Enter zooms to one, plus and minus zoom.",
      tallest: () => Math.max(240, Math.min(innerHeight * 0.62, innerHeight - 250)),
      ample: () => innerHeight * 0.5,
      on: {
        selected: (p) => this.selected(p),
        hovered: (found, x = 0, y = 0) => this.hover.show(this.chart, found, x, y, preferences()),
        unfold: () => prefer({ fold: false }),
      },
    });
    this.table = new SpanTable((key) => this.choose(key));
    this.details = new Details({
      chosen: (key) => this.choose(key),
      highlighted: (keys) => this.highlight(keys),
      evidence,
      decided,
    });
    this.toolbar = new Toolbar(this);
    this.head = h("div", { class: "journey-head" });
    this.legend = h("div", { class: "legend-holder" });
    this.stage = h("section", { class: "stage", "aria-label": "Timeline" });
    const ticking = setInterval(() => this.tick(), 1000);
    this.endings = [
      () => clearInterval(ticking),
      onPreference((settings) => this.onSettings(settings)),
      onThemeChange(() => this.drawTexts()),
    ];
    fill(
      element,
      this.head,
      h("div", { class: "split" }, h("div", { class: "left" }, this.toolbar.element, this.stage), this.details.element),
      this.hover.element,
    );
    this.show(journey);
    this.showView();
    if (wanted.span) this.choose(wanted.span);
  }

  close() {
    clearTimeout(this.addressTimer);
    this.chart.close();
    this.hover.close();
    for (const end of this.endings) end();
  }

  /** @param {Journey} journey */
  show(journey) {
    this.journey = journey;
    document.title = `${journey.summary?.slice(0, MAX_TITLE) || "Journey"} · Cxtrace`;
    this.chart.show(journey);
    if (this.tableShown) this.table.show(journey, preferences(), this.chart.selectedKey);
    this.toolbar.find();
    this.details.show(journey, this.chart, preferences());
    this.drawTexts();
  }

  drawTexts() {
    fill(this.head, header(this, this.journey, preferences().zone));
    const { scene } = this.chart;
    if (scene)
      fill(
        this.legend,
        legend(scene, (type) => this.highlightType(type)),
      );
  }

  /** Lets the length of an open journey grow. */
  tick() {
    const length = !this.journey.ended_at && this.head.querySelector(".facts strong");
    if (length) length.textContent = lengthOf(this.journey, Date.now());
  }

  /** @param {Preferences} settings */
  onSettings(settings) {
    this.chart.set(settings);
    this.toolbar.draw();
    if (this.tableShown) this.table.show(this.journey, settings, this.chart.selectedKey);
    this.details.show(this.journey, this.chart, settings);
    this.drawTexts();
  }

  /** Shows the chart or the table. */
  showView() {
    if (this.tableShown) {
      this.table.show(this.journey, preferences(), this.chart.selectedKey);
      fill(this.stage, this.table.element);
    } else {
      fill(this.stage, this.chart.element, this.legend, h("p", { class: "keys quiet", id: "keys-hint" }, KEYS));
      this.chart.measure();
    }
    this.stage.setAttribute("aria-label", this.tableShown ? "Table" : "Timeline");
    this.toolbar.draw();
    this.writeAddressSoon();
  }

  toggleTable(shown = !this.tableShown) {
    this.tableShown = shown;
    this.showView();
  }

  /**
   * Selects a span by its key and brings it into view.
   *
   * @param {string} key
   */
  choose(key) {
    const p = this.chart.scene?.positionOf(key);
    if (p !== undefined) this.chart.select(p);
  }

  /** @param {number | undefined} p */
  selected(p) {
    const key = p === undefined ? undefined : this.chart.scene?.span(p).key;
    this.details.select(key);
    if (this.tableShown) this.table.select(key);
    this.writeAddressSoon();
  }

  /**
   * Highlights spans and brings them into view.
   *
   * @param {string[]} keys
   */
  highlight(keys) {
    const { scene } = this.chart;
    if (!keys.length || !scene) return this.chart.mark(undefined);
    const positions = keys.map((key) => scene.positionOf(key)).filter((p) => p !== undefined);
    if (!positions.length) return undefined;
    if (this.tableShown) this.toggleTable(false);
    this.chart.mark(positions);
    const from = Math.min(...positions.map((p) => scene.from[p]));
    const to = Math.max(...positions.map((p) => scene.reach(p)));
    this.chart.showPlaces(from, to, 0.5);
    return this.chart.select(positions[0]);
  }

  /** @param {DrawnType | undefined} type */
  highlightType(type) {
    const { scene } = this.chart;
    this.chart.mark(type && scene?.positionsWhere((p) => scene.span(p).type === type));
  }

  /** Writes the selection to the address, at once or after a pause. */
  writeAddressSoon() {
    clearTimeout(this.addressTimer);
    const wait = ADDRESS_PAUSE - (performance.now() - this.addressWritten);
    if (wait <= 0) this.writeAddress();
    else this.addressTimer = setTimeout(() => this.writeAddress(), wait);
  }

  writeAddress() {
    if (location.hash !== this.address) return;
    this.addressWritten = performance.now();
    const parameters = new URLSearchParams();
    if (this.chart.selectedKey) parameters.set("span", this.chart.selectedKey);
    if (this.tableShown) parameters.set("view", "table");
    const text = parameters.toString();
    history.replaceState(null, "", `#/j/${this.journey.id}${text ? `?${text}` : ""}`);
    this.address = location.hash;
  }

  /** @param {number} by */
  neighbour(by) {
    return neighbourOf(this.journey.id, by);
  }

  /** @param {number} by */
  go(by) {
    const id = this.neighbour(by);
    if (id) location.hash = `#/j/${id}${this.tableShown ? "?view=table" : ""}`;
  }

  /** Until when the journey may still change. `undefined` for a settled one. */
  arriving() {
    const { status, settles_at: settles } = this.journey;
    return status === "live" || status === "provisional" ? millis(settles) : undefined;
  }
}
