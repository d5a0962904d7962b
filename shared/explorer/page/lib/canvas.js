// @ts-check
// Drawing on a canvas: its context, fonts that grow with the page, measured text, and patterns.

import { DRAWN_TYPES } from "./span-types.js";

/** @import { Pattern } from "./span-types.js" */
/** @import { Theme } from "./theme.js" */

const FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif';

/**
 * @param {HTMLCanvasElement} canvas
 * @param {CanvasRenderingContext2DSettings} [settings]
 */
export function contextOf(canvas, settings) {
  const ctx = canvas.getContext("2d", settings);
  if (!ctx) throw new Error("This browser cannot draw on a canvas. Update it, or use another one.");
  return ctx;
}

/**
 * A font of `size` pixels times the page's `unit`.
 *
 * @param {{ unit: number }} geometry
 * @param {number} size
 */
export function font({ unit }, size, weight = "") {
  return `${weight} ${size * unit}px ${FAMILY}`.trim();
}

/** @type {Map<string, number>} */
const widths = new Map();
const MAX_WIDTHS = 20_000;

/**
 * The width of a text in pixels. Each text is measured once.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 */
export function textWidth(ctx, text) {
  const key = `${ctx.font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > MAX_WIDTHS) widths.clear();
    width = ctx.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

/**
 * Draws `text` from `x` on, cut to `room` pixels. Returns the width it takes.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {number} room
 */
export function label(ctx, text, x, y, room) {
  if (room < 12) return 0;
  let shown = text;
  let width = textWidth(ctx, shown);
  if (width > room) {
    const letters = Math.floor((text.length * (room - 9)) / width);
    if (letters < 1) return 0;
    shown = `${text.slice(0, letters)}…`;
    width = room;
  }
  ctx.fillText(shown, x, y);
  return width;
}

/**
 * The pattern of a type, to draw over its tint. `undefined` for a type without one.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Theme} theme
 * @param {number} type
 */
export function texture(ctx, theme, type) {
  const kind = theme.pattern[type];
  if (!kind) return undefined;
  const key = `${kind} ${theme.edge[type]}`;
  let tile = theme.textures.get(key);
  if (!tile) {
    tile = drawTile(kind, theme.edge[type]);
    theme.textures.set(key, tile);
  }
  return ctx.createPattern(tile, "repeat") ?? undefined;
}

/**
 * @param {Pattern} kind
 * @param {string} colour
 */
function drawTile(kind, colour) {
  const size = 8;
  const tile = document.createElement("canvas");
  tile.width = tile.height = size;
  const ctx = contextOf(tile);
  ctx.strokeStyle = ctx.fillStyle = colour;
  ctx.globalAlpha = 0.3;
  ctx.lineWidth = 1.4;
  /** @type {(x1: number, y1: number, x2: number, y2: number) => void} */
  const line = (x1, y1, x2, y2) => {
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.lineTo(x2, y2);
    ctx.stroke();
  };
  /** @type {(up: boolean) => void} */
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

/**
 * A small picture of a type's colour and pattern, for a legend.
 *
 * @param {string} type
 * @param {Theme} theme
 */
export function swatch(type, theme, width = 18, height = 12) {
  const code = Math.max(0, /** @type {readonly string[]} */ (DRAWN_TYPES).indexOf(type));
  const canvas = document.createElement("canvas");
  const ratio = devicePixelRatio || 1;
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.className = "swatch";
  canvas.setAttribute("aria-hidden", "true");
  const ctx = contextOf(canvas);
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
