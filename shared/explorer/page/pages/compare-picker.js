// @ts-check
// A dialog that picks the journey to compare with.

import { listJourneys } from "../client/requests.js";
import { clock, millis, shortDate } from "../lib/clock-time.js";
import { button, fill, h, sentence } from "../lib/dom.js";
import { preferences } from "../lib/preferences.js";

/** @import { Row } from "../client/types.js" */

/** How many journeys the dialog offers. */
const LIMIT = "30";

/** The journeys of the last week are offered. */
const WEEK = 7 * 24 * 60 * 60 * 1000;

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
    const from = new Date(Date.now() - WEEK).toISOString();
    const { rows } = await listJourneys({ from, limit: LIMIT });
    const others = rows.filter((row) => row.id !== id);
    fill(list, others.length ? others.map(item) : h("li", { class: "quiet" }, "There is no other journey of the last week."));
  } catch {
    fill(list, h("li", { class: "outcome error" }, "The journeys cannot be loaded now. Close this and try again."));
  }
}
