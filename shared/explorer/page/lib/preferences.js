// @ts-check
// How the reader wants to see times. The browser keeps it, and all charts on a page share it.

/** @import { Zone } from "./clock-time.js" */

/**
 * `mode`: times of day, or times since the journey's start. `times`: with corrected clocks, or as the sources reported
 * them. `fold`: whether long idle times are drawn narrow.
 *
 * @typedef {{ mode: "clock" | "relative", zone: Zone, times: "corrected" | "raw", fold: boolean }} Preferences
 */

const KEY = "cxtrace.preferences";

/** @type {Preferences} */
const DEFAULTS = { mode: "clock", zone: "local", times: "corrected", fold: true };

/** The values of each preference, in the order in which a button or a key steps through them. */
export const CHOICES = {
  mode: ["clock", "relative"],
  zone: ["local", "utc"],
  times: ["corrected", "raw"],
  fold: [true, false],
};

/** @type {Preferences | undefined} */
let held;
/** @type {Set<(preferences: Preferences) => void>} */
const listeners = new Set();

export function preferences() {
  held ??= load();
  return held;
}

function load() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
  } catch {
    stored = undefined;
  }
  const names = /** @type {(keyof Preferences)[]} */ (Object.keys(DEFAULTS));
  const valid = names.filter((name) => /** @type {unknown[]} */ (CHOICES[name]).includes(stored?.[name]));
  return { ...DEFAULTS, ...Object.fromEntries(valid.map((name) => [name, stored[name]])) };
}

/** @param {Partial<Preferences>} changes */
export function prefer(changes) {
  held = { ...preferences(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // Without storage the preferences last as long as the page.
  }
  for (const listener of listeners) listener(held);
}

/**
 * Changes one preference to its next value.
 *
 * @param {keyof Preferences} name
 */
export function preferNext(name) {
  /** @type {unknown[]} */
  const values = CHOICES[name];
  prefer({ [name]: values[(values.indexOf(preferences()[name]) + 1) % values.length] });
}

/**
 * Calls `listener` after each change. Returns a function that stops that.
 *
 * @param {(preferences: Preferences) => void} listener
 */
export function onPreference(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
