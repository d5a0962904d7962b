// @ts-check
// Reads what somebody typed into the search: a phone number, an id of any system, a journey's own id, or a flow metric.
// Decides which ids may stand in the page's address.

/**
 * What a text may be. It is searched as each of these. `open` is a journey that a link names.
 *
 * @typedef {{ phone?: string, id?: string, metric?: string, open?: string }} SearchText
 */

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** An id with its namespace. */
export const NAMESPACED = /^([a-z][a-z0-9._]{1,39}):(.+)$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$/i;
/** The digits of a number, and what people put between them and after them. */
const PHONE = /^\+?([\d\s\-().\/\u00b7\u2010-\u2015\u2212]+?)(?:\s*(?:;ext=|ext\.?|x|#)\s*\d{1,6})?$/i;

/**
 * @param {string} text
 * @returns {SearchText}
 */
export function readSearch(text) {
  const value = text.trim();
  if (!value) return {};
  const link = /#\/j\/([0-9a-f]{32})/i.exec(value);
  if (link) return { open: link[1].toLowerCase() };
  // The whole header, as people copy it.
  const parent = TRACEPARENT.exec(value.replace(/^["']?traceparent["']?\s*[:=]\s*/i, "").replace(/^["']|["'],?$/g, ""));
  if (parent) return { id: `trace:${parent[1].toLowerCase()}` };
  // Digits alone may also be the id of a case or a ticket.
  if (isPhone(value)) return /^\d+$/.test(value) ? { phone: value, id: value } : { phone: value };
  if (/^(tel|sips?):/i.test(value)) return { phone: value };
  if (/^.+Metric_./.test(value)) return { metric: value };
  const key = spanKey(value);
  if (key) return { id: key };
  if (NAMESPACED.test(value)) return { id: value };
  return isMetric(value) ? { id: value, metric: value } : { id: value };
}

/**
 * The id that a span's key is about: `sbc:sip.call_id:a84b:call` is about `sip.call_id:a84b`. Genesys's keys name their
 * conversation without its namespace.
 *
 * @param {string} text
 */
function spanKey(text) {
  const conversation = /^genesys:([0-9a-f-]{36}):[a-z_]+:/i.exec(text);
  if (conversation && UUID.test(conversation[1])) return `genesys.conversation:${conversation[1].toLowerCase()}`;
  return /^[a-z][a-z0-9_-]*:((?:[a-z][a-z0-9_]*\.[a-z0-9._]+|trace|uui):.+):[^:]+$/.exec(text)?.[1];
}

/**
 * Whether a text looks like a phone number: 7 to 17 digits, and only the characters that people put between them.
 *
 * @param {string} text
 */
export function isPhone(text) {
  const digits = PHONE.exec(text.trim())?.[1].replace(/\D/g, "").length ?? 0;
  return digits >= 7 && digits <= 17;
}

/**
 * Whether a text may be a flow metric: `Flow.Metric`.
 *
 * @param {string} text
 */
function isMetric(text) {
  return text.length <= 300 && /^[^.@/:]*[\p{L}\p{N}][^.@/:]*\.[^@/:]*[\p{L}\p{N}][^@/:]*$/u.test(text);
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
