// The search and the filters above the list.

import { fill, foreign, h, select } from "./dom.js";
import { title } from "./format.js";
import { INSIGHTS, NAMESPACES, RANGES, STATUSES, mayBeShared, readSearch } from "./search.js";

/** `changed(filters)` is called with new filters, `open(id)` with a journey's id that was typed. */
export class Filters {
  constructor(filters, { changed, open }) {
    this.filters = filters;
    this.changed = changed;
    this.open = open;
    this.platforms = new Set();
    this.input = h("input", {
      type: "search",
      id: "search",
      placeholder: "Phone number or any id",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": "search-hint",
      oninput: () => this.hintAt(this.input.value),
    });
    this.hint = h("p", { id: "search-hint", class: "hint", "aria-live": "polite" });
    this.form = h(
      "form",
      { class: "filters", role: "search", onsubmit: (event) => this.submit(event) },
      h(
        "div",
        { class: "search-line" },
        h("label", { htmlFor: "search", class: "visually-hidden" }, "Search by phone number or id"),
        this.input,
        h("button", { class: "primary" }, "Search"),
      ),
      this.hint,
      (this.selects = h("div", { class: "selects" })),
    );
    this.show(filters);
  }

  show(filters) {
    this.filters = filters;
    this.input.value = filters.phone ?? filters.id ?? "";
    this.hintAt(this.input.value);
    this.drawSelects();
  }

  /** Platforms that were seen become choices. */
  offer(platforms) {
    const before = this.platforms.size;
    for (const name of platforms) this.platforms.add(name);
    if (this.platforms.size !== before && !this.selects.contains(document.activeElement)) this.drawSelects();
  }

  drawSelects() {
    const { filters } = this;
    const choose = (name) => (event) => this.change({ [name]: event.target.value || undefined });
    const field = (label, control) => h("label", { class: "field" }, h("span", {}, label), control);
    const platforms = [...new Set([...this.platforms, ...(filters.platform ? [filters.platform] : [])])].sort();
    fill(
      this.selects,
      field(
        "Time",
        select(
          { id: "range", onchange: (event) => this.range(event.target.value) },
          [...Object.entries(RANGES).map(([key, [label]]) => [key, label]), ["custom", "From … to …"]],
          filters.range,
        ),
      ),
      filters.range === "custom" && [field("From", this.moment("from")), field("To", this.moment("to"))],
      field(
        "Platform",
        select(
          { id: "platform", onchange: choose("platform") },
          [["", "Any"], ...platforms.map((name) => [name, name])],
          filters.platform ?? "",
        ),
      ),
      field(
        "Insight",
        select(
          { id: "insight", onchange: choose("insight") },
          [["", "Any"], ...INSIGHTS.map((rule) => [rule, title(rule)])],
          filters.insight ?? "",
        ),
      ),
      field(
        "Status",
        select(
          { id: "status", onchange: choose("status") },
          [["", "Any"], ...STATUSES.map((status) => [status, title(status)])],
          filters.status ?? "",
        ),
      ),
      this.filtered() &&
        h("button", { type: "button", class: "plain", id: "clear", onclick: () => this.clear() }, "Clear filters"),
    );
  }

  filtered() {
    const { platform, insight, status, id, phone } = this.filters;
    return Boolean(platform || insight || status || id || phone);
  }

  moment(name) {
    const local = (ms) => new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
    return h("input", {
      type: "datetime-local",
      id: name,
      value: local(this.filters[name]),
      onchange: (event) => {
        const at = Date.parse(event.target.value);
        const next = { ...this.filters, [name]: at };
        const valid = !Number.isNaN(at) && next.from < next.to;
        event.target.setCustomValidity(valid ? "" : "The beginning must be before the end.");
        event.target.reportValidity();
        if (valid) this.change({ [name]: at });
      },
    });
  }

  range(range) {
    if (range !== "custom") return this.change({ range, from: undefined, to: undefined });
    const now = Math.floor(Date.now() / 60_000) * 60_000;
    const long = RANGES[this.filters.range]?.[1] ?? 86_400_000;
    return this.change({ range, from: now - long, to: now });
  }

  change(changes) {
    this.filters = { ...this.filters, ...changes };
    this.drawSelects();
    this.changed(this.filters);
  }

  clear() {
    const { range, from, to } = this.filters;
    this.filters = { range, from, to };
    this.show(this.filters);
    this.changed(this.filters);
  }

  submit(event) {
    event.preventDefault();
    const found = readSearch(this.input.value);
    const searched = { id: undefined, phone: undefined };
    if (found.kind === "journey") return this.open(found.value);
    if (found.kind === "unclear") return this.input.focus();
    if (found.kind === "phone") searched.phone = found.value;
    if (found.kind === "id") searched.id = found.value;
    return this.change(searched);
  }

  /** Says how a text is understood, and what else it could be. */
  hintAt(text) {
    const found = readSearch(text);
    const as = (id) =>
      h("button", { type: "button", class: "link", onclick: () => this.searchFor(id) }, id.slice(0, id.indexOf(":")));
    const or = (ids) => ids.flatMap((id) => [" or ", as(id)]);
    switch (found.kind) {
      case "none":
        return fill(this.hint);
      case "phone":
        return fill(this.hint, "A phone number. It is not put into the address of this page.");
      case "journey":
        return fill(this.hint, "A journey's id.", found.others && [" It may also be a ", as(found.others[0]), "."]);
      case "id":
        return fill(
          this.hint,
          "An id of ",
          foreign(found.value.slice(0, found.value.indexOf(":"))),
          found.others.length > 0 && or(found.others),
          ".",
          !mayBeShared(found.value) && " It could be personal, so it is not put into the address of this page.",
        );
      default:
        return fill(
          this.hint,
          "Which id is it? ",
          NAMESPACES.flatMap((namespace, i) => [i > 0 && ", ", as(`${namespace}:${found.value}`)]),
          ". Or write it as namespace:value.",
        );
    }
  }

  searchFor(id) {
    this.input.value = id;
    this.hintAt(id);
    this.change({ id, phone: undefined });
  }
}
