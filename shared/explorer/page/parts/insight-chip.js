// @ts-check
// An insight as a chip: its sign and the name of its rule. The tooltip is its text.

import { SEVERITIES } from "../client/vocabulary.js";
import { h } from "../lib/dom.js";
import { title } from "../lib/format.js";

/** @import { InsightLine, Severity } from "../client/types.js" */

/** @type {Record<Severity, string>} */
const SIGNS = { error: "✕", warning: "!", info: "i" };

/**
 * With `onclick` the chip is a button. `number` is how many insights of the rule it stands for.
 *
 * @param {InsightLine} insight
 * @param {(event: MouseEvent) => unknown} [onclick]
 */
export function insightChip(insight, onclick, number = 1) {
  const severity = insight.severity in SIGNS ? insight.severity : "info";
  return h(
    onclick ? "button" : "span",
    { class: `chip ${severity}`, title: insight.text, type: onclick && "button", onclick },
    insightSign(severity),
    title(insight.rule),
    number > 1 && ` × ${number}`,
  );
}

/**
 * The sign of a severity, with its name for screen readers.
 *
 * @param {Severity} severity
 */
export function insightSign(severity) {
  return [
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[severity] ?? SIGNS.info),
    h("span", { class: "visually-hidden" }, `${title(severity)}: `),
  ];
}

/**
 * One insight of each rule with their number, the worst first.
 *
 * @template {InsightLine} T
 * @param {T[]} insights
 * @returns {{ insight: T, all: T[] }[]}
 */
export function byRule(insights = []) {
  /** @type {Map<string, T[]>} */
  const rules = new Map();
  for (const insight of byWorst(insights)) {
    const held = rules.get(insight.rule);
    if (held) held.push(insight);
    else rules.set(insight.rule, [insight]);
  }
  return [...rules.values()].map((all) => ({ insight: all[0], all }));
}

/**
 * The insights, the worst first.
 *
 * @template {InsightLine} T
 * @param {T[]} insights
 */
export function byWorst(insights = []) {
  return [...insights].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}
