// @ts-check
// The head of a journey's page: what happened, how final that is, and the way through the platforms.

import { clock, date, localZone, millis } from "../../lib/clock-time.js";
import { foreign, h, sentence } from "../../lib/dom.js";
import { duration } from "../../lib/duration.js";
import { theme } from "../../lib/theme.js";
import { lengthOf } from "../../parts/journey-length.js";
import { statusPill } from "../../parts/status-pill.js";
import { partsUntil } from "../../lib/customer-time.js";
import { timeBar } from "../../parts/time-account.js";
import { exportMenu } from "./export-menu.js";
import { searchLink } from "./sections.js";

/** @import { Journey } from "../../client/types.js" */
/** @import { Zone } from "../../lib/clock-time.js" */
/** @import { JourneyView } from "./contract.js" */

/** The head shows this many of each at most. */
const MAX_LEGS = 8;
const MAX_PHONES = 4;
const MAX_IDS = 3;

/**
 * @param {JourneyView} page
 * @param {Journey} journey
 * @param {Zone} zone
 */
export function header(page, journey, zone) {
  return [
    navigation(page, journey),
    headline(journey),
    h("div", { class: "at-a-glance" }, facts(journey, zone), legs(journey)),
    timeBar(partsUntil(journey.time, Date.now())),
    banners(page, journey, zone),
  ];
}

/**
 * The outcome, and the rest of the summary below it.
 *
 * @param {Journey} journey
 */
function headline({ outcome, summary }) {
  const text = outcome?.text || summary || "A journey";
  const rest = summary?.startsWith(text) ? summary.slice(text.length).trim() : summary;
  return [
    h("h1", { class: `summary-line ${outcome?.kind ?? ""}` }, sentence(text)),
    rest && rest !== text && h("p", { class: "summary-rest" }, sentence(rest)),
  ];
}

/**
 * @param {JourneyView} page
 * @param {Journey} journey
 */
function navigation(page, journey) {
  /** @type {(by: number, text: string, label: string, key: string) => Node} */
  const step = (by, text, label, key) =>
    h(
      "button",
      {
        type: "button",
        class: "plain step",
        disabled: !page.neighbour(by),
        title: `${label} (${key})`,
        "aria-label": label,
        onclick: () => page.go(by),
      },
      text,
    );
  return h(
    "nav",
    { class: "crumbs", "aria-label": "Journeys" },
    h("a", { href: "#/", class: "back", onclick: back }, "‹ Journeys"),
    h(
      "span",
      { class: "steps" },
      step(-1, "↑", "Previous journey in the list", "K"),
      step(1, "↓", "Next journey in the list", "J"),
    ),
    h("span", { class: "spacer" }),
    page.picked.button(journey),
    exportMenu(page.chart, journey),
  );
}

/**
 * Returns to the list with its filters.
 *
 * @param {MouseEvent} event
 */
function back(event) {
  const held = sessionStorage.getItem("cxtrace.list");
  if (!held || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.hash = held;
}

/**
 * @param {Journey} journey
 * @param {Zone} zone
 */
function facts(journey, zone) {
  const started = millis(journey.started_at) ?? 0;
  const ended = millis(journey.ended_at);
  return h(
    "p",
    { class: "facts" },
    statusPill(journey.status),
    journey.revision > 0 &&
      h("span", { class: "quiet", title: "How many times the journey has been settled" }, `revision ${journey.revision}`),
    h("strong", {}, lengthOf(journey, Date.now())),
    h(
      "span",
      { title: zone === "utc" ? "UTC" : localZone() },
      // With milliseconds: the seconds alone could be one more or less than the length.
      `${date(started, zone)}, ${clock(started, zone)}`,
      ended === undefined
        ? ", still open"
        : ` to ${date(ended, zone) === date(started, zone) ? "" : `${date(ended, zone)}, `}${clock(ended, zone)}`,
      zone === "utc" ? " UTC" : "",
    ),
    (journey.phones ?? [])
      .slice(0, MAX_PHONES)
      .map((phone) =>
        h("span", { class: "quiet" }, `${phone.party === "centre" ? "to" : "customer"} `, foreign(phone.masked)),
      ),
    journey.phones?.length > MAX_PHONES &&
      h("span", { class: "quiet" }, `and ${journey.phones.length - MAX_PHONES} more numbers`),
  );
}

/** @param {Journey} journey */
function legs(journey) {
  const colours = theme();
  const shown = journey.legs ?? [];
  if (!shown.length) return undefined;
  return h(
    "ol",
    { class: "legs", "aria-label": "Legs" },
    shown.slice(0, MAX_LEGS).map((leg) => {
      const ended = millis(leg.ended_at);
      const long = ended === undefined ? "open" : duration(ended - (millis(leg.started_at) ?? ended));
      const number = h("span", { class: "leg-number" }, leg.number);
      number.style.background = colours.platform(leg.platform, journey.platforms);
      return h("li", {}, number, foreign(leg.platform), h("span", { class: "quiet" }, ` ${long}`));
    }),
    shown.length > MAX_LEGS && h("li", { class: "quiet" }, `and ${shown.length - MAX_LEGS} more legs`),
  );
}

/**
 * Whether the journey is complete, as texts.
 *
 * @param {JourneyView} page
 * @param {Journey} journey
 * @param {Zone} zone
 */
function banners(page, journey, zone) {
  const settles = page.arriving();
  const lines = [];
  if (settles !== undefined) {
    const text =
      journey.status === "live"
        ? "In progress. This page updates automatically."
        : `Still arriving: sources may report more until ${clock(settles, zone, 1000)}. Numbers may change until then.`;
    lines.push(h("p", { class: "banner arriving", data: { state: "arriving" } }, text));
  }
  if (journey.status === "revised") {
    lines.push(
      h(
        "p",
        { class: "banner", data: { state: "revised" } },
        "New facts arrived after this journey was settled. It will be settled again.",
      ),
    );
  }
  const quarantined = journey.quarantined ?? [];
  if (quarantined.length) {
    lines.push(
      h(
        "p",
        { class: "banner warn", data: { state: "quarantined" } },
        "Too many journeys share ",
        quarantined.slice(0, MAX_IDS).flatMap((id, i) => [i > 0 && ", ", searchLink(id, id)]),
        quarantined.length > MAX_IDS ? ` and ${quarantined.length - MAX_IDS} more ids` : "",
        quarantined.length > 1 ? ", so they joined nothing." : ", so it joined nothing.",
        " Parts of this journey may be missing. Usually such an id belongs to a test account or a shared line.",
      ),
    );
  }
  for (const { text } of journey.kept_out ?? []) {
    lines.push(h("p", { class: "banner warn", data: { state: "kept-out" } }, "This journey is shown in part. ", text));
  }
  const unconfirmed = journey.unconfirmed ?? [];
  if (unconfirmed.length) {
    const sources = [...new Set(unconfirmed.flatMap((line) => line.sources))];
    lines.push(
      h(
        "p",
        { class: "banner", data: { state: "unconfirmed" } },
        foreign(sources.join(", ")),
        sources.length > 1 ? " name " : " names ",
        unconfirmed.slice(0, MAX_IDS).flatMap(({ id }, i) => [i > 0 && ", ", searchLink(id, id)]),
        unconfirmed.length > MAX_IDS ? ` and ${unconfirmed.length - MAX_IDS} more ids` : "",
        ". No other source confirmed the link, so Cxtrace joined nothing by it.",
      ),
    );
  }
  return lines;
}
