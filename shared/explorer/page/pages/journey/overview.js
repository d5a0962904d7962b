// @ts-check
// The overview in the details panel: insights, durations, ids, phone numbers, clocks, and facts about the journey.

import { millis, stamp } from "../../lib/clock-time.js";
import { foreign, h } from "../../lib/dom.js";
import { duration } from "../../lib/duration.js";
import { title } from "../../lib/format.js";
import { endingsTable } from "./endings-table.js";
import { byWorst } from "../../parts/insight-chip.js";
import { insightDetails } from "./insight-details.js";
import { idLink, journeyLink, section } from "./sections.js";
import { partsUntil, shownParts, waitOf } from "../../lib/customer-time.js";
import { timeBar } from "../../parts/time-account.js";

/** @import { Clock, Journey, NativeId, Phone, TimePart } from "../../client/types.js" */
/** @import { DetailsContext } from "./contract.js" */

/** @param {DetailsContext} context */
export function overview(context) {
  const { journey } = context;
  const parts = partsUntil(journey.time, Date.now());
  const others = (journey.segments ?? []).filter(({ name }) => name === "carrier_latency" || name === "data_retrieval");
  return [
    section(
      "Insights",
      byWorst(journey.insights).map((insight) => insightDetails(insight, context)),
      "Nothing unusual was found.",
    ),
    (journey.endings ?? []).length > 0 && section("How the call dropped", endingsTable(context)),
    section(
      "The customer's time",
      parts.length > 0 && [waited(journey, parts), timeBar(parts)],
      "Not known yet.",
    ),
    others.length > 0 &&
      section(
        "Meanwhile",
        others.map(({ name, duration_ms: ms }) => h("p", {}, `${title(name)} `, h("strong", {}, duration(ms)))),
      ),
    section("Ids", (journey.ids ?? []).map(nativeId), "None."),
    journey.phones?.length > 0 && section("Phone numbers", journey.phones.map(phoneLine)),
    journey.clocks?.length > 0 && section("Clocks", journey.clocks.map(clockLine)),
    section("About", about(context)),
  ];
}

/**
 * How long the customer waited in total, with a wait that goes on.
 *
 * @param {Journey} journey
 * @param {TimePart[]} parts
 */
function waited(journey, parts) {
  const sum = waitOf(shownParts(parts));
  const so = journey.ended_at ? "" : " so far";
  return sum > 0 && h("p", { class: "waited" }, "Total waiting time: ", h("strong", {}, duration(sum)), so);
}

/** @param {NativeId} id */
function nativeId({ namespace, value, role, console }) {
  return idLink([foreign(namespace), role && role !== "self" ? ` (${role}) ` : " "], namespace, value, console);
}

/** @param {Phone} phone */
function phoneLine({ masked, party }) {
  const whose = party === "centre" ? "of the contact centre" : "of the customer";
  return h("p", {}, foreign(masked), h("span", { class: "quiet" }, ` ${whose}`));
}

/** @param {Clock} clock */
function clockLine({ source, shift_ms: shift, reference }) {
  return h(
    "p",
    {},
    "The corrected times of ",
    foreign(source),
    ` are ${duration(Math.abs(shift))} ${shift < 0 ? "earlier" : "later"} than the reported ones, to match `,
    foreign(reference),
    ". The menu View chooses which are shown.",
  );
}

/** @param {DetailsContext} context */
function about({ journey, settings }) {
  const settles = millis(journey.settles_at);
  const deadline = settles === undefined ? "" : ` Deadline for sources to report: ${stamp(settles, settings.zone)}.`;
  return [
    journeyLink(journey.id),
    journey.facts !== undefined &&
      h("p", { class: "quiet" }, `Built from ${journey.facts.toLocaleString("en")} facts.${deadline}`),
  ];
}
