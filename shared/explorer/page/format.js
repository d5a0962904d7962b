// Times, durations and names, as they are read. Times are whole milliseconds since 1970, everywhere in the page.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The milliseconds of an RFC 3339 time; `undefined` for none. */
export function millis(text) {
  if (typeof text !== "string") return undefined;
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** A duration in the two units that matter: `1 ms`, `3.2 s`, `3 min 12 s`, `2 d 4 h`. */
export function duration(ms) {
  if (ms === undefined || ms === null || Number.isNaN(ms)) return "";
  if (ms < 0) return `−${duration(-ms)}`;
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < MINUTE) {
    const tenths = Math.floor(ms / 100) / 10;
    return `${ms < 10 * SECOND && tenths % 1 !== 0 ? tenths.toFixed(1) : Math.floor(tenths)} s`;
  }
  if (ms < HOUR) return two(ms, MINUTE, "min", SECOND, "s");
  if (ms < DAY) return two(ms, HOUR, "h", MINUTE, "min");
  return two(ms, DAY, "d", HOUR, "h");
}

function two(ms, large, largeName, small, smallName) {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms % large) / small);
  return rest ? `${whole} ${largeName} ${rest} ${smallName}` : `${whole} ${largeName}`;
}

/** A duration to the millisecond: `0 ms`, `1 m 02.345 s`, `30 d 00:00:00.001`. */
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

/** A time since the journey's start: `+0:32.120`, `+1:02:03`, `+2 d 4:00:00`. `step` is how fine it has to be. */
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

function pad(number, digits = 2) {
  return String(number).padStart(digits, "0");
}

const formats = new Map();

function parts(ms, zone) {
  const key = zone ?? "local";
  let format = formats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: "short",
      day: "numeric",
      weekday: "short",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
    formats.set(key, format);
  }
  const found = {};
  for (const part of format.formatToParts(ms)) found[part.type] = part.value;
  return found;
}

/** `zone` as Intl wants it: "utc" is UTC, anything else the reader's own. */
function intl(zone) {
  return zone === "utc" ? "UTC" : undefined;
}

/** `09:10:02`, with milliseconds when `step` is under a second and without seconds when it is whole minutes. */
export function clock(ms, zone, step = 1) {
  const p = parts(ms, intl(zone));
  const minutes = `${p.hour}:${p.minute}`;
  if (step >= MINUTE) return minutes;
  return step < SECOND
    ? `${minutes}:${p.second}.${pad(((ms % SECOND) + SECOND) % SECOND, 3)}`
    : `${minutes}:${p.second}`;
}

/** `Fri 21 Nov 2026`. */
export function date(ms, zone) {
  const p = parts(ms, intl(zone));
  return `${p.weekday} ${p.day} ${p.month} ${p.year}`;
}

/** `21 Nov`. */
export function shortDate(ms, zone) {
  const p = parts(ms, intl(zone));
  return `${p.day} ${p.month}`;
}

/** A whole time, to the millisecond. */
export function stamp(ms, zone) {
  return `${date(ms, zone)} ${clock(ms, zone)}${zone === "utc" ? " UTC" : ""}`;
}

/** How far the zone's clock is ahead of UTC at `ms`, in milliseconds. */
export function zoneOffset(ms, zone) {
  return zone === "utc" ? 0 : -new Date(ms).getTimezoneOffset() * MINUTE;
}

/** The name of the reader's zone. */
export function localZone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? "local";
}

/** `agent_interaction` as words: `agent interaction`. */
export function words(name) {
  return String(name).replaceAll("_", " ");
}

/** The same with a capital. */
export function title(name) {
  const text = words(name);
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(/\b(ai|ivr|crm|sip|id)\b/gi, (short) =>
    short === "id" ? short : short.toUpperCase(),
  );
}

/** `1 span`, `2 spans`. */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * A text from outside with what cannot be seen made visible: control characters, and those that would turn the writing
 * direction so that a text reads as another one.
 */
export function plainLine(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
