// @ts-check
// The filters of the list: as the page's address has them, and as the API takes them.

import { INSIGHT_RULES, STATUSES } from "../../client/vocabulary.js";
import { DAY, HOUR, MINUTE } from "../../lib/duration.js";
import { mayBeShared } from "./search-text.js";

/**
 * `range` is a key of `RANGES`, or `custom` with `from` and `to` in milliseconds since 1970. `phone`, `id` and `metric` are
 * what the text of a search may be. `isMetric` says that some flow has set the metric: a text of the same form could be
 * a name.
 *
 * @typedef {{
 *   range: string, from?: number, to?: number,
 *   platform?: string, insight?: string, status?: string, id?: string, phone?: string,
 *   metric?: string, isMetric?: boolean,
 * }} Filters
 */

/**
 * Ranges that end now: their name and their length in milliseconds.
 *
 * @type {Record<string, [string, number]>}
 */
export const RANGES = {
  "15m": ["Last 15 minutes", 15 * MINUTE],
  "1h": ["Last hour", HOUR],
  "4h": ["Last 4 hours", 4 * HOUR],
  "24h": ["Last 24 hours", DAY],
  "7d": ["Last 7 days", 7 * DAY],
  "30d": ["Last 30 days", 30 * DAY],
  all: ["Everything that is kept", 366 * DAY],
};

export const DEFAULT_RANGE = "24h";

/** The longest id in an address. */
const MAX_ID = 300;

/** The API's clock may be this far ahead of this one. */
const CLOCK_ROOM = 5 * MINUTE;

/**
 * The time in an address, in milliseconds since 1970. Links from Datadog have it in milliseconds already.
 *
 * @param {string} text
 */
const time = (text) => (/^\d{13}$/.test(text) ? Number(text) : Date.parse(text));

/**
 * The filters in an address. Invalid ones are left out.
 *
 * @param {URLSearchParams} parameters
 * @returns {Filters}
 */
export function readFilters(parameters) {
  /** @type {Filters} */
  const filters = { range: DEFAULT_RANGE };
  const range = parameters.get("range");
  if (range && range in RANGES) filters.range = range;
  const from = time(parameters.get("from") ?? "");
  const to = time(parameters.get("to") ?? "");
  if (!Number.isNaN(from) && !Number.isNaN(to) && from < to) Object.assign(filters, { range: "custom", from, to });
  const platform = parameters.get("platform");
  if (platform && platform.length <= 64) filters.platform = platform;
  const insight = parameters.get("insight");
  if (insight && oneOf(INSIGHT_RULES, insight)) filters.insight = insight;
  const status = parameters.get("status");
  if (status && oneOf(STATUSES, status)) filters.status = status;
  const id = parameters.get("id");
  if (id && id.length <= MAX_ID && mayBeShared(id)) {
    filters.id = id;
  }
  const metric = parameters.get("metric");
  if (metric && metric.length <= MAX_ID) Object.assign(filters, { metric, isMetric: true });
  // A link to a search covers everything that is kept.
  const searched = filters.id || filters.metric;
  if (searched && !parameters.has("range") && filters.range === DEFAULT_RANGE) filters.range = "all";
  return filters;
}

/**
 * @param {readonly string[]} words
 * @param {string} word
 */
function oneOf(words, word) {
  return words.includes(word);
}

/**
 * The filters as an address has them. It never has a phone number, nor a text that could hold one or be a name.
 *
 * @param {Filters} filters
 */
export function writeFilters(filters) {
  const parameters = new URLSearchParams();
  const id = filters.id && mayBeShared(filters.id) ? filters.id : undefined;
  const metric = filters.isMetric ? filters.metric : undefined;
  if (filters.range === "custom" && filters.from !== undefined && filters.to !== undefined) {
    parameters.set("from", new Date(filters.from).toISOString());
    parameters.set("to", new Date(filters.to).toISOString());
  } else if (filters.range !== (id || metric ? "all" : DEFAULT_RANGE)) {
    parameters.set("range", filters.range);
  }
  const { platform, insight, status } = filters;
  for (const [name, value] of Object.entries({ platform, insight, status, id, metric })) {
    if (value) parameters.set(name, value);
  }
  return parameters;
}

/** @typedef {"time" | "id" | "phone" | "metric"} Way what the API searches by */

/**
 * The requests for a search, at `now`: one for each thing that its text may be.
 *
 * @param {Filters} filters
 * @param {number} now
 * @returns {[Way, Record<string, string | undefined>][]}
 */
export function queriesOf(filters, now) {
  const ways = /** @type {const} */ (["id", "phone", "metric"]).filter((way) => filters[way]);
  const rest = { ...filters, id: undefined, phone: undefined, metric: undefined };
  if (!ways.length) return [["time", queryOf(rest, now)]];
  return ways.map((way) => [way, queryOf({ ...rest, [way]: filters[way] }, now)]);
}

/**
 * The filters as the API takes them, at `now`.
 *
 * @param {Filters} filters
 * @param {number} now
 * @returns {Record<string, string | undefined>}
 */
export function queryOf(filters, now) {
  const { phone, id, metric, platform, insight, status } = filters;
  const query = { phone, id, metric, platform, insight, status };
  // The API's longest range ends now.
  if (filters.range === "all") return id || metric ? query : { ...query, from: new Date(now - 366 * DAY + CLOCK_ROOM).toISOString() };
  const custom = filters.range === "custom" && filters.from !== undefined && filters.to !== undefined;
  const from = custom ? Number(filters.from) : now - (RANGES[filters.range]?.[1] ?? 0);
  // A range that ends now includes a journey that has just begun on a clock that is a little ahead.
  const to = custom ? Number(filters.to) : now + CLOCK_ROOM;
  return { ...query, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
