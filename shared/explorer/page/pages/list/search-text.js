// @ts-check
// Reads what somebody typed into the search: a phone number, an id of any system, or a journey's own id. Decides which
// ids may stand in the page's address.

/**
 * `orId` says that the text may also be an id of another system. The API searches for an id without a namespace in every
 * namespace.
 *
 * @typedef {{ kind: "none" } | { kind: "phone", value: string } | { kind: "journey", value: string, orId?: boolean }
 *   | { kind: "id", value: string }} SearchText
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** An id with its namespace. */
export const NAMESPACED = /^([a-z][a-z0-9._]{1,39}):(.+)$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i;

/**
 * @param {string} text
 * @returns {SearchText}
 */
export function readSearch(text) {
  const value = text.trim();
  if (!value) return { kind: "none" };
  if (isPhone(value)) return { kind: "phone", value };
  if (/^(tel|sips?):/i.test(value)) return { kind: "phone", value };
  const link = /#\/j\/([0-9a-f]{32})/i.exec(value);
  if (link) return { kind: "journey", value: link[1].toLowerCase() };
  if (NAMESPACED.test(value)) return { kind: "id", value };
  const parent = TRACEPARENT.exec(value);
  if (parent) return { kind: "id", value: `trace:${parent[1].toLowerCase()}` };
  // Ids of journeys, traces and other things have the same shape.
  if (/^[0-9a-f]{32}$/i.test(value)) return { kind: "journey", value: value.toLowerCase(), orId: true };
  return { kind: "id", value };
}

/**
 * Whether a text looks like a phone number: 7 to 17 digits, and only the characters that people put between them.
 *
 * @param {string} text
 */
export function isPhone(text) {
  const digits = text.replace(/\D/g, "").length;
  return /^\+?[\d\s\-().]+$/.test(text.trim()) && digits >= 7 && digits <= 17;
}

/**
 * Whether an id may stand in the page's address, which people share and browsers keep. An id that could hold a phone
 * number, a card number, a name or an email address may not. Closing the tab forgets it.
 *
 * @param {string} id
 */
export function mayBeShared(id) {
  const value = id.slice(id.indexOf(":") + 1);
  if (UUID.test(value) || /^~[0-9a-f]{32}$/.test(value)) return true;
  if (!/^[A-Za-z0-9\-_.:/=]+$/.test(value) || !/\d/.test(value)) return false;
  const runs = value.replace(/[-._/]/g, "").match(/\d+/g) ?? [];
  const most = Math.max(0, ...runs.map((run) => run.length));
  const letters = (value.match(/[a-z]/gi) ?? []).length;
  return most < 7 || (value.length >= 16 && letters >= 4 && most < 12);
}
