// @ts-check
// The journeys that the reader selected for comparing: two at most.

import { fill, h } from "../lib/dom.js";
import { pickOther } from "./compare-picker.js";

/** @typedef {{ id: string, summary: string }} Pickable */

export class Picked {
  constructor() {
    /** @type {Map<string, string>} */
    this.held = new Map();
    /** @type {Set<() => void>} */
    this.listeners = new Set();
  }

  /** @param {Pickable} journey */
  toggle({ id, summary }) {
    if (this.held.has(id)) this.held.delete(id);
    else {
      if (this.held.size === 2) this.held.delete([...this.held.keys()][0]);
      this.held.set(id, summary);
    }
    for (const listener of this.listeners) listener();
  }

  open() {
    location.hash = `#/compare/${[...this.held.keys()].join("/")}`;
  }

  clear() {
    this.held.clear();
    for (const listener of this.listeners) listener();
  }

  /**
   * A box beside a row of the list.
   *
   * @param {Pickable} row
   */
  box(row) {
    return h(
      "label",
      { class: "pick", title: "Select to compare" },
      h("input", {
        type: "checkbox",
        checked: this.held.has(row.id),
        "aria-label": "Compare this journey",
        data: { pick: row.id },
        onchange: () => this.toggle(row),
      }),
    );
  }

  /** The selection, above the list. */
  bar() {
    const element = h("div", { class: "picked" });
    const clear = () => h("button", { type: "button", class: "plain", onclick: () => this.clear() }, "Clear selection");
    const compare = () =>
      h("button", { type: "button", class: "primary", id: "compare", onclick: () => this.open() }, "Compare both");
    const drawBar = () => {
      const boxes = /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("input[data-pick]"));
      for (const box of boxes) box.checked = this.held.has(String(box.dataset.pick));
      if (!this.held.size) fill(element);
      else if (this.held.size === 1)
        fill(element, h("span", {}, "One journey selected. Select another one to compare. "), clear());
      else fill(element, compare(), clear());
    };
    this.listeners.clear();
    this.listeners.add(drawBar);
    drawBar();
    return element;
  }

  /**
   * The button on a journey's page.
   *
   * @param {Pickable} journey
   */
  button(journey) {
    const title = "Choose a journey to see both side by side";
    return h("button", { type: "button", class: "plain", id: "pick", title, onclick: () => pickOther(journey.id) }, "Compare…");
  }
}
