// What is different between two states of one journey, in words.

import { count } from "./format.js";

/** `2 spans more, 1 span changed`; empty when nothing is that a reader would notice. */
export function differences(before, after) {
  const old = new Map((before.spans ?? []).map((span) => [span.key, span]));
  let more = 0;
  let changed = 0;
  for (const span of after.spans ?? []) {
    const known = old.get(span.key);
    if (!known) more++;
    else if (!alike(known, span)) changed++;
    old.delete(span.key);
  }
  const said = [];
  if (more) said.push(`${count(more, "span")} more`);
  if (changed) said.push(`${count(changed, "span")} changed`);
  if (old.size) said.push(`${count(old.size, "span")} gone`);
  if (before.status !== after.status) said.push(`now ${after.status}`);
  if (before.revision !== after.revision) said.push(`revision ${after.revision}`);
  const insights = (journey) => new Set((journey.insights ?? []).map((insight) => insight.rule + insight.text));
  const known = insights(before);
  const found = [...insights(after)].filter((insight) => !known.has(insight)).length;
  if (found) said.push(`${count(found, "new insight")}`);
  return said.join(", ");
}

/** Whether two values of JSON hold the same. */
function alike(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    names.length === Object.keys(b).length &&
    names.every((name) => alike(a[name], b[name]))
  );
}
