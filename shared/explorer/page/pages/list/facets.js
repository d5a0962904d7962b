// @ts-check
// The insights that the rows of the list show, each with the number of journeys. A click filters the list by one.

import { SEVERITIES } from "../../client/vocabulary.js";
import { fill, h } from "../../lib/dom.js";
import { count, title } from "../../lib/format.js";
import { insightSign } from "../../parts/insight-chip.js";

/** @import { InsightRule, Row, Severity } from "../../client/types.js" */

export class Facets {
  /** @param {(insight: string | undefined) => unknown} chosen is called with the insight to filter by, or without one */
  constructor(chosen) {
    this.chosen = chosen;
    this.element = h("div", { class: "facets", role: "group", "aria-label": "Filter by insight" });
  }

  /**
   * @param {Row[]} rows
   * @param {string | undefined} filtered the insight that the list is filtered by
   */
  draw(rows, filtered) {
    /** @type {Map<InsightRule, { severity: Severity, journeys: number }>} */
    const found = new Map();
    for (const { insights = [] } of rows) {
      for (const rule of new Set(insights.map((insight) => insight.rule))) {
        const severity = insights.find((insight) => insight.rule === rule)?.severity ?? "info";
        found.set(rule, { severity, journeys: (found.get(rule)?.journeys ?? 0) + 1 });
      }
    }
    const order = [...found].sort(
      ([, a], [, b]) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || b.journeys - a.journeys,
    );
    const focused = this.element.contains(document.activeElement) ? document.activeElement?.id : undefined;
    fill(
      this.element,
      order
        .filter(([rule]) => filtered === undefined || rule === filtered)
        .map(([rule, { severity, journeys }]) => this.button(rule, severity, journeys, rule === filtered)),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  /**
   * @param {string} rule
   * @param {Severity} severity
   * @param {number} journeys
   * @param {boolean} pressed
   */
  button(rule, severity, journeys, pressed) {
    const what = pressed ? "Show journeys without this insight too" : `Show only the ${count(journeys, "journey")} with it`;
    return h(
      "button",
      {
        type: "button",
        id: `facet-${rule}`,
        class: `chip ${severity}`,
        title: what,
        "aria-pressed": String(pressed),
        onclick: () => this.chosen(pressed ? undefined : rule),
      },
      insightSign(severity),
      title(rule),
      h("span", { class: "figures" }, journeys),
      pressed && h("span", { "aria-hidden": "true" }, "×"),
    );
  }
}
