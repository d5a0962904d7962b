// @ts-check
// Draws the spans of a chart. Spans of one colour are drawn together, and invisible spans are skipped.

import { font, label, textWidth, texture } from "../lib/canvas.js";
import { duration } from "../lib/duration.js";
import { DRAWN_TYPES } from "../lib/span-types.js";
import { plainLine, words } from "../lib/format.js";
import { eachVisible } from "./geometry.js";
import { ABANDONED, ERROR, ESTIMATED, FLAGGED, LOST, OPEN } from "./spans.js";

/** @import { Frame } from "./contracts.js" */

/** @typedef {CanvasRenderingContext2D} Context */

/** A span with its left and right pixel, its top, and the pixel up to which its row is free. */
/** @typedef {{ p: number, from: number, to: number, y: number, free: number }} Label */

/**
 * @param {Context} ctx
 * @param {Frame} frame
 */
export function drawSpans(ctx, frame) {
  const { scene, view, geometry, scroll, height, width, theme, marked } = frame;
  // Flat lists of x, width, y, by type. The lists of spans that do not stand out come after the others.
  const types = DRAWN_TYPES.length;
  const wide = Array.from({ length: types * 2 }, () => /** @type {number[]} */ ([]));
  const narrow = Array.from({ length: types * 2 }, () => /** @type {number[]} */ ([]));
  /** @type {Label[]} */
  const labels = [];
  /** @type {number[]} */
  const signs = [];
  let lastY = NaN;
  let lastType = -1;
  let lastEnd = 0;
  /** @type {number[]} */
  let lastList = [];
  /** @type {(p: number) => number} */
  const freeUntil = (p) => {
    const next = p + 1 < scene.rowStart[scene.row[p] + 1] ? scene.from[p + 1] : Infinity;
    const fold = scene.timeline.folds.find(({ place }) => place >= scene.to[p])?.place ?? Infinity;
    return Math.min(view.x(next), view.x(fold), width);
  };
  eachVisible(scene, view, geometry, scroll, height, (p, x, w, y, alone) => {
    const from = Math.max(x, -4);
    const to = Math.min(x + w, width + 4);
    const type = scene.type[p] + (marked && !marked[p] ? types : 0);
    if (to - from > 26 || (alone && freeUntil(p) - to > 40)) labels.push({ p, from, to, y, free: freeUntil(p) });
    if (w < 5) {
      // Neighbours of one colour that touch become one rectangle.
      if (y === lastY && type === lastType && from <= lastEnd + 0.5) {
        lastList[lastList.length - 2] += Math.max(0, to - lastEnd);
        lastEnd = Math.max(lastEnd, to);
      } else {
        lastList = narrow[type];
        lastList.push(from, to - from, y);
        [lastY, lastType, lastEnd] = [y, type, to];
      }
    } else {
      wide[type].push(from, to - from, y);
      if (scene.state[p]) signs.push(p, from, to, y);
    }
  });
  for (let type = 0; type < types * 2; type++) {
    const code = type % types;
    ctx.globalAlpha = type < types ? 1 : 0.22;
    fillBars(ctx, narrow[type], theme.edge[code], geometry.bar);
    const list = wide[type];
    if (!list.length) continue;
    fillBars(ctx, list, theme.tint[code], geometry.bar);
    const pattern = texture(ctx, theme, code);
    if (pattern) fillBars(ctx, list, pattern, geometry.bar);
    ctx.fillStyle = theme.edge[code];
    for (let i = 0; i < list.length; i += 3) ctx.fillRect(list[i], list[i + 2], 3, geometry.bar);
  }
  ctx.globalAlpha = 1;
  for (let i = 0; i < signs.length; i += 4) drawState(ctx, frame, signs[i], signs[i + 1], signs[i + 2], signs[i + 3]);
  drawFaults(ctx, frame);
  drawLabels(ctx, frame, labels);
  drawOutline(ctx, frame, frame.hover?.p, 1);
  drawOutline(ctx, frame, frame.selected, 2);
}

/**
 * @param {Context} ctx
 * @param {number[]} list
 * @param {string | CanvasPattern} style
 * @param {number} bar
 */
function fillBars(ctx, list, style, bar) {
  if (!list.length) return;
  ctx.fillStyle = style;
  for (let i = 0; i < list.length; i += 3) ctx.fillRect(list[i], list[i + 2], list[i + 1], bar);
}

/**
 * Draws the state of a wide span: a red or orange foot, a dashed right edge while it is open, a jagged right edge where
 * its end was not reported, and soft edges where its position is estimated.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 * @param {number} p
 * @param {number} from
 * @param {number} to
 * @param {number} y
 */
function drawState(ctx, { scene, theme, width, geometry: { bar } }, p, from, to, y) {
  const state = scene.state[p];
  if (state & (ERROR | ABANDONED)) {
    ctx.fillStyle = state & ERROR ? theme.error : theme.abandoned;
    ctx.fillRect(from, y + bar - 3, to - from, 3);
  }
  if (state & OPEN && to < width + 4) {
    ctx.fillStyle = theme.edge[scene.type[p]];
    for (let at = 1; at + 4 <= bar; at += 6) ctx.fillRect(to - 2, y + at, 2, 4);
  }
  if (state & LOST && to < width + 4) tear(ctx, theme.lane, to, y, bar);
  if (state & ESTIMATED) {
    const room = Math.min(12, (to - from) / 3);
    soften(ctx, theme.lane, from, from + room, y, bar);
    soften(ctx, theme.lane, to, to - room, y, bar);
  }
}

/**
 * Cuts teeth into the right edge.
 *
 * @param {Context} ctx
 * @param {string} ground
 * @param {number} to
 * @param {number} y
 * @param {number} bar
 */
function tear(ctx, ground, to, y, bar) {
  const tooth = bar / 4;
  ctx.fillStyle = ground;
  ctx.beginPath();
  ctx.moveTo(to + 1, y - 1);
  for (let at = 0; at < 4; at++) {
    ctx.lineTo(to - 6, y + (at + 0.5) * tooth);
    ctx.lineTo(to, y + (at + 1) * tooth);
  }
  ctx.lineTo(to + 1, y + bar + 1);
  ctx.fill();
}

/**
 * Fades the edge at `edge` into the ground.
 *
 * @param {Context} ctx
 * @param {string} ground
 * @param {number} edge
 * @param {number} inner
 * @param {number} y
 * @param {number} bar
 */
function soften(ctx, ground, edge, inner, y, bar) {
  const shade = ctx.createLinearGradient(edge, 0, inner, 0);
  shade.addColorStop(0, ground);
  shade.addColorStop(1, `${ground}00`);
  ctx.fillStyle = shade;
  ctx.fillRect(Math.min(edge, inner), y, Math.abs(inner - edge), bar);
}

/**
 * Draws a sign at the end of each span that failed or was abandoned, however narrow the span is.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 */
function drawFaults(ctx, { scene, view, geometry, scroll, width, height, theme }) {
  const drawn = new Set();
  const r = 6 * geometry.unit;
  for (const p of scene.bad) {
    const y = geometry.top + geometry.rowTop[scene.row[p]] - scroll;
    const end = view.x(scene.reach(p));
    if (y < geometry.top - geometry.row || y > height || end < -r || end > width + r) continue;
    const spot = scene.row[p] * 8192 + (end >> 3);
    if (drawn.has(spot)) continue;
    drawn.add(spot);
    const failed = scene.state[p] & ERROR;
    const inside = (scene.reach(p) - scene.from[p]) * view.scale > 3 * r;
    const x = Math.min(Math.max(r, end - (inside ? r + 2 : 0)), width - r);
    const middle = y + geometry.bar / 2 - 1;
    ctx.fillStyle = failed ? theme.error : theme.abandoned;
    ctx.beginPath();
    ctx.arc(x, middle, r, 0, 7);
    ctx.fill();
    ctx.strokeStyle = theme.ground;
    ctx.lineWidth = 1.6 * geometry.unit;
    const arm = r * 0.42;
    ctx.beginPath();
    if (failed) {
      (ctx.moveTo(x - arm, middle - arm), ctx.lineTo(x + arm, middle + arm));
      (ctx.moveTo(x + arm, middle - arm), ctx.lineTo(x - arm, middle + arm));
    } else {
      (ctx.moveTo(x - arm, middle), ctx.lineTo(x + arm, middle));
    }
    ctx.stroke();
  }
}

/**
 * Draws the name of each span: within it, or beside it when the span is too narrow and its row has room.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 * @param {Label[]} labels
 */
function drawLabels(ctx, { scene, theme, marked, geometry }, labels) {
  ctx.textAlign = "left";
  ctx.font = font(geometry, geometry.bar > 20 * geometry.unit ? 13 : 12);
  for (const { p, from, to, y: top, free } of labels) {
    const sign = scene.state[p] & (ERROR | ABANDONED) ? 18 * geometry.unit : 4;
    const flag = scene.state[p] & FLAGGED ? "⚠ " : "";
    const text = flag + plainLine(scene.span(p).name || words(scene.span(p).type));
    let left = Math.max(from, 0) + 7;
    let room = to - left - sign;
    if (room < textWidth(ctx, text)) {
      const beside = to + Math.max(sign, 6);
      const most = free - beside - 8;
      if (most >= textWidth(ctx, text)) [left, room] = [beside, most];
    }
    const y = top + geometry.bar / 2 + 0.5;
    ctx.globalAlpha = marked && !marked[p] ? 0.4 : 1;
    ctx.fillStyle = theme.ink;
    const used = label(ctx, text, left, y, room);
    if (used && room - used > 40) {
      ctx.globalAlpha *= 0.72;
      const long = scene.end[p] === Infinity ? Math.max(0, scene.now - scene.start[p]) : scene.end[p] - scene.start[p];
      label(ctx, duration(long), left + used + 7, y, room - used - 7);
    }
  }
  ctx.globalAlpha = 1;
}

/**
 * @param {Context} ctx
 * @param {Frame} frame
 * @param {number | undefined} p
 * @param {number} weight
 */
function drawOutline(ctx, { scene, view, geometry, scroll, width, theme }, p, weight) {
  if (p === undefined) return;
  const y = geometry.top + geometry.rowTop[scene.row[p]] - scroll;
  const x = Math.max(view.x(scene.from[p]), -4);
  const to = Math.min(Math.max(view.x(scene.reach(p)), x + 2), width + 4);
  ctx.strokeStyle = theme.select;
  ctx.lineWidth = weight;
  ctx.strokeRect(x - 1, y - 1, to - x + 2, geometry.bar + 2);
}
