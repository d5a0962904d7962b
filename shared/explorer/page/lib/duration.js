// @ts-check
// Durations as text. All durations are milliseconds.

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * A duration in its two largest units: `1 ms`, `3.2 s`, `3 min 12 s`, `2 d 4 h`. An unknown one is an empty text.
 *
 * @param {number | null | undefined} ms
 * @returns {string}
 */
export function duration(ms) {
  if (ms === undefined || ms === null || Number.isNaN(ms)) return "";
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) {
    const tenths = Math.floor(ms / 100) / 10;
    return `${ms < 10 * SECOND && tenths % 1 !== 0 ? tenths.toFixed(1) : Math.floor(tenths)} s`;
  }
  if (ms < HOUR) return twoUnits(ms, MINUTE, "min", SECOND, "s");
  if (ms < DAY) return twoUnits(ms, HOUR, "h", MINUTE, "min");
  return twoUnits(ms, DAY, "d", HOUR, "h");
}

/**
 * The precision of the text of a duration: `duration` shows the duration rounded down to a multiple of it.
 *
 * @param {number} ms
 */
export function precision(ms) {
  if (ms < SECOND) return 1;
  if (ms < 10 * SECOND) return 100;
  if (ms < HOUR) return SECOND;
  return ms < DAY ? MINUTE : HOUR;
}

/**
 * @param {number} ms
 * @param {number} large
 * @param {string} largeName
 * @param {number} small
 * @param {string} smallName
 */
function twoUnits(ms, large, largeName, small, smallName) {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest ? `${whole} ${largeName} ${rest} ${smallName}` : `${whole} ${largeName}`;
}

/**
 * A duration rounded to its largest unit, where there is no room for two: `≈5 h`. One that is exact has no sign.
 *
 * @param {number} ms
 * @returns {string}
 */
export function roughDuration(ms) {
  const text = duration(ms);
  if (text.split(" ").length <= 2) return text;
  const [unit, name] = /** @type {const} */ ([[DAY, "d"], [HOUR, "h"], [MINUTE, "min"]]).find(([each]) => ms >= each) ?? [SECOND, "s"];
  return `≈${Math.round(ms / unit)} ${name}`;
}

/**
 * A duration to the millisecond: `0 ms`, `1 min 02.345 s`, `30 d 00:00:00.001`.
 *
 * @param {number} ms
 * @returns {string}
 */
export function exactDuration(ms) {
  if (ms < 0) return `−${exactDuration(-ms)}`;
  if (ms < SECOND) return `${ms} ms`;
  const days = Math.floor(ms / DAY);
  const seconds = `${pad(Math.floor((ms % MINUTE) / SECOND))}.${pad(ms % SECOND, 3)}`;
  if (ms < MINUTE) return `${Number(seconds).toFixed(3)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${seconds} s`;
  const clock = `${pad(Math.floor((ms % DAY) / HOUR))}:${pad(Math.floor((ms % HOUR) / MINUTE))}:${seconds}`;
  return days ? `${days} d ${clock}` : clock;
}

/**
 * A time since the journey's start: `+0:32.120`, `+1:02:03`, `+2 d 4:00:00`. With a `step` of a second or more, the
 * milliseconds are left out.
 *
 * @param {number} ms
 */
export function relative(ms, step = 1) {
  const sign = ms < 0 ? "−" : "+";
  const t = Math.abs(ms);
  const days = Math.floor(t / DAY);
  const hours = Math.floor((t % DAY) / HOUR);
  const minutes = Math.floor((t % HOUR) / MINUTE);
  const seconds = Math.floor((t % MINUTE) / SECOND);
  let text = hours || days ? `${hours}:${pad(minutes)}:${pad(seconds)}` : `${minutes}:${pad(seconds)}`;
  if (step < SECOND) text += `.${pad(Math.floor(t % SECOND), 3)}`;
  return `${sign}${days ? `${days} d ` : ""}${text}`;
}

/** @param {number} number */
export function pad(number, digits = 2) {
  return String(number).padStart(digits, "0");
}
