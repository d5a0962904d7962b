// @ts-check
// Asks the reader why, and to confirm, before a link is retracted or restored.

import { decideEdge } from "../../client/requests.js";
import { REASONS } from "../../client/vocabulary.js";
import { button, fill, h } from "../../lib/dom.js";
import { edgeEnds, reasonText } from "./edge-item.js";

/** @import { DecisionAct, Edge, Reason } from "../../client/types.js" */

const WHO = "Everybody sees the change. Where people sign in, Cxtrace records who decided, when and why.";

/** @type {Record<DecisionAct, { title: string, text: string, verb: string, style: string, keep: string }>} */
const WORDS = {
  retract: {
    title: "Retract this link?",
    text: `These two ids will no longer be linked, whatever a source reports. Cxtrace rebuilds the journey, which may split in two. ${WHO} You can restore the link later.`,
    verb: "Retract",
    style: "danger",
    keep: "Keep it",
  },
  restore: {
    title: "Restore this link?",
    text: `The evidence for this link counts again. Cxtrace rebuilds the journey, which may join two into one. ${WHO}`,
    verb: "Restore",
    style: "primary",
    keep: "Leave it retracted",
  },
};

/**
 * @param {Edge} edge
 * @param {DecisionAct} act
 * @param {string} journey
 * @param {(reason: Reason) => unknown} done is called when it is decided
 */
export function confirmDecision(edge, act, journey, done) {
  const words = WORDS[act];
  const status = h("p", { class: "outcome error", role: "alert" });
  const decide = button(words.verb, () => attempt(), words.style);
  decide.disabled = true;
  /** @type {HTMLSelectElement} */
  const reason = h(
    "select",
    { name: "reason", onchange: () => (decide.disabled = !reason.value) },
    h("option", { value: "" }, "Choose a reason"),
    REASONS.map((each) => h("option", { value: each }, reasonText(each))),
  );
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title" },
    h("h2", { id: "confirm-title" }, words.title),
    edgeEnds(edge),
    h("p", {}, words.text),
    h("label", { class: "field" }, "Why", reason),
    status,
    h(
      "p",
      { class: "actions" },
      button(words.keep, () => dialog.close()),
      decide,
    ),
  );
  const attempt = async () => {
    const why = /** @type {Reason} */ (reason.value);
    decide.disabled = true;
    try {
      await decideEdge(edge.id, act, journey, why);
      dialog.close();
      done(why);
    } catch (failure) {
      decide.disabled = false;
      fill(status, `${failure instanceof Error ? failure.message : failure} Nothing was changed.`);
    }
  };
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
