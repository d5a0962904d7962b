// Two journeys side by side: what they have in common in length is drawn to one scale if wished, and a table says where
// they differ.

import { getJourney } from "./api.js";
import { Chart } from "./chart.js";
import { fill, foreign, h } from "./dom.js";
import { duration, title } from "./format.js";
import { HoverCard } from "./hover.js";
import { byWorst, insightChip, lengthOf, platformPath, statusPill } from "./pieces.js";
import { onPreference, prefer, preferences } from "./prefs.js";
import { failed, loading } from "./states.js";

/** What somebody put aside to compare: at most two journeys. */
export class Picked {
  constructor() {
    this.held = new Map();
    this.listeners = new Set();
  }

  toggle({ id, summary }) {
    if (this.held.has(id)) this.held.delete(id);
    else {
      if (this.held.size === 2) this.held.delete([...this.held.keys()][0]);
      this.held.set(id, summary);
    }
    for (const listener of this.listeners) listener();
    if (this.held.size === 2 && location.hash.startsWith("#/j/")) this.open();
  }

  open() {
    location.hash = `#/compare/${[...this.held.keys()].join("/")}`;
  }

  clear() {
    this.held.clear();
    for (const listener of this.listeners) listener();
  }

  /** A box beside a row of the list. */
  box(row) {
    return h(
      "label",
      { class: "pick", title: "Put aside to compare" },
      h("input", {
        type: "checkbox",
        checked: this.held.has(row.id),
        "aria-label": "Compare this journey",
        data: { pick: row.id },
        onchange: () => this.toggle(row),
      }),
    );
  }

  /** What is put aside, above the list. */
  bar() {
    const element = h("div", { class: "picked" });
    const drawBar = () => {
      for (const box of document.querySelectorAll("input[data-pick]")) box.checked = this.held.has(box.dataset.pick);
      if (!this.held.size) fill(element);
      else if (this.held.size === 1)
        fill(
          element,
          h("span", {}, "One journey put aside. Choose another to compare it with. "),
          h("button", { type: "button", class: "plain", onclick: () => this.clear() }, "Put back"),
        );
      else
        fill(
          element,
          h(
            "button",
            { type: "button", class: "primary", id: "compare", onclick: () => this.open() },
            "Compare the two",
          ),
          h("button", { type: "button", class: "plain", onclick: () => this.clear() }, "Put back"),
        );
    };
    this.listeners.clear();
    this.listeners.add(drawBar);
    drawBar();
    return element;
  }

  /** The button on a journey's page. */
  button(journey) {
    const held = this.held.has(journey.id);
    const other = [...this.held.keys()].find((id) => id !== journey.id);
    const act = (event) => {
      this.toggle(journey);
      if (event.target.isConnected) event.target.textContent = this.held.has(journey.id) ? "Put aside ✓" : "Compare…";
      if (!other && this.held.has(journey.id)) location.hash = "#/";
    };
    return h(
      "button",
      {
        type: "button",
        class: "plain",
        id: "pick",
        title: "Choose two journeys to see them side by side",
        onclick: act,
      },
      held ? "Put aside ✓" : other ? "Compare with the one put aside" : "Compare…",
    );
  }
}

export class ComparePage {
  constructor(ids) {
    this.ids = ids;
    this.charts = [];
    this.element = h("main", { class: "compare-page", id: "main", tabIndex: -1 }, loading("journey", "The journeys"));
    this.round = new AbortController();
    /** Times since the start compare best, whatever the reader prefers elsewhere. */
    this.mode = "relative";
    this.endPreference = onPreference(() => this.apply());
    this.hover = new HoverCard();
    this.load();
  }

  close() {
    this.round.abort();
    this.endPreference();
    this.hover.close();
    for (const chart of this.charts) chart.close();
  }

  settings() {
    return { ...preferences(), mode: this.mode };
  }

  apply() {
    for (const chart of this.charts) chart.set(this.settings());
    this.rescale();
  }

  async load() {
    try {
      const both = await Promise.all(this.ids.map((id) => getJourney(id, this.round.signal)));
      this.show(both.map(({ journey }) => journey));
    } catch (failure) {
      if (this.round.signal.aborted) return;
      fill(
        this.element,
        failed(failure, "One of the two journeys", () => this.load()),
      );
    }
  }

  show(journeys) {
    document.title = "Two journeys · Cxtrace";
    this.scaled = h("input", { type: "checkbox", id: "same-scale", checked: true, onchange: () => this.rescale() });
    this.charts = journeys.map((journey, i) => this.chart(journey, i));
    fill(
      this.element,
      h(
        "nav",
        { class: "crumbs", "aria-label": "Journeys" },
        h("a", { href: "#/", class: "back" }, "‹ Journeys"),
        h("span", { class: "spacer" }),
        h("label", { class: "check" }, this.scaled, " Same scale"),
        this.modeButton(),
      ),
      h("h1", {}, "Two journeys side by side"),
      h(
        "div",
        { class: "sides" },
        journeys.map((journey, i) => this.side(journey, this.charts[i], i)),
      ),
      this.differences(journeys),
      this.hover.element,
    );
    journeys.forEach((journey, i) => this.charts[i].show(journey));
    this.rescale();
  }

  modeButton() {
    const button = h("button", { type: "button", class: "plain" }, "Since start");
    button.addEventListener("click", () => {
      this.mode = this.mode === "clock" ? "relative" : "clock";
      button.textContent = this.mode === "clock" ? "Clock time" : "Since start";
      this.apply();
    });
    return button;
  }

  chart(journey, i) {
    const chart = new Chart({
      settings: this.settings(),
      now: () => Date.now(),
      label: `Flame chart of journey ${"AB"[i]}`,
      tallest: () => Math.max(220, innerHeight * 0.5),
      on: {
        hovered: (found, x, y) => this.hover.show(chart, found, x, y, this.settings()),
        unfold: () => prefer({ fold: false }),
      },
    });
    return chart;
  }

  side(journey, chart, i) {
    return h(
      "section",
      { class: "side", "aria-label": `Journey ${"AB"[i]}` },
      h(
        "h2",
        {},
        h("span", { class: "letter" }, "AB"[i]),
        h("a", { href: `#/j/${journey.id}` }, foreign(journey.summary)),
      ),
      h(
        "p",
        { class: "facts" },
        statusPill(journey.status),
        h("strong", {}, lengthOf(journey, Date.now())),
        platformPath(journey.legs, journey.platforms),
      ),
      h(
        "p",
        { class: "chips" },
        byWorst(journey.insights)
          .slice(0, 5)
          .map((insight) => insightChip(insight)),
      ),
      chart.element,
    );
  }

  /** Both from their start, to one scale; or each as wide as it has room. */
  rescale() {
    if (!this.charts[0]?.scene) return;
    const longest = Math.max(...this.charts.map((chart) => chart.scene.length));
    for (const chart of this.charts) {
      chart.view.grow(this.scaled.checked ? longest : chart.scene.length);
      chart.view.fit();
      chart.ask();
    }
  }

  differences([a, b]) {
    const value = (journey, name) => journey.segments?.find((segment) => segment.name === name)?.duration_ms;
    const names = [...new Set([...(a.segments ?? []), ...(b.segments ?? [])].map((segment) => segment.name))];
    const line = (label, left, right, shown = (x) => x, difference) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, label),
        h("td", { class: "figures" }, left === undefined ? "–" : shown(left)),
        h("td", { class: "figures" }, right === undefined ? "–" : shown(right)),
        h("td", { class: "figures" }, difference ?? ""),
      );
    const apart = (left, right) =>
      left === undefined || right === undefined || left === right
        ? ""
        : `${right > left ? "+" : "−"}${duration(Math.abs(right - left))}`;
    const numbers = (journey) => ({
      Spans: journey.spans.length,
      Legs: journey.legs.length,
      Gaps: journey.gaps.length,
      Insights: journey.insights.length,
    });
    const [left, right] = [numbers(a), numbers(b)];
    return h(
      "table",
      { class: "differences" },
      h("caption", {}, "Where they differ"),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          ["", "A", "B", "B against A"].map((text) => h("th", { scope: "col" }, text)),
        ),
      ),
      h(
        "tbody",
        {},
        names.map((name) =>
          line(title(name), value(a, name), value(b, name), duration, apart(value(a, name), value(b, name))),
        ),
        Object.keys(left).map((name) =>
          line(
            name,
            left[name],
            right[name],
            (x) => x.toLocaleString("en"),
            left[name] === right[name]
              ? ""
              : `${right[name] > left[name] ? "+" : "−"}${Math.abs(right[name] - left[name])}`,
          ),
        ),
      ),
    );
  }
}
