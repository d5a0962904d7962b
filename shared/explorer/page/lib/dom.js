// @ts-check
// Builds elements without markup: text from a journey becomes a text node, never HTML.

import { plainLine } from "./format.js";

/** @import { Child, Children } from "./children.js" */

/** @typedef {{ [K in keyof HTMLElementEventMap as `on${K}`]?: ((event: HTMLElementEventMap[K]) => unknown) | false }} Handlers */
/** @typedef {Handlers & { class?: string, data?: Record<string, string>, [name: string]: unknown }} Props */

/** Names that are set as properties, because the attribute of that name is only the first value. */
const PROPERTIES = new Set(["value", "checked", "disabled", "selected", "textContent", "htmlFor", "tabIndex", "open"]);

/**
 * An element: `h("p", {class: "quiet", onclick: f}, "text", child)`. Props and children that are false, null or
 * undefined are left out.
 *
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Props} props
 * @param {Children[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (name === "data") Object.assign(element.dataset, value);
    else if (PROPERTIES.has(name)) Object.assign(element, { [name]: value });
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

/**
 * Appends elements, texts and numbers, from nested lists too. False and empty children are left out.
 *
 * @param {Element} element
 * @param {readonly Children[]} children
 */
export function append(element, children) {
  for (const child of /** @type {Child[]} */ (/** @type {unknown[]} */ (children).flat(Infinity))) {
    if (child === undefined || child === null || child === false || child === "") continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

/**
 * Replaces all children.
 *
 * @template {Element} E
 * @param {E} element
 * @param {Children[]} children
 * @returns {E}
 */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

/**
 * Makes `children` the children of `element`. Children that stay are not moved, so they keep focus and scroll position.
 *
 * @param {Element} element
 * @param {(Element | false | null | undefined | "")[]} children
 */
export function arrange(element, children) {
  const wanted = /** @type {Element[]} */ (children.filter(Boolean));
  /** @type {Set<Node>} */
  const kept = new Set(wanted);
  for (const child of [...element.childNodes]) if (!kept.has(child)) child.remove();
  wanted.forEach((child, i) => {
    if (element.childNodes[i] !== child) element.insertBefore(child, element.childNodes[i] ?? null);
  });
}

/**
 * A text from a source, isolated: its writing direction does not change the text around it.
 *
 * @param {unknown} text
 */
export function foreign(text) {
  return h("bdi", { dir: "auto" }, plainLine(text));
}

/**
 * A sentence from a source, isolated, without line breaks within a duration.
 *
 * @param {string} text
 */
export function sentence(text) {
  const parts = plainLine(text).split(/(\d[\d.]* (?:ms|s|min|h|d)\b(?: \d+ (?:s|min|h)\b)?)/);
  return h(
    "bdi",
    { dir: "auto" },
    parts.map((part, i) => (i % 2 ? h("span", { class: "whole" }, part) : part)),
  );
}

/**
 * A `<select>` of `[value, label]` pairs.
 *
 * @param {Props} props
 * @param {readonly (readonly [string, string])[]} options
 * @param {string} chosen
 */
export function select(props, options, chosen) {
  return h(
    "select",
    props,
    options.map(([value, label]) => h("option", { value, selected: value === chosen }, label)),
  );
}

/**
 * A button with a text.
 *
 * @param {string} label
 * @param {(event: MouseEvent) => unknown} act
 * @param {string} [kind]
 */
export function button(label, act, kind = "plain") {
  return h("button", { type: "button", class: kind, onclick: act }, label);
}

/**
 * The element of index.html with this id.
 *
 * @param {string} id
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`index.html has no element with the id ${id}.`);
  return element;
}

/**
 * Announces a text to screen readers.
 *
 * @param {string} text
 */
export function announce(text) {
  const announcer = byId("announcer");
  if (announcer.textContent !== text) announcer.textContent = text;
}
