// @ts-check
// The ids of the journeys that the list showed last. The journey page steps through them.

/** @type {string[]} */
let ids = [];

/** @param {string[]} listed */
export function setListed(listed) {
  ids = listed;
}

/**
 * The journey `by` places after this one in the list.
 *
 * @param {string} id
 * @param {number} by
 * @returns {string | undefined}
 */
export function neighbourOf(id, by) {
  const at = ids.indexOf(id);
  return at < 0 ? undefined : ids[at + by];
}
