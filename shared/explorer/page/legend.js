// The legend: the types that the chart holds, each with its colour and pattern, to click for letting them stand out.

import { h } from "./dom.js";
import { count } from "./format.js";
import { ABANDONED, ERROR, OPEN, TYPES } from "./scene.js";
import { swatch, theme, typeName } from "./theme.js";

/** `marked(type)` is called with the type to stand out, or nothing for all alike. */
export function legend(scene, marked) {
  const colours = theme();
  const numbers = new Array(TYPES.length).fill(0);
  let states = 0;
  for (let p = 0; p < scene.count; p++) {
    numbers[scene.type[p]]++;
    states |= scene.state[p];
  }
  const list = h("ul", { class: "legend", "aria-label": "Legend" });
  TYPES.forEach((type, code) => {
    if (!numbers[code]) return;
    const button = h(
      "button",
      {
        type: "button",
        "aria-pressed": "false",
        title: `${count(numbers[code], "span")}: click to let these stand out`,
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
  const sign = (text, kind, label) =>
    h("li", { class: "sign-key" }, h("span", { class: `sign-dot ${kind}`, "aria-hidden": "true" }, text), label);
  if (states & ERROR) list.append(sign("✕", "error", "error"));
  if (states & ABANDONED) list.append(sign("–", "abandoned", "abandoned"));
  if (states & OPEN) list.append(sign("┊", "open", "still open"));
  if (scene.ticks.at.length) list.append(sign("◆", "tick", "event"));
  if (scene.gaps.length) list.append(sign("", "gap", "gap"));
  if (scene.handoffs.length) list.append(sign("→", "handoff", "hand-off"));
  if (scene.timeline.folds.length) list.append(sign("", "fold", "folded idle time"));
  return list;
}
