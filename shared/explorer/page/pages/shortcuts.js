// @ts-check
// The keyboard shortcuts of the whole page.

import { preferNext } from "../lib/preferences.js";
import { toggleHelp } from "./shortcuts-help.js";

/** @import { Page } from "./contract.js" */

/**
 * Listens for the keys. `page()` is the page that is shown.
 *
 * @param {() => Page | undefined} page
 */
export function listenForKeys(page) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target instanceof Element ? event.target : document.body;
    const typing = target.matches("input:not([type='checkbox']), select, textarea, [contenteditable]");
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const shown = page();
    const act = typing ? searchAction(event.key, target, shown) : pageAction(event.key, shown);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

/**
 * What a key does while the reader types.
 *
 * @param {string} key
 * @param {Element} target
 * @param {Page | undefined} page
 */
function searchAction(key, target, page) {
  return key === "ArrowDown" && target.id === "search" && page?.enter ? () => page.enter?.() : undefined;
}

/**
 * @param {string} key
 * @param {Page | undefined} page
 * @returns {(() => unknown) | undefined}
 */
function pageAction(key, page) {
  if (key === "?") return toggleHelp;
  if (key === "/") {
    return () => {
      if (page?.filterForm) page.filterForm.input.focus();
      else location.hash = "#/";
    };
  }
  if (page?.enter && (key === "j" || key === "ArrowDown") && document.activeElement === document.body)
    return () => page.enter?.();
  const viewer = page?.viewer;
  if (!viewer) return undefined;
  /** @type {Record<string, (() => unknown) | undefined>} */
  const actions = {
    j: () => viewer.go(1),
    k: () => viewer.go(-1),
    t: () => viewer.toggleTable(),
    l: () => viewer.details.open("linked"),
    o: () => viewer.details.open("overview"),
    g: () => viewer.toolbar.input.focus(),
    u: () => preferNext("fold"),
    r: () => preferNext("times"),
    z: () => preferNext("zone"),
    m: () => preferNext("mode"),
    Escape: viewer.chart.selected === undefined ? undefined : () => viewer.chart.select(undefined),
  };
  return actions[key.length === 1 ? key.toLowerCase() : key];
}
