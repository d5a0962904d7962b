// @ts-check
// How final a journey is, as a label.

import { h } from "../lib/dom.js";
import { title } from "../lib/format.js";

/** @import { Status } from "../client/types.js" */

/** @type {Record<Status, string>} */
const MEANING = {
  live: "The journey is still in progress.",
  provisional: "The journey is over, but a source may still report more.",
  settled: "Every source has had time to report.",
  revised: "New facts arrived after the journey was settled.",
};

/** @param {Status} status */
export function statusPill(status) {
  const known = status in MEANING ? status : "unknown";
  return h("span", { class: `pill status-${known}`, title: MEANING[status] }, title(status));
}
