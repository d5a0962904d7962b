// @ts-check
// The colours of the canvas, light and dark. Every text has a contrast of at least 4.5 to its background.

import { DRAWN_TYPES, SPAN_LOOKS } from "./span-types.js";

/** @import { Pattern } from "./span-types.js" */

/**
 * Every colour that a canvas uses. `tint`, `edge` and `pattern` are indexed like `DRAWN_TYPES`.
 *
 * @typedef {(typeof INK)["light"] & {
 *   tint: string[],
 *   edge: string[],
 *   pattern: Pattern[],
 *   platform: (name: string, among?: readonly string[]) => string,
 *   textures: Map<string, HTMLCanvasElement>,
 * }} Theme
 */

/** Backgrounds for platforms, in strips. The text on them has the theme's ink colour. */
const PLATFORMS = {
  light: ["#bcd4ff", "#c3ead2", "#ffdfa3", "#e0d3fb", "#bfe6f3", "#f9cfe2", "#dceab4", "#e6dac2", "#d2d6f6", "#fbcfba"],
  dark: ["#27477f", "#1b5a3b", "#6a4c0c", "#4e338a", "#15526a", "#6b264c", "#425914", "#53452a", "#363d80", "#713a1f"],
};

/**
 * By the list of a journey's platforms: the number of each one's background.
 *
 * @type {WeakMap<readonly string[], Map<string, number>>}
 */
const numbers = new WeakMap();

/** Platforms whose colours are fixed, in the order of the backgrounds. */
const KNOWN = ["genesys", "web", "sbc", "ai-voice", "backend", "connect", "crm", "twilio"];

/**
 * The number of a platform's background. It is the same on every page.
 *
 * @param {string} name
 */
function platformNumber(name) {
  const known = KNOWN.indexOf(name);
  if (known >= 0) return known;
  let sum = 7;
  for (const c of String(name)) sum = (sum * 31 + Number(c.codePointAt(0))) >>> 0;
  return sum % PLATFORMS.light.length;
}

const INK = {
  light: {
    ground: "#ffffff",
    lane: "#f6f7f9",
    line: "#dfe3e8",
    faint: "#eef0f3",
    ink: "#1a2230",
    quiet: "#566072",
    accent: "#1f5fd6",
    error: "#c4212f",
    abandoned: "#a34700",
    gap: "#8a93a3",
    select: "#0b3fae",
    fold: "#e3e7ed",
    find: "#d6336c",
  },
  dark: {
    ground: "#12161d",
    lane: "#171c25",
    line: "#2b3340",
    faint: "#1e242e",
    ink: "#e8ecf3",
    quiet: "#9aa6b8",
    accent: "#7fb0ff",
    error: "#ff7a80",
    abandoned: "#ffab66",
    gap: "#7b8798",
    select: "#b3d0ff",
    fold: "#232b37",
    find: "#ff8fb8",
  },
};

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
/** @type {Set<() => void>} */
const listeners = new Set();
prefersDark.addEventListener("change", () => listeners.forEach((listener) => listener()));

/**
 * Calls `listener` when the system changes between light and dark. Returns a function that stops that.
 *
 * @param {() => void} listener
 */
export function onThemeChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether the system asks for reduced motion. */
export function reducedMotion() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * The number of a platform's background among the platforms of a journey: its own one, or the next free one if a platform
 * before it has that.
 *
 * @param {string} name
 * @param {readonly string[]} among
 */
function numberAmong(name, among) {
  let held = numbers.get(among);
  if (!held) {
    held = new Map();
    const taken = new Set();
    for (const each of among) {
      // With more platforms than backgrounds, each background is used again only after all the others.
      if (taken.size === PLATFORMS.light.length) taken.clear();
      let number = platformNumber(each);
      for (let tries = 0; taken.has(number) && tries < PLATFORMS.light.length; tries++) {
        number = (number + 1) % PLATFORMS.light.length;
      }
      taken.add(number);
      held.set(each, number);
    }
    numbers.set(among, held);
  }
  return held.get(name) ?? platformNumber(name);
}

/** @type {Partial<Record<"light" | "dark", Theme>>} */
const made = {};

/** The colours for the system's setting. `light` forces the light ones, for printing. */
export function theme(light = !prefersDark.matches) {
  const name = light ? "light" : "dark";
  made[name] ??= {
    ...INK[name],
    tint: DRAWN_TYPES.map((type) => SPAN_LOOKS[type][light ? 1 : 3]),
    edge: DRAWN_TYPES.map((type) => SPAN_LOOKS[type][light ? 2 : 4]),
    pattern: DRAWN_TYPES.map((type) => SPAN_LOOKS[type][5]),
    platform: (platform, among = []) => PLATFORMS[name][numberAmong(platform, among)],
    textures: new Map(),
  };
  return made[name];
}
