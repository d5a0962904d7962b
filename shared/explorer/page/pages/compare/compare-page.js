// @ts-check
// Two journeys side by side, drawn to one scale if the reader wants that, with a table of their differences.

import { getJourney } from "../../client/requests.js";
import { Chart } from "../../chart/chart.js";
import { HoverCard } from "../../chart/hover-card.js";
import { partsUntil } from "../../lib/customer-time.js";
import { fill, h, sentence } from "../../lib/dom.js";
import { onPreference, prefer, preferences } from "../../lib/preferences.js";
import { failed } from "../../parts/failure.js";
import { byWorst, insightChip } from "../../parts/insight-chip.js";
import { lengthOf } from "../../parts/journey-length.js";
import { loading } from "../../parts/page-state.js";
import { platformPath } from "../../parts/platforms.js";
import { statusPill } from "../../parts/status-pill.js";
import { timeBar } from "../../parts/time-account.js";
import { differencesTable } from "./differences-table.js";

/** @import { Failure } from "../../client/requests.js" */
/** @import { Journey } from "../../client/types.js" */
/** @import { Preferences } from "../../lib/preferences.js" */

/** A side shows this many insights at most. */
const MAX_INSIGHTS = 5;

export class ComparePage {
  /** @param {string[]} ids */
  constructor(ids) {
    this.ids = ids;
    /** @type {Chart[]} */
    this.charts = [];
    this.element = h("main", { class: "compare-page", id: "main", tabIndex: -1 }, loading("journey", "The journeys"));
    this.round = new AbortController();
    /** Times since the start compare best, whatever the reader prefers elsewhere. */
    /** @type {Preferences["mode"]} */
    this.mode = "relative";
    this.sameScale = h("input", { type: "checkbox", id: "same-scale", checked: true, onchange: () => this.rescale() });
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
      const [a, b] = both.map(({ journey }) => journey);
      if (a && b) this.show([a, b]);
    } catch (failure) {
      if (this.round.signal.aborted) return;
      fill(
        this.element,
        failed(/** @type {Failure} */ (failure), "One of the two journeys", () => this.load()),
      );
    }
  }

  /** @param {[Journey, Journey]} journeys */
  show(journeys) {
    document.title = "Two journeys · Cxtrace";
    this.charts = journeys.map((_, i) => this.chart(i));
    fill(
      this.element,
      h(
        "nav",
        { class: "crumbs", "aria-label": "Journeys" },
        h("a", { href: "#/", class: "back" }, "‹ Journeys"),
        h("span", { class: "spacer" }),
        h("label", { class: "check" }, this.sameScale, " Same scale"),
        this.modeButton(),
      ),
      h("h1", {}, "Two journeys side by side"),
      h(
        "div",
        { class: "sides" },
        journeys.map((journey, i) => this.side(journey, this.charts[i], i)),
      ),
      differencesTable(journeys),
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

  /** @param {number} i */
  chart(i) {
    /** @type {Chart} */
    const chart = new Chart({
      settings: this.settings(),
      now: () => Date.now(),
      label: `Flame chart of journey ${"AB"[i]}`,
      tallest: () => Math.max(220, innerHeight * 0.5),
      on: {
        hovered: (found, x = 0, y = 0) => this.hover.show(chart, found, x, y, this.settings()),
        unfold: () => prefer({ fold: false }),
      },
    });
    return chart;
  }

  /**
   * @param {Journey} journey
   * @param {Chart} chart
   * @param {number} i
   */
  side(journey, chart, i) {
    const outcome = journey.outcome?.text || journey.summary || "A journey";
    const rest = journey.summary?.startsWith(outcome) ? journey.summary.slice(outcome.length).trim() : journey.summary;
    return h(
      "section",
      { class: "side", "aria-label": `Journey ${"AB"[i]}` },
      h(
        "h2",
        {},
        h("span", { class: "letter" }, "AB"[i]),
        h("a", { href: `#/j/${journey.id}` }, sentence(outcome)),
      ),
      h("p", { class: "quiet" }, rest !== outcome && sentence(rest)),
      h(
        "p",
        { class: "facts" },
        statusPill(journey.status),
        h("strong", {}, lengthOf(journey, Date.now())),
        h("span", {}, platformPath(journey.legs, journey.platforms)),
      ),
      h(
        "p",
        { class: "chips" },
        byWorst(journey.insights)
          .slice(0, MAX_INSIGHTS)
          .map((insight) => insightChip(insight)),
      ),
      timeBar(partsUntil(journey.time, Date.now()), { figures: false }) ?? h("div", {}),
      chart.element,
    );
  }

  /** Shows both journeys from their start: to one scale, or each as wide as possible. */
  rescale() {
    const lengths = this.charts.map((chart) => chart.scene?.length ?? 0);
    const longest = Math.max(...lengths);
    this.charts.forEach((chart, i) => {
      if (!chart.scene) return;
      chart.view.grow(this.sameScale.checked ? longest : lengths[i]);
      chart.view.fit();
      chart.ask();
    });
  }
}
