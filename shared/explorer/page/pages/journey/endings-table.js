// @ts-check
// How each platform saw a dropped call end, as a table. The first ending is marked: that is where to look.

import { clock, millis } from "../../lib/clock-time.js";
import { foreign, h } from "../../lib/dom.js";
import { exactDuration } from "../../lib/duration.js";
import { spanLink } from "./insight-details.js";

/** @import { DetailsContext } from "./contract.js" */

/** @param {DetailsContext} context */
export function endingsTable(context) {
  const endings = context.journey.endings ?? [];
  const first = millis(endings[0]?.ended_at) ?? 0;
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
      endings.map(({ platform, span, ended_at, reason }, i) => {
        const at = millis(ended_at) ?? first;
        return h(
          "tr",
          { class: i ? "" : "first" },
          h(
            "td",
            {},
            h("span", { class: "whole" }, clock(at, zone, 1)),
            at > first && h("span", { class: "quiet whole later" }, `${exactDuration(at - first)} later`),
          ),
          h(
            "th",
            { scope: "row" },
            foreign(platform),
            i === 0 && endings.length > 1 && h("span", { class: "mark-first" }, "first"),
            h("span", { class: "what-ended" }, spanLink(span, context), reason && [" ", h("code", {}, foreign(reason))]),
          ),
        );
      }),
    ),
  );
}
