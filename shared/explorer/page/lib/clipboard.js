// @ts-check
// Copies texts to the clipboard.

import { announce, h } from "./dom.js";

/**
 * Copies `text`, and shows on `button` for a moment that it was copied.
 *
 * @param {string} text
 * @param {HTMLElement} [button]
 */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the permission, or without HTTPS, copying a selection still works.
    const area = h("textarea", { class: "offscreen", value: text, "aria-hidden": "true" });
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  announce("Copied");
  if (!button) return;
  button.classList.add("copied");
  button.addEventListener("animationend", () => button.classList.remove("copied"), { once: true });
}

/**
 * A button that copies `text`. `what` names it: "the journey's id".
 *
 * @param {string} text
 * @param {string} what
 */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "copy", title: `Copy ${what}`, "aria-label": `Copy ${what}` });
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    copy(text, button);
  });
  return button;
}
