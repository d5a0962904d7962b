// @ts-check
// An insight in the details panel, with the spans that show it.

import { foreign, h, sentence } from "../../lib/dom.js";
import { words } from "../../lib/format.js";
import { insightChip } from "../../parts/insight-chip.js";

/** @import { Insight } from "../../client/types.js" */
/** @import { DetailsContext } from "./contract.js" */

/** An insight names this many of its spans at most. */
const MAX_SPANS = 4;

/**
 * @param {Insight} insight
 * @param {DetailsContext} context
 */
export function insightDetails(insight, context) {
  const spans = insight.spans ?? [];
  return h(
    "div",
    { class: "insight" },
    insightChip(insight),
    h("p", {}, sentence(insight.text)),
    spans.length > 0 &&
      h(
        "ul",
        { class: "witnesses" },
        spans.slice(0, MAX_SPANS).map((key) => witness(key, context)),
      ),
    spans.length > 0 &&
      h(
        "button",
        { type: "button", class: "link", onclick: () => context.on.highlighted(spans) },
        spans.length === 1 ? "Show the span" : `Show all ${spans.length} spans`,
      ),
  );
}

/**
 * A span of an insight: its platform, and how it ended in the vendor's own word.
 *
 * @param {string} key
 * @param {DetailsContext} context
 */
function witness(key, context) {
  const { scene } = context.chart;
  const p = scene?.positionOf(key);
  if (!scene || p === undefined) return undefined;
  const span = scene.span(p);
  return h(
    "li",
    {},
    foreign(span.platform),
    ": ",
    spanLink(key, context),
    span.reason && [" ", h("code", {}, foreign(span.reason))],
  );
}

/**
 * A link that selects a span.
 *
 * @param {string | undefined} key
 * @param {DetailsContext} context
 */
export function spanLink(key, { chart: { scene }, on }) {
  if (!key) return undefined;
  const p = scene?.positionOf(key);
  if (!scene || p === undefined) return foreign(key);
  const span = scene.span(p);
  return h(
    "button",
    { type: "button", class: "link", onclick: () => on.chosen(key) },
    foreign(span.name || words(span.type)),
  );
}
