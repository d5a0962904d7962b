// @ts-check
// What a page shows when it has no content: a mark, what is wrong, and what the reader can do. And grey shapes while it
// loads.

import { button, h } from "../lib/dom.js";

/** @import { Children } from "../lib/children.js" */

const MARKS = {
  search: "M10.5 3a7.5 7.5 0 1 0 4.7 13.3l4.3 4.2M7 10.5h7",
  cloud: "M4 4l16 16M8.5 8.2A4.5 4.5 0 0 0 6.5 17H17m2.6-1.2A3.8 3.8 0 0 0 17 9.3 6 6 0 0 0 10.4 7",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  clock: "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16M12 8v4.5l3 2",
  empty: "M4 7h7M13 12h7M6 17h5M3 3v18",
  warning: "M12 4L3 20h18zM12 10v4.5M12 17v.5",
};

/** @param {keyof typeof MARKS} name */
function mark(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "mark");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", MARKS[name]);
  svg.append(path);
  return svg;
}

/**
 * A state that fills the page. The first action is the main one.
 *
 * @param {string} name
 * @param {{
 *   icon: keyof typeof MARKS,
 *   title: string,
 *   text?: string,
 *   list?: Children[],
 *   actions?: [string, () => unknown][],
 *   note?: string,
 * }} content
 */
export function pageState(name, { icon, title, text, list, actions = [], note }) {
  return h(
    "section",
    { class: "state", data: { state: name }, role: "status" },
    mark(icon),
    h("h2", {}, title),
    text && h("p", {}, text),
    list &&
      h(
        "ul",
        {},
        list.map((item) => h("li", {}, item)),
      ),
    actions.length > 0 &&
      h(
        "p",
        { class: "actions" },
        actions.map(([label, act], i) => button(label, act, i ? "plain" : "primary")),
      ),
    note && h("p", { class: "quiet" }, note),
  );
}

/**
 * Grey shapes where rows or a chart will be. After 8 s a text says that loading takes longer than usual.
 *
 * @param {"list" | "journey"} kind
 * @param {string} what
 */
export function loading(kind, what) {
  const shapes = kind === "list" ? 8 : 5;
  return h(
    "section",
    { class: `loading ${kind}`, data: { state: "loading" }, "aria-busy": "true" },
    h("p", { class: "visually-hidden", role: "status" }, `Loading ${what.toLowerCase()}`),
    Array.from({ length: shapes }, () => h("div", { class: "shape", "aria-hidden": "true" })),
    h("p", { class: "quiet slow" }, `${what} takes longer than usual to load. Please wait.`),
  );
}
