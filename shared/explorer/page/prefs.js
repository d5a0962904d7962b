// How the reader likes things: kept in this browser, and shared by all charts on a page.

const KEY = "cxtrace.preferences";
const DEFAULTS = { mode: "clock", zone: "local", times: "corrected", fold: true };
const ALLOWED = {
  mode: ["clock", "relative"],
  zone: ["local", "utc"],
  times: ["corrected", "raw"],
  fold: [true, false],
};

let held;
const listeners = new Set();

/** `{mode, zone, times, fold}`. */
export function preferences() {
  held ??= load();
  return held;
}

function load() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(KEY));
  } catch {
    stored = undefined;
  }
  const found = { ...DEFAULTS };
  for (const name of Object.keys(DEFAULTS)) if (ALLOWED[name].includes(stored?.[name])) found[name] = stored[name];
  return found;
}

/** Changes some. */
export function prefer(changes) {
  held = { ...preferences(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(held));
  } catch {
    // Without storage they hold for as long as the page.
  }
  for (const listener of listeners) listener(held);
}

/** Calls `listener` after each change; returns what ends that. */
export function onPreference(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
