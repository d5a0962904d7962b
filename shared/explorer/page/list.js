// The list of journeys: newest first, page by page, and kept up to date while somebody looks.

import { listJourneys } from "./api.js";
import { announce, arrange, fill, foreign, h, sentence } from "./dom.js";
import { clock, count, shortDate, stamp, millis } from "./format.js";
import { Filters } from "./filters.js";
import { byWorst, insightChip, legStrip, lengthOf, platformPath, statusPill } from "./pieces.js";
import { Poll } from "./poll.js";
import { preferences } from "./prefs.js";
import { RANGES, queryOf, readFilters, writeFilters } from "./search.js";
import { failed, loading, notices, state } from "./states.js";
import { onThemeChange } from "./theme.js";

/** What was searched and may not stand in the address: forgotten with the tab. */
let unshared = {};
/** The ids that were listed last, for stepping from journey to journey. */
let listed = [];

export function listedBefore() {
  return listed;
}

/** A page with fewer rows than this is no whole page. */
const FEW = 10;

export class List {
  constructor(parameters, { config, picked }) {
    this.config = config;
    this.picked = picked;
    this.filters = { ...readFilters(parameters) };
    if (!this.filters.id) Object.assign(this.filters, unshared);
    this.rows = new Map();
    this.elements = new Map();
    this.filterBar = new Filters(this.filters, {
      changed: (filters) => this.search(filters),
      open: (id) => (location.hash = `#/j/${id}`),
    });
    this.items = h("ol", { class: "rows", "aria-label": "Journeys" });
    this.items.addEventListener("keydown", (event) => this.key(event));
    this.older = h(
      "p",
      { class: "actions" },
      h("button", { type: "button", class: "plain more", onclick: () => this.loadMore() }, "Show older journeys"),
    );
    this.body = h("div", { class: "list-body" });
    this.counted = h("p", { class: "counted", role: "status" });
    this.element = h(
      "main",
      { class: "list-page", id: "main", tabIndex: -1 },
      h("h1", { class: "visually-hidden" }, "Journeys"),
      this.filterBar.form,
      h("div", { class: "list-head" }, this.counted, this.picked.bar()),
      this.body,
    );
    this.poll = new Poll(
      (signal) => this.refresh(signal),
      () => (this.filters.range === "custom" ? undefined : (this.config.poll_ms ?? 5000)),
    );
    this.poll.failed = (failure) => this.onFailure(failure);
    this.endTheme = onThemeChange(() => this.redraw());
    fill(this.body, loading("list", "The list"));
    this.poll.now();
  }

  /** Where somebody who has a number in hand begins. */
  begin() {
    if (matchMedia("(hover: hover)").matches) this.filterBar.input.focus({ preventScroll: true });
  }

  close() {
    this.poll.close();
    this.more?.abort();
    this.endTheme();
  }

  /** New filters: into the address, without a phone number, and on to the API. */
  search(filters) {
    this.filters = filters;
    const parameters = writeFilters(filters);
    unshared = { phone: filters.phone, id: filters.id && !parameters.has("id") ? filters.id : undefined };
    const text = parameters.toString();
    history.replaceState(null, "", `#/${text ? `?${text}` : ""}`);
    sessionStorage.setItem("cxtrace.list", location.hash);
    this.rows.clear();
    this.elements.clear();
    this.next = undefined;
    this.shown = false;
    notices.clear();
    fill(this.body, loading("list", "The list"));
    fill(this.counted);
    this.poll.now();
  }

  /** The first page anew: what is new moves in, what has changed is drawn again. */
  async refresh(signal) {
    const page = await listJourneys(queryOf(this.filters, Date.now()), signal);
    const first = !this.shown;
    const fresh = [];
    for (const row of page.rows) {
      const held = this.rows.get(row.id);
      if (!held && !first) fresh.push(row.id);
      this.rows.set(row.id, row);
    }
    this.forget(page);
    if (first || this.rows.size <= page.rows.length) this.next = page.next;
    this.searchedTo = page.searched_to;
    this.shown = true;
    notices.hide("down");
    this.draw(fresh);
    if (fresh.length) announce(`${count(fresh.length, "new journey")}`);
    if (first && this.next && page.rows.length < FEW) await this.fillUp(signal);
  }

  /** A first page that is nearly empty may have stopped early: its end is looked for. */
  async fillUp(signal) {
    for (let tries = 3; tries > 0 && this.next && this.rows.size < FEW && !signal.aborted; tries--) {
      await this.loadMore();
    }
  }

  /** What lies in the page's time and is not on it has become part of another journey, or fits no more. */
  forget(page) {
    const listed = new Set(page.rows.map((row) => row.id));
    const oldest = page.next ? millis(page.rows.at(-1)?.started_at) : -Infinity;
    for (const [id, row] of this.rows) {
      if (listed.has(id) || !(millis(row.started_at) > oldest)) continue;
      this.rows.delete(id);
      this.elements.delete(id);
    }
  }

  onFailure(failure) {
    if (this.shown && failure.kind !== "signed_out") {
      notices.show("down", {
        kind: "warning",
        text: `${failure.message} What you see is as it was; trying again.`,
        actions: [["Try now", () => this.poll.now()]],
      });
      return;
    }
    fill(
      this.body,
      failed(failure, "The list", () => this.poll.now()),
    );
    fill(this.counted);
  }

  async loadMore() {
    const button = this.older.firstChild;
    this.more?.abort();
    const round = (this.more = new AbortController());
    button.disabled = true;
    try {
      // The cursor knows the range that it came from.
      const query = { ...queryOf(this.filters, Date.now()), from: undefined, to: undefined, cursor: this.next };
      const page = await listJourneys(query, round.signal);
      for (const row of page.rows) if (!this.rows.has(row.id)) this.rows.set(row.id, row);
      this.next = page.next;
      this.searchedTo = page.searched_to;
      this.draw([]);
    } catch (failure) {
      if (round.signal.aborted) return;
      if (failure.code === "invalid_cursor") this.search(this.filters);
      else this.onFailure(failure);
    } finally {
      button.disabled = false;
    }
  }

  redraw() {
    this.elements.clear();
    if (this.shown) this.draw([]);
  }

  draw(fresh) {
    const rows = [...this.rows.values()].sort(
      (a, b) => millis(b.started_at) - millis(a.started_at) || (a.id < b.id ? -1 : 1),
    );
    listed = rows.map((row) => row.id);
    this.filterBar.offer(rows.flatMap((row) => row.platforms ?? []));
    if (!rows.length) {
      fill(this.body, this.next ? this.nothingYet() : this.nothing());
      fill(this.counted);
      return;
    }
    const focused =
      this.items.contains(document.activeElement) && document.activeElement.closest("[data-id]").dataset.id;
    const now = Date.now();
    const elements = rows.map((row) => this.elementOf(row, now, fresh.includes(row.id)));
    arrange(this.items, elements);
    if (!this.items.querySelector("[tabindex='0']")) elements[0].querySelector("a").tabIndex = 0;
    const { range } = this.filters;
    fill(
      this.counted,
      h("strong", {}, count(rows.length, "journey")),
      this.next ? " so far" : "",
      range === "custom"
        ? ""
        : h("span", { class: "following", title: "New journeys move in by themselves" }, " · following"),
    );
    arrange(this.body, [this.items, this.next && this.older]);
    // A row that has changed is another element: the focus goes on to it.
    if (focused && !this.items.contains(document.activeElement)) {
      this.items.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
    }
  }

  /** The element of a row: the one there is, unless the row has changed. */
  elementOf(row, now, fresh) {
    const written = JSON.stringify(row) + (row.ended_at ? "" : Math.floor(now / 1000));
    const held = this.elements.get(row.id);
    if (held?.written === written) {
      held.element.classList.remove("fresh");
      return held.element;
    }
    const tabIndex = held?.element.querySelector("a").tabIndex ?? -1;
    const element = this.row(row, now, tabIndex);
    if (fresh) element.classList.add("fresh");
    this.elements.set(row.id, { written, element });
    return element;
  }

  row(row, now, tabIndex) {
    const { zone } = preferences();
    const started = millis(row.started_at);
    const insights = byWorst(row.insights);
    return h(
      "li",
      { data: { id: row.id } },
      this.picked.box(row),
      h(
        "a",
        { class: "row", href: `#/j/${row.id}`, tabIndex },
        h(
          "span",
          { class: "when", title: stamp(started, zone) },
          h("strong", {}, clock(started, zone, 1000)),
          h("span", { class: "quiet" }, shortDate(started, zone)),
        ),
        h("span", { class: "long" }, lengthOf(row, now)),
        h(
          "span",
          { class: "what" },
          h("span", { class: "summary" }, sentence(row.summary)),
          h("span", { class: "way" }, legStrip(row, now), h("span", { class: "path quiet" }, wayOf(row))),
        ),
        h(
          "span",
          { class: "insights" },
          insights.slice(0, 3).map((insight) => insightChip(insight)),
          insights.length > 3 && h("span", { class: "quiet" }, `+${insights.length - 3}`),
        ),
        h("span", { class: "state-cell" }, statusPill(row.status)),
      ),
    );
  }

  nothingYet() {
    return state("nothing-yet", {
      icon: "clock",
      title: "Nothing so far",
      text: this.searchedTo
        ? `Everything since ${stamp(millis(this.searchedTo), preferences().zone)} has been looked through.`
        : "",
      actions: [["Go on looking", () => this.loadMore()]],
    });
  }

  nothing() {
    const { filters } = this;
    const wider = { "15m": "24h", "1h": "24h", "4h": "24h", "24h": "7d", "7d": "30d" }[filters.range];
    const widen = () => this.filterBar.show({ ...filters, range: wider }) ?? this.search({ ...filters, range: wider });
    const searched = filters.phone || filters.id;
    return state("nothing", {
      icon: "empty",
      title: searched
        ? "No journey was found for this search"
        : this.filterBar.filtered()
          ? "No journey fits these filters"
          : "No journeys in this time",
      list: [
        filters.range === "custom"
          ? "The time: was it before or after what is chosen above?"
          : `The time: only the ${RANGES[filters.range][0].toLowerCase().replace("last ", "last ")} was looked at.`,
        searched
          ? "The number or id: try another one of the same customer or call. Withheld numbers cannot be found."
          : [
              "The integration: is the Amazon EventBridge source of Genesys Cloud active? ",
              h("code", {}, "cxtrace doctor --aws"),
              " tells.",
            ],
        "The delay: a call shows after a few seconds; some sources tell of it up to 15 minutes later.",
      ],
      actions: [
        ...(wider ? [[`Look at the ${RANGES[wider][0].toLowerCase()}`, widen]] : []),
        ...(this.filterBar.filtered() ? [["Clear filters", () => this.filterBar.clear()]] : []),
      ],
      note: filters.range === "custom" ? undefined : "This page goes on looking by itself.",
    });
  }

  key(event) {
    const links = [...this.items.querySelectorAll("a.row")];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, j: at + 1, k: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.focusRow(links, to);
  }

  focusRow(links, to) {
    const link = links[Math.max(0, Math.min(links.length - 1, to))];
    if (!link) return;
    for (const other of links) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  }

  /** From the search down into the rows. */
  enter() {
    const links = [...this.items.querySelectorAll("a.row")];
    this.focusRow(
      links,
      Math.max(
        0,
        links.findIndex((link) => link.tabIndex === 0),
      ),
    );
  }
}

/** `web → genesys · •••• 23`: the way where it has steps, and the customer's number as it may be read. */
function wayOf({ legs = [], platforms, phones = [] }) {
  const customer = phones.find((phone) => phone.party === "customer");
  const path = legs.length > 1 ? platformPath(legs, platforms) : [];
  return [...path, customer && [path.length > 0 && " · ", foreign(customer.masked)]];
}
