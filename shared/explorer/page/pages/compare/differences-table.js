// @ts-check
// A table of how two journeys differ.

import { h } from "../../lib/dom.js";
import { shownParts } from "../../lib/customer-time.js";
import { duration, precision } from "../../lib/duration.js";
import { timeName } from "../../lib/span-types.js";
import { TIME_KINDS } from "../../client/vocabulary.js";

/** @import { Journey, TimeKind } from "../../client/types.js" */

/** @param {[Journey, Journey]} journeys */
export function differencesTable([a, b]) {
  const kinds = TIME_KINDS.filter((kind) => partOf(a, kind) !== undefined || partOf(b, kind) !== undefined);
  const durations = [
    ...kinds.map((kind) => line(timeName(kind), partOf(a, kind), partOf(b, kind), (ms) => duration(ms))),
    line("Total", totalOf(a), totalOf(b), (ms) => duration(ms)),
  ];
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
 * The total as it is shown, so that a difference is that of the two figures beside it.
 *
 * @param {Journey} journey
 */
function totalOf({ duration_ms: ms }) {
  return ms === undefined ? undefined : ms - (ms % precision(ms));
}

/**
 * @param {Journey} journey
 * @param {TimeKind} kind
 */
function partOf(journey, kind) {
  return shownParts(journey.time?.parts ?? []).find((part) => part.kind === kind)?.duration_ms;
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
  // A kind of time that one journey lacks took no time there.
  const by = (right ?? 0) - (left ?? 0);
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, label),
    h("td", { class: "figures" }, left === undefined ? "–" : shown(left)),
    h("td", { class: "figures" }, right === undefined ? "–" : shown(right)),
    h("td", { class: "figures" }, by !== 0 && `${by > 0 ? "+" : "−"}${shown(Math.abs(by))}`),
  );
}
