// @ts-check
// How each platform saw a dropped call end, as a table. The first ending is marked if the clocks can tell: that is where to
// look.

import { clock, millis } from "../../lib/clock-time.js";
import { foreign, h } from "../../lib/dom.js";
import { exactDuration } from "../../lib/duration.js";
import { spanLink } from "./insight-details.js";

/** @import { DetailsContext } from "./contract.js" */

/** @param {DetailsContext} context */
export function endingsTable(context) {
  const endings = context.journey.endings ?? [];
  const others = endings.slice(1);
  const isFirstKnown = others.length > 0 && others.every((ending) => ending.later_ms !== undefined);
  const { zone } = context.settings;
  return h(
    "table",
    { class: "endings" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        ["Ended", "Where"].map((name) => h("th", { scope: "col" }, name)),
      ),
    ),
    h(
      "tbody",
      {},
      endings.map(({ platform, span, ended_at, later_ms: later, reason }, i) => {
        return h(
          "tr",
          { class: i === 0 && (isFirstKnown || !others.length) ? "first" : "" },
          h(
            "td",
            {},
            h("span", { class: "whole" }, clock(millis(ended_at) ?? 0, zone, 1)),
            later !== undefined && h("span", { class: "quiet whole later" }, `${exactDuration(later)} later`),
          ),
          h(
            "th",
            { scope: "row" },
            foreign(platform),
            i === 0 && isFirstKnown && h("span", { class: "mark-first" }, "first"),
            h("span", { class: "what-ended" }, spanLink(span, context), reason && [" ", h("code", {}, foreign(reason))]),
          ),
        );
      }),
    ),
  );
}
