// What stands above the chart: what happened in plain words, how final that is, and the way through the platforms.

import { foreign, h, sentence } from "./dom.js";
import { exportMenu } from "./export.js";
import { clock, date, duration, localZone, millis } from "./format.js";
import { byWorst, insightChip, lengthOf, statusPill } from "./pieces.js";
import { theme } from "./theme.js";

/** The header of a journey's page. */
export function header(page, settings) {
  const { journey } = page;
  return [
    navigation(page),
    h("h1", { class: "summary-line" }, sentence(journey.summary || "A journey")),
    h("div", { class: "at-a-glance" }, facts(page, settings), legs(journey)),
    insights(page),
    states(page, settings),
  ];
}

function navigation(page) {
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
    page.picked.button(page.journey),
    exportMenu(page),
  );
}

/** Back to the list as it was, with its filters. */
function back(event) {
  const held = sessionStorage.getItem("cxtrace.list");
  if (!held || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.hash = held;
}

function facts({ journey, arriving }, settings) {
  const { zone } = settings;
  const started = millis(journey.started_at);
  const ended = millis(journey.ended_at);
  return h(
    "p",
    { class: "facts" },
    statusPill(journey.status),
    journey.revision > 0 &&
      h("span", { class: "quiet", title: "How often it has been settled" }, `revision ${journey.revision}`),
    h("strong", {}, lengthOf(journey, Date.now())),
    h(
      "span",
      { title: zone === "utc" ? "UTC" : localZone() },
      `${date(started, zone)}, ${clock(started, zone, 1000)}`,
      ended === undefined
        ? ", still open"
        : ` to ${date(ended, zone) === date(started, zone) ? "" : `${date(ended, zone)}, `}${clock(ended, zone, 1000)}`,
      zone === "utc" ? " UTC" : "",
    ),
    (journey.phones ?? []).map((phone) =>
      h("span", { class: "quiet" }, `${phone.party === "centre" ? "to" : "customer"} `, foreign(phone.masked)),
    ),
  );
}

function legs(journey) {
  const colours = theme();
  const shown = journey.legs ?? [];
  if (!shown.length) return undefined;
  return h(
    "ol",
    { class: "legs", "aria-label": "Legs" },
    shown.slice(0, 24).map((leg) => {
      const long =
        millis(leg.ended_at) === undefined ? "open" : duration(millis(leg.ended_at) - millis(leg.started_at));
      const number = h("span", { class: "leg-number" }, leg.number);
      number.style.background = colours.platform(leg.platform);
      return h("li", {}, number, foreign(leg.platform), h("span", { class: "quiet" }, ` ${long}`));
    }),
    shown.length > 24 && h("li", { class: "quiet" }, `and ${shown.length - 24} more`),
  );
}

function insights(page) {
  const found = byWorst(page.journey.insights);
  if (!found.length) return undefined;
  return h(
    "ul",
    { class: "insight-lines", "aria-label": "Insights" },
    found
      .slice(0, 4)
      .map((insight) =>
        h(
          "li",
          {},
          insightChip(insight, insight.spans?.length ? { onclick: () => page.highlight(insight.spans) } : {}),
          h("span", {}, foreign(insight.text), where(page, insight)),
        ),
      ),
    found.length > 4 && h("li", { class: "quiet" }, `and ${found.length - 4} more, under Overview`),
  );
}

/** On which platforms an insight was found, when it is about something bad: `· sbc, genesys`. */
function where({ chart }, { severity, spans = [] }) {
  if (severity === "info") return undefined;
  const found = spans.map((key) => chart.scene.positionOf(key)).filter((p) => p !== undefined);
  const platforms = [...new Set(found.map((p) => chart.scene.span(p).platform))];
  return (
    platforms.length > 0 &&
    h(
      "span",
      { class: "quiet" },
      " · ",
      platforms.map((name, i) => [i > 0 && ", ", foreign(name)]),
    )
  );
}

/** Whether it is complete, in words. */
function states(page, { zone }) {
  const { journey } = page;
  const settles = page.arriving();
  const lines = [];
  if (settles !== undefined) {
    const text =
      journey.status === "live"
        ? "Still going on: this page follows by itself."
        : `Still arriving: sources may tell more until ${clock(settles, zone, 1000)}. Until then numbers may change.`;
    lines.push(h("p", { class: "banner arriving", data: { state: "arriving" } }, text));
  }
  if (journey.status === "revised") {
    lines.push(
      h(
        "p",
        { class: "banner", data: { state: "revised" } },
        "Facts have come since this journey was settled. It will be settled again.",
      ),
    );
  }
  const quarantined = journey.quarantined ?? [];
  if (quarantined.length) {
    lines.push(
      h(
        "p",
        { class: "banner warn", data: { state: "quarantined" } },
        "More than 200 others share ",
        quarantined.slice(0, 3).flatMap((id, i) => [i > 0 && ", ", h("code", {}, foreign(id))]),
        quarantined.length > 3 ? ` and ${quarantined.length - 3} more ids` : "",
        ": nothing was joined by it, so parts may be missing here. It is usually a test account or a shared line.",
      ),
    );
  }
  return lines;
}
