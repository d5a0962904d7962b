// @ts-check
// Everything about one span, in the details panel.

import { swatch } from "../../lib/canvas.js";
import { millis, stamp } from "../../lib/clock-time.js";
import { foreign, h } from "../../lib/dom.js";
import { duration, exactDuration, relative } from "../../lib/duration.js";
import { typeName } from "../../lib/span-types.js";
import { theme } from "../../lib/theme.js";
import { ESTIMATED, LOST } from "../../chart/spans.js";
import { words } from "../../lib/format.js";
import { byWorst } from "../../parts/insight-chip.js";
import { insightDetails, spanLink } from "./insight-details.js";
import { attributesTable, factsTable, keyLink, metricLink, section } from "./sections.js";

/** @import { RawTimes, Span } from "../../client/types.js" */
/** @import { Scene } from "../../chart/scene.js" */
/** @import { Zone } from "../../lib/clock-time.js" */
/** @import { DetailsContext } from "./contract.js" */

/** A span lists this many of its parts at most. */
const MAX_PARTS = 50;

/**
 * @param {string | undefined} key
 * @param {DetailsContext} context
 */
export function spanDetails(key, context) {
  const { scene } = context.chart;
  const p = key === undefined ? undefined : scene?.positionOf(key);
  if (!scene || p === undefined) {
    return h(
      "p",
      { class: "quiet blank" },
      "Click a span, or step through spans with the arrow keys, to see its details.",
    );
  }
  const { zone } = context.settings;
  const span = scene.span(p);
  /** @type {(t: number) => (string | Node)[]} */
  const at = (t) => [stamp(t + scene.origin, zone), h("span", { class: "quiet" }, ` ${relative(t)}`)];
  const open = scene.end[p] === Infinity;
  const lost = (scene.state[p] & LOST) !== 0;
  const flags = (span.flags ?? []).filter((flag) => flag !== "end_lost" && flag !== "estimated_position");
  return [
    h("h2", { class: "span-name" }, swatch(span.type, theme()), foreign(span.name || words(span.type))),
    h("p", { class: "quiet" }, typeName(span.type), " on ", foreign(span.platform)),
    h(
      "p",
      { class: "figures" },
      open
        ? `${exactDuration(Math.max(0, scene.now - scene.start[p]))} so far`
        : `${lost ? "at most " : ""}${exactDuration(scene.end[p] - scene.start[p])}`,
    ),
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", class: "plain", onclick: () => context.chart.zoomTo(p) }, "Zoom to span"),
    ),
    factsTable([
      ["Start", at(scene.start[p])],
      ["End", open ? "still open" : lost ? ["not reported; at the latest ", at(scene.end[p])] : at(scene.end[p])],
      ["Position", scene.state[p] & ESTIMATED ? "about here: the source reported only the length" : undefined],
      ["Outcome", span.status && h("span", { class: `outcome ${span.status}` }, words(span.status))],
      ["Vendor's status", span.reason && foreign(span.reason)],
      ["Data problem", flags.map(words).join(", ")],
      ["As reported", span.raw && rawTimes(span.raw, zone)],
      ["Part of", spanLink(span.parent, context)],
      ["Reported by", (span.sources ?? []).flatMap((source, i) => [i > 0 && ", ", foreign(source)])],
      ["Key", keyLink(span.key)],
    ]),
    insightsOf(span, context),
    section("Attributes", attributesTable(span.attributes), "None."),
    span.events?.length > 0 && section("Events", events(span, scene, p, zone)),
    handoffsOf(span, context),
    partsOf(span, context),
  ];
}

/**
 * @param {RawTimes} raw
 * @param {Zone} zone
 */
function rawTimes(raw, zone) {
  const ended = millis(raw.ended_at);
  return `${stamp(millis(raw.started_at) ?? 0, zone)}${ended === undefined ? ", open" : ` to ${stamp(ended, zone)}`}`;
}

/**
 * @param {Span} span
 * @param {DetailsContext} context
 */
function insightsOf(span, context) {
  const found = byWorst(context.journey.insights).filter((insight) => insight.spans?.includes(span.key));
  return (
    found.length > 0 &&
    section(
      "Insights",
      found.map((insight) => insightDetails(insight, context)),
    )
  );
}

/**
 * @param {Span} span
 * @param {Scene} scene
 * @param {number} p
 * @param {Zone} zone
 */
function events(span, scene, p, zone) {
  const shift = scene.start[p] + scene.origin - (millis(span.started_at) ?? 0);
  return span.events.map((event) => {
    const t = (millis(event.at) ?? 0) + shift;
    const { flow, metric } = event.attributes ?? {};
    return h(
      "div",
      { class: "event" },
      h(
        "p",
        {},
        h("span", { class: "quiet tick-mark", "aria-hidden": "true" }, "◆ "),
        h("strong", {}, foreign(event.name)),
        h("span", { class: "quiet" }, ` ${relative(t - scene.origin)}`),
      ),
      h("p", { class: "quiet" }, stamp(t, zone)),
      flow && metric && h("p", {}, "Flow metric ", metricLink(`${flow}.${metric}`)),
      attributesTable(event.attributes),
    );
  });
}

/**
 * @param {Span} span
 * @param {DetailsContext} context
 */
function handoffsOf(span, context) {
  const found = (context.journey.handoffs ?? []).flatMap(({ from, to }) =>
    from === span.key ? [["Handed off to", to]] : to === span.key ? [["Handed off from", from]] : [],
  );
  return (
    found.length > 0 &&
    section(
      "Hand-offs",
      found.map(([label, key]) => h("p", {}, `${label} `, spanLink(key, context))),
    )
  );
}

/**
 * @param {Span} span
 * @param {DetailsContext} context
 */
function partsOf(span, context) {
  const parts = context.journey.spans.filter((other) => other.parent === span.key).slice(0, MAX_PARTS);
  /** @type {(part: Span) => number} */
  const lengthOf = (part) =>
    (millis(part.ended_at) ?? millis(part.ended_by) ?? Date.now()) - (millis(part.started_at) ?? 0);
  return (
    parts.length > 0 &&
    section(
      "Parts",
      parts.map((part) =>
        h("p", {}, spanLink(part.key, context), h("span", { class: "quiet" }, ` ${duration(lengthOf(part))}`)),
      ),
    )
  );
}
