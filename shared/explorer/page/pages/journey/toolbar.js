// @ts-check
// The line above the chart: timeline or table, finding spans, how times are shown, and zoom.

import { localZone } from "../../lib/clock-time.js";
import { fill, h } from "../../lib/dom.js";
import { prefer, preferences } from "../../lib/preferences.js";
import { count } from "../../lib/format.js";

/** @import { Span } from "../../client/types.js" */
/** @import { Preferences } from "../../lib/preferences.js" */
/** @import { JourneyView } from "./contract.js" */

export class Toolbar {
  /** @param {JourneyView} page */
  constructor(page) {
    this.page = page;
    /** The positions of the spans that match the search. */
    /** @type {number[] | undefined} */
    this.matches = undefined;
    this.at = -1;
    this.input = h("input", {
      type: "search",
      id: "find",
      placeholder: "Find in this journey",
      "aria-label": "Find a span by its name, type, reason or attributes",
      oninput: () => this.find(),
      onkeydown: (event) => this.key(event),
    });
    this.found = h("span", { class: "found quiet", role: "status" });
    this.menu = h("div", { class: "menu", role: "menu", "aria-label": "View" });
    this.viewMenu = viewMenu(this.menu);
    this.views = h("span", { class: "segmented", role: "group", "aria-label": "View" });
    this.zooms = h("span", { class: "zooms" });
    this.element = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Timeline tools" },
      this.views,
      h("span", { class: "find" }, this.input, this.found),
      this.viewMenu,
      this.zooms,
    );
    this.draw();
  }

  draw() {
    const { page } = this;
    const settings = preferences();
    /** @type {(shown: boolean, text: string) => Node} */
    const view = (shown, text) =>
      h(
        "button",
        { type: "button", "aria-pressed": String(page.tableShown === shown), onclick: () => page.toggleTable(shown) },
        text,
      );
    fill(this.views, view(false, "Timeline"), view(true, "Table"));
    const zone = localZone();
    const corrected = page.journey?.clocks?.length || page.journey?.spans?.some((span) => span.raw);
    const folded = page.chart.scene?.timeline.folds.length || !settings.fold;
    const here = String(zone.split("/").at(-1)).replaceAll("_", " ");
    fill(
      this.menu,
      choices("mode", "Times", [
        ["clock", "Times of day"],
        ["relative", "Since the journey's start"],
      ]),
      choices("zone", "Zone", [
        ["local", here],
        ["utc", "UTC"],
      ]),
      corrected &&
        choices("times", "Clocks", [
          ["corrected", "Corrected"],
          ["raw", "As reported"],
        ]),
      folded &&
        choices("fold", "Idle time", [
          [true, "Folded"],
          [false, "At full length"],
        ]),
    );
    /** @type {(id: string, text: string, label: string, act: () => unknown) => Node} */
    const zoom = (id, text, label, act) =>
      h("button", { type: "button", id, class: "plain", "aria-label": label, title: label, onclick: act }, text);
    fill(
      this.zooms,
      !page.tableShown && [
        zoom("zoom-out", "−", "Zoom out", () => page.chart.zoom(1 / 1.6)),
        zoom("zoom-in", "+", "Zoom in", () => page.chart.zoom(1.6)),
        zoom("fit", "Fit", "Show the whole journey", () => page.chart.fit()),
      ],
    );
  }

  /** Highlights the spans that contain the text in the input. */
  find() {
    const { chart, journey } = this.page;
    const { scene } = chart;
    const text = this.input.value.trim().toLowerCase();
    if (!text || !scene || !journey) {
      if (this.matches) chart.mark(undefined);
      this.matches = undefined;
      fill(this.found);
      return;
    }
    /** @type {number[]} */
    const matches = [];
    journey.spans.forEach((span, i) => {
      if (textOf(span).includes(text)) matches.push(scene.position[i]);
    });
    matches.sort((a, b) => scene.start[a] - scene.start[b]);
    this.matches = matches;
    this.at = -1;
    chart.mark(matches);
    fill(this.found, matches.length ? count(matches.length, "span") : "none");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape") {
      this.input.value = "";
      this.find();
    }
    if (event.key !== "Enter" || !this.matches?.length) return;
    event.preventDefault();
    const by = event.shiftKey ? -1 : 1;
    this.at = (this.at + by + this.matches.length) % this.matches.length;
    this.page.chart.select(this.matches[this.at]);
    fill(this.found, `${this.at + 1} of ${this.matches.length}`);
  }
}

/** @param {Node} menu */
function viewMenu(menu) {
  const summary = h("summary", { id: "view" }, "View");
  const details = h("details", { class: "export" }, summary, menu);
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    details.open = false;
    summary.focus();
  });
  details.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !details.contains(relatedTarget)) details.open = false;
  });
  return details;
}

/**
 * The values of a preference. A mark shows the one that holds.
 *
 * @template {keyof Preferences} N
 * @param {N} name
 * @param {string} label
 * @param {[Preferences[N], string][]} values
 */
function choices(name, label, values) {
  const held = preferences()[name];
  return h(
    "div",
    { class: "menu-group", role: "group", "aria-label": label },
    h("span", { class: "quiet", "aria-hidden": "true" }, label),
    values.map(([value, text]) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitemradio",
          id: `${name}-${value}`,
          "aria-checked": String(held === value),
          onclick: () => {
            prefer({ [name]: value });
            document.getElementById(`${name}-${value}`)?.focus();
          },
        },
        text,
      ),
    ),
  );
}

/** @param {Span} span */
function textOf(span) {
  const attributes = Object.entries(span.attributes ?? {}).map(([name, value]) => `${name}=${value}`);
  const events = (span.events ?? []).map((event) => event.name);
  return [span.name, span.type, span.platform, span.reason, span.status, span.key, ...attributes, ...events]
    .join("\n")
    .toLowerCase();
}
