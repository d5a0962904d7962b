// @ts-check
// One journey as a row of the list.

import { shownParts, waitOf } from "../../lib/customer-time.js";
import { clock, millis, shortDate, stamp } from "../../lib/clock-time.js";
import { foreign, h, sentence } from "../../lib/dom.js";
import { byRule, insightChip } from "../../parts/insight-chip.js";
import { lengthOf } from "../../parts/journey-length.js";
import { legStrip, platformPath } from "../../parts/platforms.js";
import { duration } from "../../lib/duration.js";
import { statusPill } from "../../parts/status-pill.js";

/** @import { Row } from "../../client/types.js" */
/** @import { Zone } from "../../lib/clock-time.js" */

/** A row shows this many insights at most. */
const MAX_INSIGHTS = 3;

/**
 * @param {Row} row
 * @param {{ now: number, zone: Zone, tabIndex: number, box: Node }} options `box` selects the row for comparing
 */
export function rowElement(row, { now, zone, tabIndex, box }) {
  const started = millis(row.started_at) ?? now;
  const insights = byRule(row.insights);
  const waited = waitOf(shownParts(row.time ?? []));
  const outcome = row.outcome?.text;
  const rest = outcome && row.summary.startsWith(outcome) ? row.summary.slice(outcome.length).trim() : row.summary;
  return h(
    "li",
    { data: { id: row.id } },
    box,
    h(
      "a",
      { class: "row", href: `#/j/${row.id}`, tabIndex },
      h(
        "span",
        { class: "when", title: stamp(started, zone) },
        h("strong", {}, clock(started, zone, 1000)),
        h("span", { class: "quiet" }, shortDate(started, zone)),
      ),
      h(
        "span",
        { class: "long" },
        h("strong", {}, lengthOf(row, now)),
        waited > 0 && h("span", { class: "quiet" }, `waited ${duration(waited)}`),
      ),
      h(
        "span",
        { class: "what" },
        outcome && h("strong", { class: `ending ${row.outcome?.kind}` }, sentence(outcome)),
        rest && h("span", { class: outcome ? "summary quiet" : "summary" }, sentence(rest)),
        h("span", { class: "way" }, legStrip(row, now), h("span", { class: "path quiet" }, wayOf(row))),
      ),
      h(
        "span",
        { class: "insights" },
        insights.slice(0, MAX_INSIGHTS).map(({ insight, all }) => insightChip(insight, undefined, all.length)),
        insights.length > MAX_INSIGHTS && h("span", { class: "quiet" }, `+${insights.length - MAX_INSIGHTS}`),
      ),
      h("span", { class: "state-cell" }, statusPill(row.status)),
    ),
  );
}

/**
 * `web → genesys · •••• 23`: the platforms, when there are several, and the customer's masked phone number.
 *
 * @param {Row} row
 */
function wayOf({ legs = [], platforms, phones = [] }) {
  const customer = phones.find((phone) => phone.party === "customer");
  const path = legs.length > 1 ? platformPath(legs, platforms) : [];
  return [...path, customer && path.length > 0 && " · ", customer && foreign(customer.masked)];
}
