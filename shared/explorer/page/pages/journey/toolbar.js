// @ts-check
// The line above the chart: timeline or table, finding spans, how times are shown, and zoom.

import { localZone } from "../../lib/clock-time.js";
import { fill, h } from "../../lib/dom.js";
import { preferNext, preferences } from "../../lib/preferences.js";
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
    this.choices = h("span", { class: "choices" });
    this.views = h("span", { class: "segmented", role: "group", "aria-label": "View" });
    this.zooms = h("span", { class: "zooms" });
    this.element = h(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Timeline tools" },
      this.views,
      h("span", { class: "find" }, this.input, this.found),
      this.choices,
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
    /** @type {(name: keyof Preferences, label: string, title: string) => Node} */
    const choice = (name, label, title) =>
      h("button", { type: "button", id: name, class: "plain", title, onclick: () => preferNext(name) }, label);
    const zone = localZone();
    const corrected = page.journey?.clocks?.length || page.journey?.spans?.some((span) => span.raw);
    const folded = page.chart.scene?.timeline.folds.length || !settings.fold;
    fill(
      this.choices,
      choice(
        "mode",
        settings.mode === "clock" ? "Clock time" : "Since start",
        "Switch between times of day and times since the journey's start",
      ),
      choice(
        "zone",
        settings.zone === "utc" ? "UTC" : String(zone.split("/").at(-1)).replaceAll("_", " "),
        `Switch between UTC and ${zone}`,
      ),
      corrected &&
        choice(
          "times",
          settings.times === "raw" ? "As reported" : "Corrected",
          "Switch between times with corrected clocks and times as the sources reported them",
        ),
      folded &&
        choice(
          "fold",
          settings.fold ? "Idle folded" : "Idle shown",
          "Fold long times without activity, or show them at full length",
        ),
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

/** @param {Span} span */
function textOf(span) {
  const attributes = Object.entries(span.attributes ?? {}).map(([name, value]) => `${name}=${value}`);
  const events = (span.events ?? []).map((event) => event.name);
  return [span.name, span.type, span.platform, span.reason, span.status, span.key, ...attributes, ...events]
    .join("\n")
    .toLowerCase();
}
