// @ts-check
// An edge in the list of links: the two ids, how certain the link is, and its evidence.

import { millis, stamp } from "../../lib/clock-time.js";
import { copyButton } from "../../lib/clipboard.js";
import { button, foreign, h } from "../../lib/dom.js";
import { searchLink } from "./sections.js";

/** @import { Decision, DecisionAct, Edge, EvidenceLine, EvidenceRule, Reason } from "../../client/types.js" */
/** @import { Zone } from "../../lib/clock-time.js" */

/** An edge shows this much of its evidence at most. */
const MAX_EVIDENCE = 20;

/**
 * For each rule, a short name and a sentence. The sentence of a reported link follows the name of its source. The
 * sentence of an inferred link comes before it.
 *
 * @type {Record<EvidenceRule, { name: string, text: string, inferred?: true }>}
 */
const RULES = {
  same: { name: "the same", text: "reports that both ids mean the same." },
  root: { name: "start of the chain", text: "reports one as the start of the chain that the other belongs to." },
  parent: { name: "part of it", text: "reports one as a part of the other." },
  previous: { name: "came before", text: "reports that one came before the other." },
  related: { name: "related", text: "reports them as related." },
  reference: { name: "a reference", text: "reports one with a reference to the other." },
  verification_code: {
    name: "a code",
    text: "A code that was shown in one was entered in the other",
    inferred: true,
  },
  number_handoff: {
    name: "a hand-off",
    text: "A call was sent to a number, and exactly one call was answered there at that time",
    inferred: true,
  },
};

/** @type {Record<Reason, string>} */
const REASON_TEXTS = {
  different_customers: "they belong to different customers",
  shared_id: "many share one of the ids",
  wrong_evidence: "the evidence is wrong",
  mistake: "the decision before was a mistake",
  other: "another reason",
};

/** @param {Reason} reason */
export function reasonText(reason) {
  return REASON_TEXTS[reason] ?? reason;
}

/** @param {EvidenceRule} rule */
export function ruleName(rule) {
  return RULES[rule]?.name ?? rule;
}

/**
 * The confidence of an edge, from 0 to 1: that of its best evidence.
 *
 * @param {Edge} edge
 */
export function certaintyOf(edge) {
  return Math.max(0, ...edge.evidence.map((line) => line.confidence));
}

/**
 * @param {Edge} edge
 * @param {Zone} zone
 * @param {(edge: Edge, act: DecisionAct) => unknown} decide is called when the reader wants to retract or restore the link
 */
export function edgeItem(edge, zone, decide) {
  /** @type {DecisionAct} */
  const next = edge.retracted ? "restore" : "retract";
  return h(
    "li",
    { class: `edge ${edge.retracted ? "retracted" : ""}`, data: { edge: edge.id } },
    edgeEnds(edge),
    edge.retracted
      ? h("p", { class: "outcome abandoned" }, "Retracted: this link no longer counts.")
      : confidence(certaintyOf(edge)),
    decisionList(edge.decisions ?? [], zone),
    h(
      "ul",
      { class: "evidence" },
      edge.evidence.slice(0, MAX_EVIDENCE).map((line) => evidenceItem(line, zone)),
    ),
    button(edge.retracted ? "Restore this link…" : "Retract this link…", () => decide(edge, next), `plain ${next}`),
  );
}

/**
 * Who decided what about an edge, when and why. The latest comes first.
 *
 * @param {Decision[]} decisions
 * @param {Zone} zone
 */
function decisionList(decisions, zone) {
  if (!decisions.length) return undefined;
  return h(
    "ul",
    { class: "decisions" },
    decisions.map(({ act, at, by, reason }) =>
      h(
        "li",
        {},
        act === "retract" ? "Retracted" : "Restored",
        ` on ${stamp(millis(at) ?? 0, zone)}`,
        by ? [" by ", h("code", {}, foreign(by))] : "",
        reason ? `, because ${reasonText(reason)}.` : ".",
      ),
    ),
  );
}

/**
 * The two ids of an edge, as links to searches by them.
 *
 * @param {Edge} edge
 */
export function edgeEnds({ a, b }) {
  const joint = h("span", { class: "joint", role: "img", "aria-label": "linked with" }, "⟷");
  return h("p", { class: "ends" }, idText(a), joint, idText(b));
}

/** @param {string} id */
function idText(id) {
  const colon = id.indexOf(":");
  return h(
    "span",
    { class: "id-text" },
    h("span", { class: "quiet" }, id.slice(0, colon), copyButton(id, "the id")),
    searchLink(id, id.slice(colon + 1)),
  );
}

/** @param {number} certainty */
function confidence(certainty) {
  const level = h("span", { class: "meter-fill" });
  level.style.width = `${Math.round(certainty * 100)}%`;
  return h(
    "p",
    { class: "confidence" },
    h("span", { class: "meter", "aria-hidden": "true" }, level),
    certainty >= 1 ? "certain: reported by a source" : `inferred, ${Math.round(certainty * 100)} %`,
  );
}

/**
 * @param {EvidenceLine} line
 * @param {Zone} zone
 */
function evidenceItem({ rule, source, at, fact, confidence: certainty }, zone) {
  const { text, inferred } = RULES[rule] ?? { text: `links them by the rule ${rule}.` };
  return h(
    "li",
    {},
    h("p", {}, inferred ? [`${text}, as reported by `, foreign(source), "."] : [foreign(source), ` ${text}`]),
    h("p", { class: "quiet" }, `rule ${rule} · confidence ${certainty} · ${stamp(millis(at) ?? 0, zone)}`),
    h("p", { class: "quiet id-line" }, "fact ", h("code", {}, fact)),
  );
}
