// The same journey as a table: spans and gaps by time, for those who read better than they see, and for copying.

import { fill, foreign, h } from "./dom.js";
import { clock, count, date, duration, exactDuration, millis, relative, shortDate, stamp, words } from "./format.js";
import { typeName } from "./theme.js";

const STEP = 400;

const COLUMNS = [
  ["at", "Began", (a, b) => a.at - b.at],
  ["long", "Took", (a, b) => (b.long ?? Infinity) - (a.long ?? Infinity)],
  ["type", "Type", (a, b) => a.type.localeCompare(b.type)],
  ["name", "Name", (a, b) => a.name.localeCompare(b.name)],
  ["platform", "Platform", (a, b) => a.platform.localeCompare(b.platform)],
  ["status", "Outcome", (a, b) => a.status.localeCompare(b.status)],
  ["reason", "Vendor's status", (a, b) => a.reason.localeCompare(b.reason)],
];

export class Table {
  /** `chosen(key)` is called when a row is chosen. */
  constructor({ chosen }) {
    this.chosen = chosen;
    this.sorted = "at";
    this.limit = STEP;
    this.element = h("div", { class: "table-holder", tabIndex: 0, role: "region", "aria-label": "Spans and gaps" });
  }

  show(journey, settings, selected) {
    if (this.journey?.id !== journey.id) this.limit = STEP;
    Object.assign(this, { journey, settings, selectedKey: selected });
    this.rows = rowsOf(journey, settings.times);
    this.draw();
  }

  select(key) {
    this.selectedKey = key;
    for (const row of this.element.querySelectorAll("tr[data-key]")) {
      row.setAttribute("aria-selected", String(row.dataset.key === key));
    }
  }

  draw() {
    const order = COLUMNS.find(([name]) => name === this.sorted)[2];
    const rows = [...this.rows].sort((a, b) => order(a, b) || a.at - b.at);
    const origin = millis(this.journey.started_at);
    fill(
      this.element,
      h(
        "table",
        {},
        h("caption", { class: "visually-hidden" }, "Spans and gaps of the journey"),
        h(
          "thead",
          {},
          h(
            "tr",
            {},
            COLUMNS.map(([name, label]) => this.head(name, label)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.slice(0, this.limit).map((row) => this.row(row, origin)),
        ),
      ),
      rows.length > this.limit &&
        h(
          "p",
          { class: "actions" },
          h("span", { class: "quiet" }, `${this.limit} of ${count(rows.length, "row")} `),
          h(
            "button",
            { type: "button", class: "plain", onclick: () => ((this.limit += STEP), this.draw()) },
            `Show ${STEP} more`,
          ),
        ),
    );
  }

  head(name, label) {
    const chosen = this.sorted === name;
    const sort = () => {
      this.sorted = name;
      this.draw();
      this.element.querySelector(`[data-sort="${name}"]`)?.focus();
    };
    return h(
      "th",
      { scope: "col", "aria-sort": chosen ? (name === "long" ? "descending" : "ascending") : "none" },
      h(
        "button",
        { type: "button", class: "sort", data: { sort: name }, onclick: sort },
        label,
        chosen ? (name === "long" ? " ▾" : " ▴") : "",
      ),
    );
  }

  row(row, origin) {
    const { mode, zone } = this.settings;
    const day = date(row.at, zone) === date(origin, zone) ? "" : `${shortDate(row.at, zone)} `;
    const at = mode === "relative" ? relative(row.at - origin) : day + clock(row.at, zone);
    const name =
      row.key === undefined
        ? h("span", { class: "quiet" }, row.name)
        : h("button", { type: "button", class: "link", onclick: () => this.chosen(row.key) }, foreign(row.name));
    return h(
      "tr",
      {
        class: row.key === undefined ? "gap-row" : row.status,
        data: row.key === undefined ? {} : { key: row.key },
        "aria-selected": String(row.key !== undefined && row.key === this.selectedKey),
      },
      h("td", { class: "figures", title: stamp(row.at, zone) }, at),
      h(
        "td",
        { class: "figures", title: row.long === undefined ? "" : exactDuration(row.long) },
        row.long === undefined ? "open" : duration(row.long),
      ),
      h("td", {}, row.key === undefined ? "Gap" : typeName(row.type)),
      h("td", {}, name),
      h("td", {}, foreign(row.platform)),
      h("td", {}, row.status && h("span", { class: `outcome ${row.status}` }, words(row.status))),
      h("td", {}, foreign(row.reason)),
    );
  }
}

function rowsOf(journey, times) {
  const spans = (journey.spans ?? []).map((span) => {
    const said = times === "raw" && span.raw ? span.raw : span;
    const at = millis(said.started_at);
    const end = millis(said.ended_at);
    return {
      key: span.key,
      at,
      long: end === undefined ? undefined : end - at,
      type: span.type,
      name: span.name || words(span.type),
      platform: span.platform,
      status: span.status ?? "",
      reason: span.reason ?? "",
    };
  });
  const gaps = (journey.gaps ?? []).map((gap) => ({
    at: millis(gap.started_at),
    long: millis(gap.ended_at) - millis(gap.started_at),
    type: "",
    name: words(gap.class),
    platform: "",
    status: "",
    reason: gap.reason,
  }));
  return [...spans, ...gaps];
}
