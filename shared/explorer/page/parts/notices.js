// @ts-check
// Notices above the content. Each has a key, and a notice replaces the one with the same key.

import { button, fill, h } from "../lib/dom.js";

/** @typedef {{ kind?: "info" | "warning" | "error", text: string, actions?: [string, () => unknown][] }} Notice */

class Notices {
  constructor() {
    this.element = h("div", { class: "notices", role: "status", "aria-live": "polite" });
    /** @type {Map<string, HTMLElement>} */
    this.held = new Map();
  }

  /**
   * @param {string} key
   * @param {Notice} notice
   */
  show(key, { kind = "info", text, actions = [] }) {
    const dismiss = h(
      "button",
      { type: "button", class: "dismiss", "aria-label": "Dismiss", onclick: () => this.hide(key) },
      "×",
    );
    const line = h(
      "div",
      { class: `notice ${kind}`, data: { notice: key } },
      h("span", {}, text),
      actions.map(([label, act]) => button(label, act)),
      dismiss,
    );
    this.hide(key);
    this.held.set(key, line);
    this.element.append(line);
  }

  /** @param {string} key */
  hide(key) {
    this.held.get(key)?.remove();
    this.held.delete(key);
  }

  clear() {
    this.held.clear();
    fill(this.element);
  }
}

export const notices = new Notices();
