// @ts-check
// How the customer's time was spent, as one stacked bar with its figures. The figures add up.

import { shownParts } from "../lib/customer-time.js";
import { h } from "../lib/dom.js";
import { duration } from "../lib/duration.js";
import { DRAWN_TYPES, timeName, timeType } from "../lib/span-types.js";
import { theme } from "../lib/theme.js";

/** @import { TimePart } from "../client/types.js" */

/**
 * The stacked bar with its figures. `figures` leaves out the list, where there is no room for it.
 *
 * @param {TimePart[]} parts
 * @param {{ figures?: boolean }} [options]
 */
export function timeBar(parts, { figures = true } = {}) {
  const total = parts.reduce((sum, part) => sum + part.duration_ms, 0);
  if (!total) return undefined;
  const colours = theme();
  const shown = shownParts(parts);
  const text = shown.map((part) => `${timeName(part.kind)} ${duration(part.duration_ms)}`).join(", ");
  const bar = h("span", { class: "time-bar", role: "img", "aria-label": `The customer's time: ${text}` });
  const list = h("ul", { class: "time-parts", "aria-label": "The customer's time" });
  parts.forEach(({ kind, duration_ms: ms }, i) => {
    const figure = duration(shown[i].duration_ms);
    const code = DRAWN_TYPES.indexOf(timeType(kind));
    const piece = h("span", { class: "time-piece", title: `${timeName(kind)} ${figure}` });
    piece.style.width = `${(100 * ms) / total}%`;
    piece.style.background = colours.tint[code];
    piece.style.borderColor = colours.edge[code];
    bar.append(piece);
    const sample = h("span", { class: "time-sample", "aria-hidden": "true" });
    sample.style.background = colours.tint[code];
    sample.style.borderColor = colours.edge[code];
    list.append(h("li", { data: { kind } }, sample, `${timeName(kind)} `, h("strong", {}, figure)));
  });
  return h("div", { class: "time-account" }, bar, figures && list);
}
