// @ts-check
// A table of how two journeys differ.

import { h } from "../../lib/dom.js";
import { duration } from "../../lib/duration.js";
import { title } from "../../lib/format.js";

/** @import { Journey } from "../../client/types.js" */

/** @param {[Journey, Journey]} journeys */
export function differencesTable([a, b]) {
  const names = [...new Set([...(a.segments ?? []), ...(b.segments ?? [])].map((segment) => segment.name))];
  const durations = names.map((name) =>
    line(title(name), durationOf(a, name), durationOf(b, name), (ms) => duration(ms)),
  );
  const [left, right] = [countsOf(a), countsOf(b)];
  const counts = left.map(([name, number], i) =>
    line(name, number, right[i][1], (each) => each.toLocaleString("en")),
  );
  return h(
    "table",
    { class: "differences" },
    h("caption", {}, "Differences"),
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["", "A", "B", "B minus A"].map((text) => h("th", { scope: "col" }, text)),
      ),
    ),
    h("tbody", {}, durations, counts),
  );
}

/**
 * @param {Journey} journey
 * @param {string} name
 */
function durationOf(journey, name) {
  return journey.segments?.find((segment) => segment.name === name)?.duration_ms;
}

/**
 * @param {Journey} journey
 * @returns {[string, number][]}
 */
function countsOf({ spans, legs, gaps, insights }) {
  return [
    ["Spans", spans.length],
    ["Legs", legs.length],
    ["Gaps", gaps.length],
    ["Insights", insights.length],
  ];
}

/**
 * @param {string} label
 * @param {number | undefined} left
 * @param {number | undefined} right
 * @param {(value: number) => string} shown
 */
function line(label, left, right, shown) {
  const differ = left !== undefined && right !== undefined && left !== right;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, label),
    h("td", { class: "figures" }, left === undefined ? "–" : shown(left)),
    h("td", { class: "figures" }, right === undefined ? "–" : shown(right)),
    h("td", { class: "figures" }, differ && `${right > left ? "+" : "−"}${shown(Math.abs(right - left))}`),
  );
}
