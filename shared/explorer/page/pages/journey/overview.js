// @ts-check
// The overview in the details panel: insights, durations, ids, phone numbers, clocks, and facts about the journey.

import { millis, stamp } from "../../lib/clock-time.js";
import { foreign, h } from "../../lib/dom.js";
import { duration, exactDuration } from "../../lib/duration.js";
import { title } from "../../lib/format.js";
import { byWorst } from "../../parts/insight-chip.js";
import { insightDetails } from "./insight-details.js";
import { idLine, section } from "./sections.js";
import { waitingTime } from "./waiting-time.js";

/** @import { Clock, Journey, NativeId, Phone } from "../../client/types.js" */
/** @import { DetailsContext } from "./contract.js" */

/** @typedef {{ name: string, duration_ms: number, tip?: string }} Part */

/** @param {DetailsContext} context */
export function overview(context) {
  const { journey } = context;
  const total = journey.segments?.find((segment) => segment.name === "total")?.duration_ms;
  return [
    section(
      "Insights",
      byWorst(journey.insights).map((insight) => insightDetails(insight, context)),
      "Nothing unusual was found.",
    ),
    section("How long each part took", bars(partsOf(journey), total), "Not known yet."),
    section("Ids", (journey.ids ?? []).map(nativeId), "None."),
    journey.phones?.length > 0 && section("Phone numbers", journey.phones.map(phoneLine)),
    journey.clocks?.length > 0 && section("Clocks", journey.clocks.map(clockLine)),
    section("About", about(context)),
  ];
}

/**
 * The segments of the journey, and before the total how long the customer waited.
 *
 * @param {Journey} journey
 * @returns {Part[]}
 */
function partsOf(journey) {
  const segments = journey.segments ?? [];
  const waited = waitingTime(journey.spans, Date.now());
  const waiting = { name: "total_waiting_time", duration_ms: waited, tip: "Queues and holds together" };
  return [
    ...segments.filter((segment) => segment.name !== "total"),
    ...(waited > 0 ? [waiting] : []),
    ...segments.filter((segment) => segment.name === "total"),
  ];
}

/**
 * @param {Part[]} parts
 * @param {number | undefined} total
 */
function bars(parts, total) {
  if (!parts.length) return [];
  const most = Math.max(total ?? 0, ...parts.map((part) => part.duration_ms), 1);
  return h(
    "ul",
    { class: "segments" },
    parts.map(({ name, duration_ms: ms, tip }) => {
      const bar = h("span", { class: `bar ${name === "total" ? "total" : ""}` });
      bar.style.width = `${Math.max(0.5, (100 * ms) / most)}%`;
      return h(
        "li",
        { title: tip },
        h("span", {}, title(name)),
        h("strong", {}, duration(ms)),
        h("span", { class: "bar-holder", "aria-hidden": "true" }, bar),
      );
    }),
  );
}

/** @param {NativeId} id */
function nativeId({ namespace, value, role }) {
  return idLine([foreign(namespace), role && role !== "self" ? ` (${role}) ` : " "], value, "the id");
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
    "Times of ",
    foreign(source),
    ` are shown ${exactDuration(Math.abs(shift))} ${shift < 0 ? "earlier" : "later"} than reported, to match `,
    foreign(reference),
    ". The toolbar can show them as reported.",
  );
}

/** @param {DetailsContext} context */
function about({ journey, settings }) {
  const settles = millis(journey.settles_at);
  const deadline = settles === undefined ? "" : ` Deadline for sources to report: ${stamp(settles, settings.zone)}.`;
  return [
    idLine("journey ", journey.id, "the journey's id"),
    journey.facts !== undefined &&
      h("p", { class: "quiet" }, `Built from ${journey.facts.toLocaleString("en")} facts.${deadline}`),
  ];
}
