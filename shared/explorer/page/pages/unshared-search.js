// @ts-check
// The search that may not stand in the address, because it could be personal. Closing the tab forgets it.

/** @typedef {{ phone?: string, id?: string, metric?: string }} UnsharedSearch */

/** @type {UnsharedSearch} */
let held = {};

export function unsharedSearch() {
  return held;
}

/** @param {UnsharedSearch} search */
export function holdUnsharedSearch(search) {
  held = search;
}
