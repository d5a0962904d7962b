// Colours and patterns. A type of span is told by its colour, its pattern or mark, and its label: colour is never the
// only sign. Every pair of text and ground has a contrast of at least 4.5.

import { TYPES } from "./scene.js";

// type: [name, light tint, light edge, dark tint, dark edge, pattern]
const SPANS = {
  telephony: ["Telephony", "#dde2ea", "#66738a", "#333c4b", "#94a3bb", ""],
  ivr: ["IVR", "#cfe0ff", "#2f6be0", "#1f3a6e", "#6ea0ff", ""],
  ai_conversation: ["AI conversation", "#e3d8fd", "#7a45dc", "#432a75", "#b08cff", "cross"],
  queue: ["Queue", "#ffe3ac", "#b87400", "#5c4209", "#f0b23c", "rise"],
  agent_interaction: ["Agent", "#c4ebd3", "#16834c", "#14492f", "#4cc98a", ""],
  hold: ["Hold", "#fbd3c0", "#c2521b", "#642f17", "#f58d5c", "bars"],
  wrap_up: ["Wrap-up", "#cdebe8", "#1b827a", "#12464a", "#53c3b9", "dots"],
  platform_handoff: ["Hand-off", "#d8dcf8", "#4a55c4", "#2c326b", "#939dff", "fall"],
  voicemail: ["Voicemail", "#fad4e6", "#b93277", "#5e1f42", "#f07fb5", "dots"],
  backend: ["Backend", "#c6e9f5", "#0d7ea6", "#0f4357", "#4fc0e6", ""],
  crm: ["CRM", "#eadfc9", "#86682f", "#463a20", "#cdae6f", "dashes"],
  web: ["Web", "#e0edbd", "#5d7f14", "#364a10", "#a5cb4f", ""],
  message: ["Message", "#f3d3f5", "#a03aa8", "#54205a", "#df83e6", "dashes"],
  other: ["Other", "#e4e4e4", "#6b6b6b", "#3a3a3a", "#a8a8a8", "rise"],
};

/** What a type is called in the legend. */
export function typeName(type) {
  return (SPANS[type] ?? SPANS.other)[0];
}

// Grounds for platforms, in strips: the text on them is the theme's ink.
const PLATFORMS = {
  light: ["#bcd4ff", "#c3ead2", "#ffdfa3", "#e0d3fb", "#bfe6f3", "#f9cfe2", "#dceab4", "#e6dac2", "#d2d6f6", "#fbcfba"],
  dark: ["#27477f", "#1b5a3b", "#6a4c0c", "#4e338a", "#15526a", "#6b264c", "#425914", "#53452a", "#363d80", "#713a1f"],
};

const KNOWN = ["genesys", "web", "sbc", "ai-voice", "backend", "connect", "crm", "twilio"];

/** The number of a platform's colour: the same on every page. */
function platformNumber(name) {
  const known = KNOWN.indexOf(name);
  if (known >= 0) return known;
  let sum = 7;
  for (const c of String(name)) sum = (sum * 31 + c.codePointAt(0)) >>> 0;
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

const wish = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();
wish.addEventListener("change", () => listeners.forEach((listener) => listener()));

/** Calls `listener` when the system's wish changes; returns what ends that. */
export function onThemeChange(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Whether less motion is wished for. */
export function stillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

const made = {};

/** The colours as they are wished for now. `light` forces the light ones, for what is printed. */
export function theme(light = !wish.matches) {
  const name = light ? "light" : "dark";
  made[name] ??= {
    ...INK[name],
    tint: TYPES.map((type) => SPANS[type][light ? 1 : 3]),
    edge: TYPES.map((type) => SPANS[type][light ? 2 : 4]),
    pattern: TYPES.map((type) => SPANS[type][5]),
    platform: (platform) => PLATFORMS[name][platformNumber(platform)],
    textures: new Map(),
  };
  return made[name];
}

/** A pattern to fill with, over a type's tint. `undefined` for a type without one. */
export function texture(ctx, theme, type) {
  const kind = theme.pattern[type];
  if (!kind) return undefined;
  const key = `${kind} ${theme.edge[type]}`;
  let tile = theme.textures.get(key);
  if (!tile) {
    tile = drawTile(kind, theme.edge[type]);
    theme.textures.set(key, tile);
  }
  return ctx.createPattern(tile, "repeat");
}

function drawTile(kind, colour) {
  const size = 8;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const ctx = tile.getContext("2d");
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.globalAlpha = 0.3;
  ctx.lineWidth = 1.4;
  const line = (x1, y1, x2, y2) => {
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  };
  const slant = (up) => {
    for (const shift of [-size, 0, size]) line(shift, up ? size : 0, shift + size, up ? 0 : size);
  };
  if (kind === "rise" || kind === "cross") slant(true);
  if (kind === "fall" || kind === "cross") slant(false);
  if (kind === "bars") line(2, 0, 2, size);
  if (kind === "dashes") (line(0, 2, 4, 2), line(4, 6, size, 6));
  if (kind === "dots") (ctx.fillRect(2, 2, 2, 2), ctx.fillRect(6, 6, 2, 2));
  return tile;
}

/** A swatch of a type for a legend. */
export function swatch(type, theme, width = 18, height = 12) {
  const code = Math.max(0, TYPES.indexOf(type));
  const canvas = document.createElement("canvas");
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.className = "swatch";
  canvas.setAttribute("aria-hidden", "true");
  const ctx = canvas.getContext("2d");
  ctx.scale(ratio, ratio);
  ctx.fillStyle = theme.tint[code];
  ctx.fillRect(0, 0, width, height);
  const pattern = texture(ctx, theme, code);
  if (pattern) {
    ctx.fillStyle = pattern;
    ctx.fillRect(0, 0, width, height);
  }
  ctx.fillStyle = theme.edge[code];
  ctx.fillRect(0, 0, 3, height);
  return canvas;
}
