// @ts-check
// The search and the filters above the list.

import { INSIGHT_RULES, STATUSES } from "../../client/vocabulary.js";
import { append, fill, foreign, h, select } from "../../lib/dom.js";
import { DAY, MINUTE } from "../../lib/duration.js";
import { title } from "../../lib/format.js";
import { DEFAULT_RANGE, RANGES } from "./filter-address.js";
import { NAMESPACED, mayBeShared, readSearch } from "./search-text.js";

/** @import { Filters } from "./filter-address.js" */

export class FilterForm {
  /**
   * `changed` is called with new filters, and whether a text was searched. `open` is called with the id of a journey
   * whose link was typed. `edited` is called with whether the text is another one than that of the last search.
   *
   * @param {Filters} filters
   * @param {{
   *   changed: (filters: Filters, typed?: boolean) => unknown, open: (id: string) => unknown, edited: (is: boolean) => unknown
   * }} on
   */
  constructor(filters, { changed, open, edited }) {
    this.filters = filters;
    this.changed = changed;
    this.open = open;
    this.edited = edited;
    /** @type {Set<string>} */
    this.platforms = new Set();
    /** @type {HTMLInputElement} */
    this.input = h("input", {
      type: "search",
      id: "search",
      placeholder: "Phone number, flow metric, or any id: of a conversation, call, case, trace or journey",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": "search-hint",
      oninput: () => this.typed(),
    });
    this.hint = h("p", { id: "search-hint", class: "hint", "aria-live": "polite" });
    this.selects = h("div", { class: "selects" });
    this.form = h(
      "form",
      { class: "filters", role: "search", onsubmit: (event) => this.submit(event) },
      h(
        "div",
        { class: "search-line" },
        h("label", { htmlFor: "search", class: "visually-hidden" }, "Search by phone number, id or flow metric"),
        this.input,
        h("button", { class: "primary" }, "Search"),
      ),
      this.hint,
      this.selects,
    );
    this.show(filters);
  }

  /** @param {Filters} filters */
  show(filters) {
    this.filters = filters;
    this.input.value = searchedText(filters);
    this.hintAt(this.input.value);
    this.drawSelects();
  }

  /** A text that was typed says nothing about the rows until it is searched. */
  typed() {
    const text = this.input.value.trim();
    const isEdited = text !== searchedText(this.filters);
    this.hintAt(text);
    if (isEdited && text) append(this.hint, [" Press Enter to search."]);
    this.edited(isEdited && text !== "");
  }

  /**
   * Adds platforms to the choices.
   *
   * @param {string[]} platforms
   */
  offer(platforms) {
    const before = this.platforms.size;
    for (const name of platforms) this.platforms.add(name);
    if (this.platforms.size !== before && !this.selects.contains(document.activeElement)) this.drawSelects();
  }

  drawSelects() {
    const { filters } = this;
    /** @type {(id: "platform" | "insight" | "status", options: string[], label: (name: string) => string) => Node} */
    const filter = (id, options, label) => {
      const change = () => this.change({ [id]: control.value || undefined });
      const named = options.map((name) => /** @type {const} */ ([name, label(name)]));
      const control = select({ id, onchange: change }, [["", "Any"], ...named], filters[id] ?? "");
      return field(title(id), control);
    };
    /** @type {(label: string, control: Node) => Node} */
    const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
    const platforms = [...new Set([...this.platforms, ...(filters.platform ? [filters.platform] : [])])].sort();
    const ranges = Object.entries(RANGES).map(([key, [label]]) => /** @type {const} */ ([key, label]));
    const range = select(
      { id: "range", onchange: () => this.range(range.value) },
      [...ranges, ["custom", "From … to …"]],
      filters.range,
    );
    fill(
      this.selects,
      field("Time", range),
      filters.range === "custom" && [field("From", this.moment("from")), field("To", this.moment("to"))],
      filter("platform", platforms, (name) => name),
      filter("insight", [...INSIGHT_RULES], title),
      filter("status", [...STATUSES], title),
      this.filtered() &&
        h("button", { type: "button", class: "plain", id: "clear", onclick: () => this.clear() }, "Clear filters"),
    );
  }

  filtered() {
    const { platform, insight, status } = this.filters;
    return Boolean(platform || insight || status || isSearch(this.filters));
  }

  /**
   * The input for the start or the end of a time that the reader chooses.
   *
   * @param {"from" | "to"} name
   */
  moment(name) {
    /** @type {(ms: number) => string} */
    const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
    const input = h("input", {
      type: "datetime-local",
      id: name,
      value: local(this.filters[name] ?? 0),
      onchange: () => {
        const at = Date.parse(input.value);
        /** @type {Filters} */
        const { from = 0, to = 0 } = { ...this.filters, [name]: at };
        const valid = !Number.isNaN(at) && from < to;
        input.setCustomValidity(valid ? "" : "The start must be before the end.");
        input.reportValidity();
        if (valid) this.change({ [name]: at });
      },
    });
    return input;
  }

  /** @param {string} range */
  range(range) {
    if (range !== "custom") return this.change({ range, from: undefined, to: undefined });
    const now = Math.floor(Date.now() / MINUTE) * MINUTE;
    const long = RANGES[this.filters.range]?.[1] ?? DAY;
    return this.change({ range, from: now - long, to: now });
  }

  /**
   * @param {Partial<Filters>} changes
   * @param {boolean} [typed] whether a text was searched
   */
  change(changes, typed = false) {
    this.filters = { ...this.filters, ...changes };
    // Who has an id or a number does not know when the journey was.
    if (isSearch(changes) && this.filters.range === DEFAULT_RANGE) this.filters.range = "all";
    if (typed && !isSearch(changes) && this.filters.range === "all") this.filters.range = DEFAULT_RANGE;
    this.drawSelects();
    this.changed(this.filters, typed);
    if (typed) this.hintAt(this.input.value);
  }

  /**
   * Filters by one more thing, or no longer by it.
   *
   * @param {"insight"} name
   * @param {string | undefined} value
   */
  choose(name, value) {
    this.change({ [name]: value });
  }

  clear() {
    const { range, from, to } = this.filters;
    this.filters = { range, from, to };
    this.show(this.filters);
    this.changed(this.filters);
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const { phone, id, metric, open } = readSearch(this.input.value);
    if (open) return this.open(open);
    return this.change({ phone, id, metric, isMetric: undefined }, true);
  }

  /**
   * Shows how a text is understood, and what else it could be.
   *
   * @param {string} text
   */
  hintAt(text) {
    const { phone, id, metric, open } = readSearch(text);
    if (open) return fill(this.hint, "This is a link to a journey.");
    const also = id && (phone || metric) ? ", or an id of some system" : "";
    if (phone) return fill(this.hint, `This is a phone number${also}. The page's address does not show it.`);
    if (metric) return fill(this.hint, `This is a flow metric${also}.`);
    if (!id) return fill(this.hint);
    const named = NAMESPACED.exec(id);
    const hex = /^[0-9a-f]{32}$/i.test(id);
    return fill(
      this.hint,
      hex
        ? "This is the id of a journey, a trace or something else."
        : named
          ? ["This is an id of ", foreign(named[1]), "."]
          : "This is searched as an id of every system.",
      !mayBeShared(id) && " It could be personal, so the page's address does not show it.",
    );
  }
}

/**
 * The text that was searched.
 *
 * @param {Filters} filters
 */
function searchedText({ phone, metric, id }) {
  return phone ?? metric ?? id ?? "";
}

/**
 * Whether filters have a text that is searched.
 *
 * @param {Partial<Filters>} filters
 */
export function isSearch({ phone, id, metric }) {
  return Boolean(phone || id || metric);
}
