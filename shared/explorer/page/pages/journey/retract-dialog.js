// @ts-check
// Asks the reader to confirm before a link is retracted.

import { retractEdge } from "../../client/requests.js";
import { button, fill, h } from "../../lib/dom.js";
import { edgeEnds } from "./edge-item.js";

/** @import { Edge } from "../../client/types.js" */

const WARNING =
  "These two ids will never be linked again, whatever a source reports. Cxtrace rebuilds the journey, which may split in " +
  "two. Everybody sees the change. Where people sign in, Cxtrace records who retracted the link. You cannot undo this here.";

/**
 * @param {Edge} edge
 * @param {string} journey
 * @param {() => unknown} done is called when the link is retracted
 */
export function confirmRetraction(edge, journey, done) {
  const status = h("p", { class: "outcome error", role: "alert" });
  const retract = button("Retract", () => attempt(), "danger");
  /** @type {HTMLDialogElement} */
  const dialog = h(
    "dialog",
    { class: "confirm", "aria-labelledby": "confirm-title" },
    h("h2", { id: "confirm-title" }, "Retract this link?"),
    edgeEnds(edge),
    h("p", {}, WARNING),
    status,
    h(
      "p",
      { class: "actions" },
      button("Keep it", () => dialog.close()),
      retract,
    ),
  );
  const attempt = async () => {
    retract.disabled = true;
    try {
      await retractEdge(edge.id, journey);
      dialog.close();
      done();
    } catch (failure) {
      retract.disabled = false;
      fill(status, `${failure instanceof Error ? failure.message : failure} Nothing was changed.`);
    }
  };
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
