// @ts-check
// The differences between two states of one journey, as a text.

import { count } from "../../lib/format.js";

/** @import { Journey } from "../../client/types.js" */

/**
 * `2 spans added, 1 span changed`. Empty when there is nothing that a reader would notice.
 *
 * @param {Journey} before
 * @param {Journey} after
 */
export function differences(before, after) {
  const old = new Map((before.spans ?? []).map((span) => [span.key, span]));
  let added = 0;
  let changed = 0;
  for (const span of after.spans ?? []) {
    const known = old.get(span.key);
    if (!known) added++;
    else if (!equal(known, span)) changed++;
    old.delete(span.key);
  }
  const texts = [];
  if (added) texts.push(`${count(added, "span")} added`);
  if (changed) texts.push(`${count(changed, "span")} changed`);
  if (old.size) texts.push(`${count(old.size, "span")} removed`);
  if (before.status !== after.status) texts.push(`now ${after.status}`);
  if (before.revision !== after.revision) texts.push(`revision ${after.revision}`);
  /** @type {(journey: Journey) => Set<string>} */
  const insights = (journey) => new Set((journey.insights ?? []).map((insight) => insight.rule + insight.text));
  const known = insights(before);
  const found = [...insights(after)].filter((insight) => !known.has(insight)).length;
  if (found) texts.push(`${count(found, "new insight")}`);
  return texts.join(", ");
}

/**
 * Whether two JSON values are equal.
 *
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
function equal(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === Object.keys(b).length &&
    names.every((name) => equal(a[name], b[name]))
  );
}
