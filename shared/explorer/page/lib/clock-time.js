// @ts-check
// Times of day and dates as text, in UTC or in the reader's own time zone. Times are whole milliseconds since 1970.

import { MINUTE, SECOND, pad } from "./duration.js";

/** @typedef {"local" | "utc"} Zone */

/**
 * The milliseconds of an RFC 3339 time. `undefined` for anything else.
 *
 * @param {unknown} text
 * @returns {number | undefined}
 */
export function millis(text) {
  if (typeof text !== "string") return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** @type {Map<Zone, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * @param {number} ms
 * @param {Zone} zone
 * @returns {Partial<Record<Intl.DateTimeFormatPartTypes, string>>}
 */
function parts(ms, zone) {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone === "utc" ? "UTC" : undefined,
      hourCycle: "h23",
      year: "numeric",
      month: "short",
      day: "numeric",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(zone, format);
  }
  /** @type {Partial<Record<Intl.DateTimeFormatPartTypes, string>>} */
  const found = {};
  for (const part of format.formatToParts(ms)) found[part.type] = part.value;
  return found;
}

/**
 * `09:10:02`. With milliseconds when `step` is less than a second, without seconds when it is a minute or more.
 *
 * @param {number} ms
 * @param {Zone} zone
 */
export function clock(ms, zone, step = 1) {
  const p = parts(ms, zone);
  const minutes = `${p.hour}:${p.minute}`;
  if (step >= MINUTE) return minutes;
  return step < SECOND
    ? `${minutes}:${p.second}.${pad(((ms % SECOND) + SECOND) % SECOND, 3)}`
    : `${minutes}:${p.second}`;
}

/**
 * `Fri 21 Nov 2026`.
 *
 * @param {number} ms
 * @param {Zone} zone
 */
export function date(ms, zone) {
  const p = parts(ms, zone);
  return `${p.weekday} ${p.day} ${p.month} ${p.year}`;
}

/**
 * `21 Nov`.
 *
 * @param {number} ms
 * @param {Zone} zone
 */
export function shortDate(ms, zone) {
  const p = parts(ms, zone);
  return `${p.day} ${p.month}`;
}

/**
 * `5 Mar 2023`.
 *
 * @param {number} ms
 * @param {Zone} zone
 */
export function fullDate(ms, zone) {
  return `${shortDate(ms, zone)} ${parts(ms, zone).year}`;
}

/**
 * Date and time to the millisecond.
 *
 * @param {number} ms
 * @param {Zone} zone
 */
export function stamp(ms, zone) {
  return `${date(ms, zone)} ${clock(ms, zone)}${zone === "utc" ? " UTC" : ""}`;
}

/**
 * How many milliseconds the zone is ahead of UTC at the time `ms`.
 *
 * @param {number} ms
 * @param {Zone} zone
 */
export function zoneOffset(ms, zone) {
  return zone === "utc" ? 0 : -new Date(ms).getTimezoneOffset() * MINUTE;
}

/** The name of the reader's time zone. */
export function localZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local";
}
