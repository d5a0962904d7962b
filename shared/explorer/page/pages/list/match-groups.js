// @ts-check
// Groups the rows of a search by how it found them.

import { count } from "../../lib/format.js";

/** @import { Matched, Row } from "../../client/types.js" */

/** @typedef {{ rows: Row[], heading?: string, note?: string }} RowGroup rows under a heading */

/**
 * The groups, in their order on the page.
 *
 * @type {[Matched["by"], string][]}
 */
const HEADINGS = [
  ["journey_id", "Found by the journey’s id"],
  ["native_id", "Found by an id"],
  ["trace_id", "Found by a trace id"],
  ["phone_number", "Found by a phone number"],
  ["flow_metric", "Found by a flow metric"],
];

/**
 * The rows in groups. A journey that was found in several ways is in the first of its groups.
 *
 * @param {Row[]} rows
 * @param {Map<string, Map<string, Matched | undefined>>} found by journey: how each request found it
 * @returns {RowGroup[]}
 */
export function groupsOf(rows, found) {
  /** @type {(row: Row) => Matched[]} */
  const matches = (row) => [...(found.get(row.id)?.values() ?? [])].filter((match) => match !== undefined);
  /** @type {(row: Row) => number} */
  const place = (row) => {
    const places = matches(row).map(({ by }) => HEADINGS.findIndex(([name]) => name === by));
    return Math.min(HEADINGS.length - 1, ...places.filter((at) => at >= 0));
  };
  return HEADINGS.flatMap(([by, heading], at) => {
    const own = rows.filter((row) => place(row) === at);
    if (!own.length) return [];
    const ids = own.flatMap((row) => matches(row).flatMap((match) => (match.by === by ? (match.ids ?? []) : [])));
    const spaces = [...new Set(ids.map((id) => id.slice(0, id.indexOf(":"))))].sort();
    const named = by === "native_id" && spaces.length ? `: ${spaces.join(", ")}` : "";
    return [{ rows: own, heading: `${heading}${named}`, note: count(own.length, "journey") }];
  });
}
