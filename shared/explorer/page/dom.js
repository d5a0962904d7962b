// Building elements without markup: whatever comes from a journey becomes a text node, never HTML.

import { plainLine } from "./format.js";

/** An element: `h("p", {class: "quiet", onclick: f}, "text", child)`. Falsy children are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "style") Object.assign(element.style, value);
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name in PROPERTIES) element[name] = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

// What has to be set as a property, because the attribute is only its first value.
const PROPERTIES = { value: 1, checked: 1, disabled: 1, selected: 1, textContent: 1, htmlFor: 1, tabIndex: 1, open: 1 };

/** Appends children: elements, strings, numbers, arrays of these; falsy ones are left out. */
export function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/** Puts new children in the place of all the old ones. */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/** Makes `children` the children of `element`. Those that stay are not touched, so that they keep focus and scrolling. */
export function arrange(element, children) {
  const wanted = children.filter(Boolean);
  const kept = new Set(wanted);
  for (const child of [...element.childNodes]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, i) => {
    if (element.childNodes[i] !== child) element.insertBefore(child, element.childNodes[i] ?? null);
  });
}

/** Text from outside, isolated: its writing direction cannot disturb what stands around it. */
export function foreign(text, props = {}) {
  return h("bdi", { dir: "auto", ...props }, plainLine(text));
}

/** A sentence from outside: the same, with no line that ends between a number and its unit. */
export function sentence(text) {
  const parts = plainLine(text).split(/(\d[\d.]* (?:ms|s|min|h|d)\b)/);
  return h(
    "bdi",
    { dir: "auto" },
    parts.map((part, i) => (i % 2 ? h("span", { class: "whole" }, part) : part)),
  );
}

/** A `<select>` of `[value, label]` pairs. */
export function select(props, options, chosen) {
  return h(
    "select",
    props,
    options.map(([value, label]) => h("option", { value, selected: value === chosen }, label)),
  );
}

let announcer;

/** Says something to those who listen to the page. */
export function announce(text) {
  announcer ??= document.getElementById("announcer");
  if (announcer && announcer.textContent !== text) announcer.textContent = text;
}

/** Puts `text` on the clipboard and shows that on `button` for a moment. */
export async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without the permission, or without a secure origin, a selection still works.
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

/** A button that copies `text`. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "copy", title: `Copy ${what}`, "aria-label": `Copy ${what}` });
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    copy(text, button);
  });
  return button;
}
