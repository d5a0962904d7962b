// @ts-check
// The list of journeys: newest first, page by page. It updates itself.

import { listJourneys } from "../../client/requests.js";
import { fullDate, millis, stamp } from "../../lib/clock-time.js";
import { announce, arrange, fill, h } from "../../lib/dom.js";
import { Poll } from "../../lib/poll.js";
import { preferences } from "../../lib/preferences.js";
import { onThemeChange } from "../../lib/theme.js";
import { count } from "../../lib/format.js";
import { failed } from "../../parts/failure.js";
import { notices } from "../../parts/notices.js";
import { loading } from "../../parts/page-state.js";
import { setListed } from "../listed.js";
import { holdUnsharedSearch, unsharedSearch } from "../unshared-search.js";
import { queriesOf, queryOf, readFilters, writeFilters } from "./filter-address.js";
import { Facets } from "./facets.js";
import { FilterForm, isSearch } from "./filter-form.js";
import { groupsOf } from "./match-groups.js";
import { nothingFound, nothingYet } from "./nothing-found.js";
import { RowList } from "./row-list.js";

/** @import { Failure } from "../../client/requests.js" */
/** @import { PageConfig } from "../../client/sign-in.js" */
/** @import { List, Matched, Row } from "../../client/types.js" */
/** @import { Picked } from "../picked.js" */
/** @import { Filters, Way } from "./filter-address.js" */

/** A first page with fewer rows is filled up from the next ones. */
const MIN_ROWS = 20;
const MAX_FILL_UPS = 3;

/** A search by a flow metric reads every journey, so it needs more pages, and it is repeated less often. */
const MAX_METRIC_FILL_UPS = 10;
const METRIC_FACTOR = 6;

/** @typedef {"started" | "long" | "waited"} SortKey */

/**
 * What rows are sorted by, the largest first.
 *
 * @type {Record<SortKey, (row: Row) => number>}
 */
const SORTS = {
  started: startOf,
  long: (row) => row.duration_ms ?? Infinity,
  waited: (row) => row.waited_ms ?? 0,
};

/** The pause between two requests in milliseconds. */
const PAUSE = 5000;

export class ListPage {
  /**
   * @param {URLSearchParams} parameters
   * @param {{ config: PageConfig, picked: Picked }} options
   */
  constructor(parameters, { config, picked }) {
    this.config = config;
    this.picked = picked;
    /** @type {Filters} */
    this.filters = { ...readFilters(parameters) };
    if (!isSearch(this.filters)) Object.assign(this.filters, unsharedSearch());
    /** @type {Map<string, Row>} */
    this.rows = new Map();
    /** By journey: each way in which the search found it. */
    /** @type {Map<string, Map<Way, Matched | undefined>>} */
    this.found = new Map();
    /** By way: the cursor of the next page. */
    /** @type {Map<Way, string | undefined>} */
    this.nexts = new Map();
    /** @type {string | undefined} */
    this.searchedTo = undefined;
    /** Whether more pages than the first were loaded. */
    this.deep = false;
    /** Whether the only journey of a typed id is opened at once. */
    this.opens = false;
    /** The newest journey that is kept, when a search finds nothing. */
    /** @type {Row | undefined} */
    this.newest = undefined;
    /** What the rows are sorted by. */
    /** @type {SortKey} */
    this.sorted = "started";
    /** Whether a first page has come. */
    this.shown = false;
    /** @type {AbortController | undefined} */
    this.more = undefined;
    this.filterForm = new FilterForm(this.filters, {
      changed: (filters, typed) => this.search(filters, typed),
      open: (id) => (location.hash = `#/j/${id}`),
      edited: (is) => this.hide(is),
    });
    this.rowList = new RowList((row) => this.picked.box(row));
    this.olderButton = h(
      "button",
      { type: "button", class: "plain more", onclick: () => this.keepSearching() },
      "Show older journeys",
    );
    this.searched = h("span", { class: "quiet" });
    this.older = h("p", { class: "actions" }, this.olderButton, this.searched);
    this.facets = new Facets((insight) => this.filterForm.choose("insight", insight));
    this.heading = h("div", { class: "headings", role: "group", "aria-label": "Sort by" });
    this.body = h("div", { class: "list-body" });
    this.counted = h("p", { class: "counted", role: "status" });
    this.head = h("div", { class: "list-head" }, this.counted, this.facets.element, this.picked.bar());
    this.element = h(
      "main",
      { class: "list-page", id: "main", tabIndex: -1 },
      h("h1", { class: "visually-hidden" }, "Journeys"),
      this.filterForm.form,
      this.head,
      this.body,
    );
    this.poll = new Poll(
      (signal) => this.refresh(signal),
      () => this.pause(),
      (failure) => this.onFailure(failure),
    );
    this.endTheme = onThemeChange(() => this.redraw());
    fill(this.body, loading("list", "The list"));
    this.poll.now();
  }

  /** The pause until the list is loaded again, in milliseconds. A range that has ended is not loaded again. */
  pause() {
    if (this.filters.range === "custom") return undefined;
    return (this.config.poll_ms ?? PAUSE) * (this.filters.metric ? METRIC_FACTOR : 1);
  }

  /** The cursor of a next page, if there is one. */
  get next() {
    return [...this.nexts.values()].find(Boolean);
  }

  /** Focuses the search, for readers who have a phone number or an id at hand. */
  begin() {
    if (matchMedia("(hover: hover)").matches) this.filterForm.input.focus({ preventScroll: true });
  }

  close() {
    this.poll.close();
    this.more?.abort();
    this.endTheme();
  }

  /**
   * Applies new filters. They go to the API, and into the address without what could be personal.
   *
   * @param {Filters} filters
   * @param {boolean} [typed] whether a text was searched
   */
  search(filters, typed = false) {
    this.filters = filters;
    // Rows of another search must not appear below this one.
    this.more?.abort();
    this.newest = undefined;
    this.opens = typed;
    this.hide(false);
    this.writeAddress();
    this.rows.clear();
    this.found.clear();
    this.rowList.clear();
    this.nexts.clear();
    this.shown = this.deep = false;
    notices.clear();
    fill(this.body, loading("list", "The list"));
    fill(this.counted);
    this.facets.draw([], undefined);
    this.poll.now();
  }

  /**
   * Hides the rows while another text than theirs stands in the search: rows never stand below a search that was not made.
   *
   * @param {boolean} is
   */
  hide(is) {
    this.head.hidden = is;
    this.body.hidden = is;
  }

  writeAddress() {
    const { filters } = this;
    const parameters = writeFilters(filters);
    holdUnsharedSearch({
      phone: filters.phone,
      id: parameters.has("id") ? undefined : filters.id,
      metric: parameters.has("metric") ? undefined : filters.metric,
    });
    const text = parameters.toString();
    history.replaceState(null, "", `#/${text ? `?${text}` : ""}`);
    sessionStorage.setItem("cxtrace.list", location.hash);
  }

  /**
   * Loads the first page again. Adds new rows and draws changed rows again.
   *
   * @param {AbortSignal} signal
   */
  async refresh(signal) {
    const pages = await this.ask(queriesOf(this.filters, Date.now()), signal);
    const first = !this.shown;
    const fresh = [];
    for (const [way, page] of pages) {
      for (const row of page.rows) {
        if (!this.rows.has(row.id) && !first) fresh.push(row.id);
        this.add(way, row);
      }
      this.forget(way, page);
      // A page after the first one has led further back.
      if (!this.deep) this.nexts.set(way, page.next);
    }
    if (!this.deep) this.searchedTo = pages.map(([, page]) => page.searched_to).sort().at(-1);
    this.shown = true;
    notices.hide("down");
    if (first && this.openOnly()) return;
    this.draw(fresh);
    // A flow has set it, so it is not a person's name: the address may show it.
    if (!this.filters.isMetric && pages.some(([way, page]) => way === "metric" && page.rows.length)) {
      this.filters.isMetric = true;
      this.writeAddress();
    }
    if (fresh.length) announce(`${count(fresh.length, "new journey")}`);
    if (first && this.next && this.rows.size < MIN_ROWS) await this.fillUp(signal);
    if (!this.rows.size && !this.next && !this.newest) await this.findNewest(signal);
  }

  /**
   * Sends the requests of a search. A request that the API refuses does not hide what the others found.
   *
   * @param {[Way, Record<string, string | undefined>][]} queries
   * @param {AbortSignal} signal
   * @returns {Promise<[Way, List][]>}
   */
  async ask(queries, signal) {
    const answers = await Promise.allSettled(queries.map(([, query]) => listJourneys(query, signal)));
    const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
    const refused = failures.filter((failure) => failure.kind === "refused");
    if (refused.length < failures.length) throw failures.find((failure) => !refused.includes(failure));
    if (refused.length === queries.length) throw refused[0];
    if (refused.length) {
      notices.show("partly", { kind: "warning", text: `Only a part of the search was made. ${refused[0].message}` });
    }
    return answers.flatMap((answer, i) =>
      answer.status === "fulfilled" ? [/** @type {[Way, List]} */ ([queries[i][0], answer.value])] : [],
    );
  }

  /**
   * @param {Way} way
   * @param {Row} row
   */
  add(way, row) {
    this.rows.set(row.id, row);
    const ways = this.found.get(row.id) ?? new Map();
    this.found.set(row.id, ways.set(way, row.matched));
  }

  /** Opens the journey whose own id was typed. Returns whether it did. */
  openOnly() {
    const [row, other] = this.rows.values();
    const opened = this.opens && row && !other && row.matched?.by === "journey_id";
    this.opens = false;
    if (opened) location.hash = `#/j/${row.id}`;
    return opened;
  }

  /**
   * Finds the newest journey that is kept, so that an empty list can lead to it.
   *
   * @param {AbortSignal} signal
   */
  async findNewest(signal) {
    const query = queryOf({ range: "all" }, Date.now());
    const { rows } = await listJourneys({ ...query, limit: "1" }, signal);
    this.newest = rows[0];
    if (this.newest && !this.rows.size) this.draw([]);
  }

  /**
   * Loads more pages while the list is nearly empty. The API may end a page early.
   *
   * @param {AbortSignal} signal
   */
  async fillUp(signal) {
    const most = this.filters.metric ? MAX_METRIC_FILL_UPS : MAX_FILL_UPS;
    for (let i = 0; i < most && this.next && this.rows.size < MIN_ROWS && !signal.aborted; i++) {
      if (!(await this.loadMore())) return;
    }
  }

  /**
   * Removes rows in the page's time that are not on the page. They are now part of another journey, or no longer match.
   *
   * @param {Way} way
   * @param {List} page
   */
  forget(way, page) {
    const listed = new Set(page.rows.map((row) => row.id));
    const oldest = page.next ? (millis(page.rows.at(-1)?.started_at) ?? Infinity) : -Infinity;
    for (const [id, row] of this.rows) {
      const ways = this.found.get(id);
      if (!ways?.has(way) || listed.has(id) || !(startOf(row) > oldest)) continue;
      ways.delete(way);
      if (ways.size) continue;
      this.found.delete(id);
      this.rows.delete(id);
      this.rowList.remove(id);
    }
  }

  /** @param {Failure} failure */
  onFailure(failure) {
    if (this.shown && failure.kind !== "signed_out") {
      notices.show("down", {
        kind: "warning",
        text: `${failure.message} The list may be out of date. Trying again.`,
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

  /** Loads the next page. Returns whether it did. */
  async loadMore() {
    this.more?.abort();
    const round = (this.more = new AbortController());
    this.olderButton.disabled = true;
    try {
      // The cursor holds the range of its search.
      const queries = queriesOf(this.filters, Date.now()).filter(([way]) => this.nexts.get(way));
      /** @type {[Way, Record<string, string | undefined>][]} */
      const next = queries.map(([way, query]) => [
        way,
        { ...query, from: undefined, to: undefined, cursor: this.nexts.get(way) },
      ]);
      for (const [way, page] of await this.ask(next, round.signal)) {
        for (const row of page.rows) if (!this.found.get(row.id)?.has(way)) this.add(way, row);
        this.nexts.set(way, page.next);
        this.searchedTo = page.searched_to;
      }
      this.deep = true;
      this.draw([]);
    } catch (error) {
      if (round.signal.aborted) return false;
      const failure = /** @type {Failure} */ (error);
      if (failure.code === "invalid_cursor") this.search(this.filters);
      else this.onFailure(failure);
      return false;
    } finally {
      this.olderButton.disabled = false;
    }
    return !round.signal.aborted;
  }

  redraw() {
    this.rowList.clear();
    if (this.shown) this.draw([]);
  }

  /** @param {string[]} fresh the ids of new rows */
  draw(fresh) {
    const rows = [...this.rows.values()].sort(
      (a, b) => SORTS[this.sorted](b) - SORTS[this.sorted](a) || startOf(b) - startOf(a) || (a.id < b.id ? -1 : 1),
    );
    setListed(rows.map((row) => row.id));
    this.filterForm.offer(rows.flatMap((row) => row.platforms ?? []));
    this.facets.draw(rows, this.filters.insight);
    this.drawOlder();
    if (!rows.length) {
      fill(this.body, this.next ? this.nothingYet() : this.nothingFound());
      fill(this.counted);
      return;
    }
    const refocus = this.rowList.draw(isSearch(this.filters) ? groupsOf(rows, this.found) : [{ rows }], fresh);
    fill(
      this.counted,
      h("strong", {}, count(rows.length, "journey")),
      this.next ? " so far" : "",
      this.filters.range === "custom"
        ? ""
        : h("span", { class: "following", title: "New journeys appear automatically" }, " · live"),
    );
    arrange(this.body, [this.headings(), this.rowList.element, this.next && this.older]);
    refocus();
  }

  /** The button that loads more. A search says how far back it has come. */
  drawOlder() {
    const isSearched = isSearch(this.filters);
    const to = millis(this.searchedTo);
    this.olderButton.textContent = isSearched ? "Keep searching" : "Show older journeys";
    fill(this.searched, isSearched && to !== undefined && ` Searched back to ${stamp(to, preferences().zone)}.`);
  }

  /** Loads more pages of a search until it finds something. */
  async keepSearching() {
    const found = this.rows.size;
    const most = this.filters.metric ? MAX_METRIC_FILL_UPS : 1;
    for (let i = 0; i < most && this.next && this.rows.size === found; i++) {
      const round = await this.loadMore();
      if (!round) return;
    }
  }

  /** The headings of the columns. Those of figures sort the rows. */
  headings() {
    /** @type {(key: SortKey, text: string) => Node} */
    const sort = (key, text) =>
      h(
        "button",
        {
          type: "button",
          class: "link",
          id: `sort-${key}`,
          "aria-pressed": String(this.sorted === key),
          title: `Sort the rows by this, the largest first`,
          onclick: () => {
            this.sorted = key;
            this.draw([]);
            document.getElementById(`sort-${key}`)?.focus();
          },
        },
        `${text}${this.sorted === key ? " ↓" : ""}`,
      );
    fill(
      this.heading,
      h("span", {}, sort("started", "Started")),
      h("span", {}, sort("long", "Length"), " ", sort("waited", "Wait")),
      h("span", {}, "How it ended"),
      h("span", {}, "Insights"),
      h("span", {}, "Status"),
    );
    return this.heading;
  }

  /** Moves the focus from the search to the rows. */
  enter() {
    this.rowList.enter();
  }

  nothingYet() {
    return nothingYet(millis(this.searchedTo), preferences().zone, () => this.keepSearching());
  }

  nothingFound() {
    return nothingFound(this.filters, {
      filtered: this.filterForm.filtered(),
      search: (filters) => {
        this.filterForm.show(filters);
        this.search(filters);
      },
      clear: () => this.filterForm.clear(),
      newest: this.newest && fullDate(startOf(this.newest), preferences().zone),
      show: () => (location.hash = `#/j/${this.newest?.id}`),
    });
  }
}

/** @param {Row} row */
function startOf(row) {
  return millis(row.started_at) ?? 0;
}
