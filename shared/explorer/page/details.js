// The panel beside the chart: the journey at a glance, one span in full, and why everything belongs together.

import { copyButton, fill, foreign, h } from "./dom.js";
import { duration, exactDuration, millis, relative, stamp, title, words } from "./format.js";
import { Linked } from "./linked.js";
import { byWorst, insightChip } from "./pieces.js";
import { waitedIn } from "./waiting.js";
import { swatch, theme, typeName } from "./theme.js";

const TABS = [
  ["overview", "Overview"],
  ["span", "Span"],
  ["linked", "Why linked"],
];

/** So many spans of an insight are named; all can be shown. */
const WITNESSES = 4;

export class Details {
  /** `on` has `chosen(key)`, `highlighted(keys)`, `evidence()` and `retracted()`. */
  constructor(on) {
    this.on = on;
    this.tab = "overview";
    this.linked = new Linked(on);
    this.tabs = h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": "Details" },
      TABS.map(([name, label]) =>
        h(
          "button",
          {
            type: "button",
            role: "tab",
            id: `tab-${name}`,
            "aria-controls": "details-panel",
            onclick: () => this.open(name),
            onkeydown: (event) => this.key(event),
          },
          label,
        ),
      ),
    );
    this.panel = h("div", { class: "panel", id: "details-panel", role: "tabpanel", tabIndex: 0 });
    this.element = h("aside", { class: "details", "aria-label": "Details" }, this.tabs, this.panel);
  }

  show(journey, chart, settings) {
    const fresh = this.journey?.id !== journey.id;
    Object.assign(this, { journey, chart, settings });
    if (fresh) this.linked.reset();
    this.draw();
  }

  /** Shows a span, or nothing more of one. */
  select(key) {
    this.key_ = key;
    if (key !== undefined) this.tab = "span";
    else if (this.tab === "span") this.tab = "overview";
    this.draw();
  }

  open(tab) {
    this.tab = tab;
    this.draw();
  }

  key(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const names = TABS.map(([name]) => name);
    this.open(names[(names.indexOf(this.tab) + by + names.length) % names.length]);
    this.tabs.querySelector("[aria-selected='true']").focus();
  }

  draw() {
    for (const [name] of TABS) {
      const button = this.tabs.querySelector(`#tab-${name}`);
      button.setAttribute("aria-selected", String(name === this.tab));
      button.tabIndex = name === this.tab ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${this.tab}`);
    if (this.tab === "linked") (fill(this.panel, this.linked.element), this.linked.show(this.journey, this.settings));
    else if (this.tab === "span") fill(this.panel, this.span());
    else fill(this.panel, this.overview());
  }

  overview() {
    const { journey } = this;
    const total = journey.segments?.find((segment) => segment.name === "total")?.duration_ms;
    return [
      section(
        "Insights",
        byWorst(journey.insights).map((insight) => this.insight(insight)),
        "Nothing stands out.",
      ),
      section("How long each part took", segments(this.parts(), total), "Not known yet."),
      section("Ids", (journey.ids ?? []).map(idLine), "None."),
      journey.phones?.length > 0 &&
        section(
          "Phone numbers",
          journey.phones.map((phone) =>
            h(
              "p",
              {},
              foreign(phone.masked),
              h(
                "span",
                { class: "quiet" },
                ` ${phone.party === "centre" ? "of the contact centre" : "of the customer"}`,
              ),
            ),
          ),
        ),
      journey.clocks?.length > 0 &&
        section(
          "Clocks",
          journey.clocks.map((clock) =>
            h(
              "p",
              {},
              `Times of `,
              foreign(clock.source),
              ` were moved by ${exactDuration(Math.abs(clock.shift_ms))} ${clock.shift_ms < 0 ? "back" : "on"}, by comparison with `,
              foreign(clock.reference),
              ". The toolbar shows them as reported.",
            ),
          ),
        ),
      section("About", [
        h(
          "p",
          { class: "id-line" },
          h("span", { class: "quiet" }, "journey "),
          h("code", {}, journey.id),
          copyButton(journey.id, "the journey's id"),
        ),
        journey.facts !== undefined &&
          h(
            "p",
            { class: "quiet" },
            `Made of ${journey.facts.toLocaleString("en")} facts${journey.settles_at ? `; every source has told by ${stamp(millis(journey.settles_at), this.settings.zone)}` : ""}.`,
          ),
      ]),
    ];
  }

  /** The segments as they are told, and before the total how long the customer waited in all. */
  parts() {
    const told = this.journey.segments ?? [];
    const waited = waitedIn(this.journey.spans, Date.now());
    const line = waited > 0 && { name: "waited_in_all", duration_ms: waited, title: "Queues and holds together" };
    const totals = told.filter((segment) => segment.name === "total");
    return [...told.filter((segment) => segment.name !== "total"), line, ...totals].filter(Boolean);
  }

  insight(insight) {
    const spans = insight.spans ?? [];
    return h(
      "div",
      { class: "insight" },
      insightChip(insight),
      h("p", {}, foreign(insight.text)),
      spans.length > 0 &&
        h(
          "ul",
          { class: "witnesses" },
          spans.slice(0, WITNESSES).map((key) => this.witness(key)),
        ),
      spans.length > 0 &&
        h(
          "button",
          { type: "button", class: "link", onclick: () => this.on.highlighted(spans) },
          spans.length === 1 ? "Show the span" : `Show its ${spans.length} spans`,
        ),
    );
  }

  /** A span that an insight goes by: where it was, and its vendor's word for how it ended. */
  witness(key) {
    const p = this.chart.scene.positionOf(key);
    if (p === undefined) return undefined;
    const span = this.chart.scene.span(p);
    return h(
      "li",
      {},
      foreign(span.platform),
      ": ",
      this.spanLink(key),
      span.reason && [" ", h("code", {}, foreign(span.reason))],
    );
  }

  span() {
    const { chart, settings } = this;
    const p = this.key_ === undefined ? undefined : chart.scene.positionOf(this.key_);
    if (p === undefined) {
      return h(
        "p",
        { class: "quiet blank" },
        "Click a span, or step through them with the arrow keys, to see everything that is known of it.",
      );
    }
    const { scene } = chart;
    const span = scene.span(p);
    const at = (t) => [stamp(t + scene.origin, settings.zone), h("span", { class: "quiet" }, ` ${relative(t)}`)];
    const open = scene.end[p] === Infinity;
    return [
      h("h2", { class: "span-name" }, swatch(span.type, theme()), foreign(span.name || words(span.type))),
      h("p", { class: "quiet" }, typeName(span.type), " on ", foreign(span.platform)),
      h(
        "p",
        { class: "figures" },
        open
          ? `${exactDuration(Math.max(0, scene.now - scene.start[p]))} so far`
          : exactDuration(scene.end[p] - scene.start[p]),
      ),
      h(
        "p",
        { class: "actions" },
        h("button", { type: "button", class: "plain", onclick: () => chart.zoomTo(p) }, "Zoom to it"),
      ),
      table([
        ["Began", at(scene.start[p])],
        ["Ended", open ? "still open" : at(scene.end[p])],
        ["Outcome", span.status && h("span", { class: `outcome ${span.status}` }, words(span.status))],
        ["Vendor's status", span.reason && foreign(span.reason)],
        ["Doubtful", span.flags?.length > 0 && span.flags.map(words).join(", ")],
        ["As reported", span.raw && rawTimes(span.raw, settings.zone)],
        ["Part of", this.spanLink(span.parent)],
        ["Observed by", (span.sources ?? []).flatMap((source, i) => [i > 0 && ", ", foreign(source)])],
        ["Key", [h("code", {}, foreign(span.key)), copyButton(span.key, "the span's key")]],
      ]),
      this.insightsOf(span),
      section("Attributes", attributes(span.attributes), "None."),
      span.events?.length > 0 && section("Events", this.events(span, p)),
      this.related(span),
    ];
  }

  insightsOf(span) {
    const found = byWorst(this.journey.insights).filter((insight) => insight.spans?.includes(span.key));
    return (
      found.length > 0 &&
      section(
        "Insights",
        found.map((insight) => this.insight(insight)),
      )
    );
  }

  events(span, p) {
    const { scene } = this.chart;
    const shift = scene.start[p] + scene.origin - millis(span.started_at);
    return span.events.map((event) => {
      const t = millis(event.at) + shift;
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
        h("p", { class: "quiet" }, stamp(t, this.settings.zone)),
        Object.keys(event.attributes ?? {}).length > 0 && attributes(event.attributes),
      );
    });
  }

  related(span) {
    const parts = this.journey.spans.filter((other) => other.parent === span.key).slice(0, 50);
    const handed = (this.journey.handoffs ?? []).flatMap(({ from, to }) =>
      from === span.key ? [["Handed off to", to]] : to === span.key ? [["Handed off from", from]] : [],
    );
    return [
      handed.length > 0 &&
        section(
          "Hand-offs",
          handed.map(([label, key]) => h("p", {}, `${label} `, this.spanLink(key))),
        ),
      parts.length > 0 &&
        section(
          "Its parts",
          parts.map((part) =>
            h(
              "p",
              {},
              this.spanLink(part.key),
              h(
                "span",
                { class: "quiet" },
                ` ${duration((millis(part.ended_at) ?? Date.now()) - millis(part.started_at))}`,
              ),
            ),
          ),
        ),
    ];
  }

  spanLink(key) {
    if (!key) return undefined;
    const p = this.chart.scene.positionOf(key);
    if (p === undefined) return foreign(key);
    const span = this.chart.scene.span(p);
    return h(
      "button",
      { type: "button", class: "link", onclick: () => this.on.chosen(key) },
      foreign(span.name || words(span.type)),
    );
  }
}

function section(name, content, empty) {
  const list = [content].flat().filter(Boolean);
  return h("section", {}, h("h3", {}, name), list.length ? list : h("p", { class: "quiet" }, empty));
}

function table(rows) {
  return h(
    "dl",
    { class: "facts-table" },
    rows
      .filter(([, value]) => value && value.length !== 0)
      .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

function rawTimes(raw, zone) {
  const ended = millis(raw.ended_at);
  return `${stamp(millis(raw.started_at), zone)}${ended === undefined ? ", open" : ` to ${stamp(ended, zone)}`}`;
}

function attributes(all = {}) {
  const names = Object.keys(all).sort();
  if (!names.length) return undefined;
  return h(
    "dl",
    { class: "attributes" },
    names.map((name) => [
      h("dt", {}, foreign(name)),
      h("dd", {}, foreign(all[name]), copyButton(String(all[name]), "the value")),
    ]),
  );
}

function idLine({ namespace, value, role }) {
  return h(
    "p",
    { class: "id-line" },
    h("span", { class: "quiet" }, foreign(namespace), role && role !== "self" ? ` (${role}) ` : " "),
    h("code", {}, foreign(value)),
    copyButton(value, "the id"),
  );
}

function segments(all, total) {
  if (!all.length) return [];
  const most = Math.max(total ?? 0, ...all.map((segment) => segment.duration_ms), 1);
  return h(
    "ul",
    { class: "segments" },
    all.map(({ name, duration_ms: ms, title: tip }) => {
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
