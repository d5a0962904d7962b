// The line above the chart: the view, finding a span, how times are shown, and zoom.

import { fill, h } from "./dom.js";
import { count, localZone } from "./format.js";
import { prefer, preferences } from "./prefs.js";

export class Toolbar {
  constructor(page) {
    this.page = page;
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
    const view = (shown, text) =>
      h(
        "button",
        { type: "button", "aria-pressed": String(page.tableShown === shown), onclick: () => page.toggleTable(shown) },
        text,
      );
    fill(this.views, view(false, "Timeline"), view(true, "Table"));
    const choice = (id, name, values, label, title) => {
      const next = values[(values.indexOf(settings[name]) + 1) % values.length];
      return h("button", { type: "button", id, class: "plain", title, onclick: () => prefer({ [name]: next }) }, label);
    };
    const hasRaw = page.journey?.clocks?.length || page.journey?.spans?.some((span) => span.raw);
    fill(
      this.choices,
      choice(
        "mode",
        "mode",
        ["clock", "relative"],
        settings.mode === "clock" ? "Clock time" : "Since start",
        "Show times of day, or time since the journey's start",
      ),
      choice(
        "zone",
        "zone",
        ["local", "utc"],
        settings.zone === "utc" ? "UTC" : localZone().split("/").at(-1).replaceAll("_", " "),
        `Times in UTC or in ${localZone()}`,
      ),
      hasRaw &&
        choice(
          "times",
          "times",
          ["corrected", "raw"],
          settings.times === "raw" ? "As reported" : "Corrected",
          "Times with the clocks' differences corrected, or as the sources reported them",
        ),
      page.chart?.scene?.timeline.folds.length || !settings.fold
        ? choice(
            "fold",
            "fold",
            [true, false],
            settings.fold ? "Idle folded" : "Idle shown",
            "Fold long times in which nothing is known, or show them at length",
          )
        : undefined,
    );
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

  /** Marks what fits the text that is looked for. */
  find() {
    const { chart, journey } = this.page;
    const text = this.input.value.trim().toLowerCase();
    if (!text) {
      if (this.matches) chart.mark(undefined);
      this.matches = undefined;
      fill(this.found);
      return;
    }
    const { scene } = chart;
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

function textOf(span) {
  const attributes = Object.entries(span.attributes ?? {}).map(([name, value]) => `${name}=${value}`);
  const events = (span.events ?? []).map((event) => event.name);
  return [span.name, span.type, span.platform, span.reason, span.status, span.key, ...attributes, ...events]
    .join("\n")
    .toLowerCase();
}
