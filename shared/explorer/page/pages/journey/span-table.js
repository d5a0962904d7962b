// @ts-check
// A journey as a table of its spans and gaps: for screen readers, and for copying.

import { clock, date, millis, shortDate, stamp } from "../../lib/clock-time.js";
import { fill, foreign, h } from "../../lib/dom.js";
import { duration, exactDuration, relative } from "../../lib/duration.js";
import { typeName } from "../../lib/span-types.js";
import { count, words } from "../../lib/format.js";

/** @import { Journey } from "../../client/types.js" */
/** @import { Preferences } from "../../lib/preferences.js" */

/** The table shows this many rows at first, and this many more on each request. */
const STEP = 400;

/** A gap has no key. An open span has no length. */
/**
 * @typedef {{
 *   key?: string, at: number, long?: number, type: string, name: string, platform: string, status: string, reason: string,
 * }} TableRow
 * @typedef {"at" | "long" | "type" | "name" | "platform" | "status" | "reason"} ColumnName
 */

/**
 * Name, label and order of each column.
 *
 * @type {[ColumnName, string, (a: TableRow, b: TableRow) => number][]}
 */
const COLUMNS = [
  ["at", "Start", (a, b) => a.at - b.at],
  ["long", "Duration", (a, b) => (b.long ?? Infinity) - (a.long ?? Infinity)],
  ["type", "Type", (a, b) => a.type.localeCompare(b.type)],
  ["name", "Name", (a, b) => a.name.localeCompare(b.name)],
  ["platform", "Platform", (a, b) => a.platform.localeCompare(b.platform)],
  ["status", "Outcome", (a, b) => a.status.localeCompare(b.status)],
  ["reason", "Vendor's status", (a, b) => a.reason.localeCompare(b.reason)],
];

export class SpanTable {
  /** @param {(key: string) => unknown} chosen is called with the key of a span that the reader chooses */
  constructor(chosen) {
    this.chosen = chosen;
    /** @type {ColumnName} */
    this.sorted = "at";
    this.limit = STEP;
    /** @type {string | undefined} */
    this.journeyId = undefined;
    this.origin = 0;
    /** @type {TableRow[]} */
    this.rows = [];
    /** @type {string | undefined} */
    this.selectedKey = undefined;
    this.element = h("div", { class: "table-holder", tabIndex: 0, role: "region", "aria-label": "Spans and gaps" });
  }

  /**
   * @param {Journey} journey
   * @param {Preferences} settings
   * @param {string | undefined} selected
   */
  show(journey, settings, selected) {
    if (this.journeyId !== journey.id) this.limit = STEP;
    this.journeyId = journey.id;
    this.origin = millis(journey.started_at) ?? 0;
    this.selectedKey = selected;
    this.rows = rowsOf(journey, settings.times);
    this.draw(settings);
  }

  /** @param {string | undefined} key */
  select(key) {
    this.selectedKey = key;
    const rows = /** @type {NodeListOf<HTMLElement>} */ (this.element.querySelectorAll("tr[data-key]"));
    for (const row of rows) {
      row.setAttribute("aria-selected", String(row.dataset.key === key));
    }
  }

  /** @param {Preferences} settings */
  draw(settings) {
    const order = COLUMNS.find(([name]) => name === this.sorted)?.[2] ?? (() => 0);
    const rows = [...this.rows].sort((a, b) => order(a, b) || a.at - b.at);
    const more = () => {
      this.limit += STEP;
      this.draw(settings);
    };
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
            COLUMNS.map(([name, label]) => this.head(name, label, settings)),
          ),
        ),
        h(
          "tbody",
          {},
          rows.slice(0, this.limit).map((row) => this.row(row, settings)),
        ),
      ),
      rows.length > this.limit &&
        h(
          "p",
          { class: "actions" },
          h("span", { class: "quiet" }, `${this.limit} of ${count(rows.length, "row")} `),
          h("button", { type: "button", class: "plain", onclick: more }, `Show ${STEP} more`),
        ),
    );
  }

  /**
   * @param {ColumnName} name
   * @param {string} label
   * @param {Preferences} settings
   */
  head(name, label, settings) {
    const chosen = this.sorted === name;
    const sort = () => {
      this.sorted = name;
      this.draw(settings);
      /** @type {HTMLElement | null} */ (this.element.querySelector(`[data-sort="${name}"]`))?.focus();
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

  /**
   * @param {TableRow} row
   * @param {Preferences} settings
   */
  row(row, { mode, zone }) {
    const { origin } = this;
    const { key } = row;
    const day = date(row.at, zone) === date(origin, zone) ? "" : `${shortDate(row.at, zone)} `;
    const at = mode === "relative" ? relative(row.at - origin) : day + clock(row.at, zone);
    const name =
      key === undefined
        ? h("span", { class: "quiet" }, row.name)
        : h("button", { type: "button", class: "link", onclick: () => this.chosen(key) }, foreign(row.name));
    return h(
      "tr",
      {
        class: key === undefined ? "gap-row" : row.status,
        data: key === undefined ? {} : { key },
        "aria-selected": String(key !== undefined && key === this.selectedKey),
      },
      h("td", { class: "figures", title: stamp(row.at, zone) }, at),
      h(
        "td",
        { class: "figures", title: row.long === undefined ? "" : exactDuration(row.long) },
        row.long === undefined ? "open" : duration(row.long),
      ),
      h("td", {}, key === undefined ? "Gap" : typeName(row.type)),
      h("td", {}, name),
      h("td", {}, foreign(row.platform)),
      h("td", {}, row.status && h("span", { class: `outcome ${row.status}` }, words(row.status))),
      h("td", {}, foreign(row.reason)),
    );
  }
}

/**
 * @param {Journey} journey
 * @param {Preferences["times"]} times
 * @returns {TableRow[]}
 */
function rowsOf(journey, times) {
  const spans = (journey.spans ?? []).map((span) => {
    const shown = times === "raw" && span.raw ? span.raw : span;
    const at = millis(shown.started_at) ?? 0;
    const end = millis(shown.ended_at);
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
    at: millis(gap.started_at) ?? 0,
    long: (millis(gap.ended_at) ?? 0) - (millis(gap.started_at) ?? 0),
    type: "",
    name: words(gap.class),
    platform: "",
    status: "",
    reason: gap.reason,
  }));
  return [...spans, ...gaps];
}
