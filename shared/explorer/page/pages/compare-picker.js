// @ts-check
// A dialog that picks the journey to compare with.

import { listJourneys } from "../client/requests.js";
import { clock, millis, shortDate } from "../lib/clock-time.js";
import { button, fill, h, sentence } from "../lib/dom.js";
import { preferences } from "../lib/preferences.js";
import { queryOf } from "./list/filter-address.js";

/** @import { Row } from "../client/types.js" */

/** How many journeys the dialog offers. */
const LIMIT = 30;

/** A page of the API may end early. So many are read at most. */
const MAX_PAGES = 5;

/** @param {string} id the journey to compare */
export async function pickOther(id) {
  const list = h("ul", { class: "picker" }, h("li", { class: "quiet" }, "Loading journeys"));
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": "picker-title" },
    h("h2", { id: "picker-title" }, "Compare with which journey?"),
    list,
    h(
      "p",
      { class: "actions" },
      button("Close", () => dialog.close(), "plain"),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  /** @type {(row: Row) => Node} */
  const item = (row) => {
    const at = millis(row.started_at) ?? 0;
    const { zone } = preferences();
    const choose = () => {
      dialog.close();
      location.hash = `#/compare/${id}/${row.id}`;
    };
    return h(
      "li",
      {},
      h(
        "button",
        { type: "button", class: "plain", data: { other: row.id }, onclick: choose },
        h("span", { class: "quiet" }, `${shortDate(at, zone)} ${clock(at, zone, 1000)} `),
        sentence(row.outcome?.text ?? row.summary),
      ),
    );
  };
  try {
    const others = await newest(id);
    fill(list, others.length ? others.map(item) : h("li", { class: "quiet" }, "There is no other journey."));
  } catch {
    fill(list, h("li", { class: "outcome error" }, "The journeys cannot be loaded now. Close this and try again."));
  }
}

/**
 * The newest journeys that are kept, without the one with this id.
 *
 * @param {string} id
 */
async function newest(id) {
  /** @type {Row[]} */
  const found = [];
  const query = queryOf({ range: "all" }, Date.now());
  let page = await listJourneys({ ...query, limit: String(LIMIT) });
  for (let i = 1; ; i++) {
    found.push(...page.rows.filter((row) => row.id !== id));
    if (!page.next || found.length >= LIMIT || i === MAX_PAGES) return found.slice(0, LIMIT);
    page = await listJourneys({ cursor: page.next });
  }
}
