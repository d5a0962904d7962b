// @ts-check
// What the list shows when it has no rows.

import { stamp } from "../../lib/clock-time.js";
import { h } from "../../lib/dom.js";
import { pageState } from "../../parts/page-state.js";
import { RANGES } from "./filter-address.js";

/** @import { Zone } from "../../lib/clock-time.js" */
/** @import { Filters } from "./filter-address.js" */

/**
 * The range that is offered when a range has no journeys.
 *
 * @type {Record<string, string | undefined>}
 */
const WIDER = { "15m": "24h", "1h": "24h", "4h": "24h", "24h": "7d", "7d": "30d", "30d": "all" };

/**
 * The pages so far are empty, but there are more.
 *
 * @param {number | undefined} searchedTo
 * @param {Zone} zone
 * @param {() => unknown} more
 */
export function nothingYet(searchedTo, zone, more) {
  return pageState("nothing-yet", {
    icon: "clock",
    title: "No journeys found so far",
    text: searchedTo === undefined ? "" : `All journeys since ${stamp(searchedTo, zone)} were searched.`,
    actions: [["Keep searching", more]],
  });
}

/**
 * @param {Filters} filters
 * @param {{
 *   filtered: boolean, newest?: string, search: (filters: Filters) => unknown, clear: () => unknown, show: () => unknown
 * }} options `newest` is the date of the newest journey that is kept
 */
export function nothingFound(filters, { filtered, newest, search, clear, show }) {
  const wider = WIDER[filters.range];
  const searched = filters.phone || filters.id || filters.metric;
  /** @type {[string, () => unknown][]} */
  const actions = [];
  if (newest) actions.push([`Newest journey: ${newest}. Show it`, show]);
  if (wider) {
    const name = RANGES[wider][0].toLowerCase();
    actions.push([`Search ${wider === "all" ? "" : "the "}${name}`, () => search({ ...filters, range: wider })]);
  }
  if (filtered) actions.push(["Clear filters", clear]);
  return pageState("nothing", {
    icon: "empty",
    title: searched
      ? "No journey matches this search"
      : filtered
        ? "No journey matches these filters"
        : "No journeys in this time",
    list: [
      filters.range === "custom"
        ? "Time: check that the start and the end above include the journey."
        : filters.range === "all"
          ? "Time: everything that is kept was searched. Journeys are deleted after 30 days."
          : `Time: this search covers only the ${RANGES[filters.range][0].toLowerCase()}.`,
      searched
        ? "Number, id or metric: try another one of the same customer or call. Withheld numbers cannot be found."
        : [
            "Integration: check that the Amazon EventBridge source of Genesys Cloud is active with ",
            h("code", {}, "cxtrace doctor --aws"),
            ".",
          ],
      "Delay: a call appears after a few seconds. Some sources report it up to 15 minutes later.",
    ],
    actions,
    note: filters.range === "custom" ? undefined : "This page keeps searching automatically.",
  });
}
