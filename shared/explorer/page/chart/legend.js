// @ts-check
// The legend: the types of spans on the chart, each with its colour and pattern. A click highlights a type.

import { swatch } from "../lib/canvas.js";
import { h } from "../lib/dom.js";
import { DRAWN_TYPES, typeName } from "../lib/span-types.js";
import { theme } from "../lib/theme.js";
import { count } from "../lib/format.js";
import { ABANDONED, ERROR, ESTIMATED, LOST, OPEN } from "./spans.js";

/** @import { DrawnType } from "../lib/span-types.js" */
/** @import { Scene } from "./scene.js" */

/**
 * `marked` is called with the type to highlight, or with nothing to end that.
 *
 * @param {Scene} scene
 * @param {(type: DrawnType | undefined) => void} marked
 */
export function legend(scene, marked) {
  const colours = theme();
  const numbers = new Array(DRAWN_TYPES.length).fill(0);
  let states = 0;
  for (let p = 0; p < scene.count; p++) {
    numbers[scene.type[p]]++;
    states |= scene.state[p];
  }
  const list = h("ul", { class: "legend", "aria-label": "Legend" });
  DRAWN_TYPES.forEach((type, code) => {
    if (!numbers[code]) return;
    const button = h(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        title: `${count(numbers[code], "span")}: click to highlight`,
      },
      swatch(type, colours),
      typeName(type),
    );
    button.addEventListener("click", () => {
      const chosen = button.getAttribute("aria-pressed") === "false";
      for (const other of list.querySelectorAll("button")) other.setAttribute("aria-pressed", "false");
      button.setAttribute("aria-pressed", String(chosen));
      marked(chosen ? type : undefined);
    });
    list.append(h("li", {}, button));
  });
  /** @type {(text: string, kind: string, label: string) => HTMLElement} */
  const sign = (text, kind, label) =>
    h("li", { class: "sign-key" }, h("span", { class: `sign-dot ${kind}`, "aria-hidden": "true" }, text), label);
  if (states & ERROR) list.append(sign("✕", "error", "fault"));
  if (states & ABANDONED) list.append(sign("–", "abandoned", "the customer left"));
  if (states & OPEN) list.append(sign("┊", "open", "still open"));
  if (states & LOST) list.append(sign("}", "open", "end not reported"));
  if (states & ESTIMATED) list.append(sign("░", "open", "about here"));
  if (scene.ticks.at.length) list.append(sign("◆", "tick", "point event"));
  if (scene.gaps.length) list.append(sign("", "gap", "gap"));
  if (scene.handoffs.length) list.append(sign("→", "handoff", "hand-off"));
  if (scene.timeline.folds.length) list.append(sign("", "fold", "folded idle time"));
  return list;
}
