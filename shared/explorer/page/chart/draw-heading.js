// @ts-check
// Draws what stays in place while the lanes scroll: the axis, the strips of legs and gaps, and the names of folds and lanes.

import { font, label, textWidth } from "../lib/canvas.js";
import { duration, roughDuration } from "../lib/duration.js";
import { plainLine, title } from "../lib/format.js";

/** @import { AxisMark } from "./axis.js" */
/** @import { Frame } from "./contracts.js" */

/** @typedef {CanvasRenderingContext2D} Context */

/** The width in pixels of the narrowest leg or gap. */
const MIN_STRIP = 2;

/**
 * Draws the names of the lanes, each with its platform's colour and how its clock was corrected.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 */
export function drawLaneNames(ctx, { scene, geometry, scroll, height, theme, shifts }) {
  ctx.textAlign = "left";
  for (const lane of geometry.lanes) {
    const top = geometry.top + lane.top - scroll;
    if (top > height || top + geometry.head < geometry.top) continue;
    const middle = top + geometry.head / 2 + 1;
    const square = 9 * geometry.unit;
    ctx.fillStyle = theme.platform(lane.platform, scene.journey.platforms);
    ctx.fillRect(8, middle - square / 2, square, square);
    ctx.font = font(geometry, 11.5, "600");
    ctx.fillStyle = theme.ink;
    const used = square + 6 + label(ctx, plainLine(lane.platform), 14 + square, middle, 260 * geometry.unit);
    const shift = shifts?.get(lane.platform);
    if (!shift) continue;
    ctx.font = font(geometry, 11);
    ctx.fillStyle = theme.quiet;
    ctx.fillText(shift, 16 + used, middle);
  }
}

/**
 * Draws the axis, the legs and the gaps.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 * @param {AxisMark[]} marks
 */
export function drawHeading(ctx, frame, marks) {
  const { scene, width, theme, geometry, hover } = frame;
  const { axis, strip: tall } = geometry;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(0, 0, width, axis);
  ctx.font = font(geometry, 11);
  ctx.textAlign = "left";
  for (const { x, text, strong } of marks) {
    ctx.fillStyle = theme.line;
    ctx.fillRect(Math.round(x), axis - 6, 1, 6);
    ctx.fillStyle = strong ? theme.ink : theme.quiet;
    if (x + 4 + textWidth(ctx, text) <= width) ctx.fillText(text, x + 4, axis / 2 - 1);
  }
  const middle = tall / 2 - 1.5;
  for (const leg of scene.legs) {
    const box = stripBox(frame, leg, geometry.legsTop);
    if (!box) continue;
    ctx.fillStyle = theme.platform(leg.item.platform, scene.journey.platforms);
    ctx.fillRect(box.x, box.y, Math.max(box.width - 1, 1), tall - 4);
    ctx.fillStyle = theme.ink;
    label(ctx, `${leg.item.number} ${plainLine(leg.item.platform)}`, box.textX, box.y + middle, box.room);
  }
  for (const gap of scene.gaps) {
    const box = stripBox(frame, gap, geometry.gapsTop);
    if (!box) continue;
    ctx.strokeStyle = hover?.gap?.index === gap.index ? theme.select : theme.gap;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 2]);
    ctx.strokeRect(box.x + 0.5, box.y + 0.5, Math.max(box.width - 1, 1), tall - 5);
    ctx.setLineDash([]);
    ctx.fillStyle = theme.quiet;
    const text = `${title(gap.item.class)} ${duration(gap.end - gap.start)}`;
    label(ctx, text, box.textX, box.y + middle, box.room);
  }
  drawFoldNames(ctx, frame);
  ctx.fillStyle = theme.line;
  ctx.fillRect(0, geometry.top - 1, width, 1);
}

/**
 * The pixels of a leg or a gap and of the text in it. `undefined` when it is not visible.
 *
 * @param {Frame} frame
 * @param {{ start: number, end: number }} item
 * @param {number} top
 */
function stripBox({ scene, view, width, geometry: { unit } }, { start, end }, top) {
  const x = view.x(scene.timeline.place(start));
  const to = view.x(end === Infinity ? scene.length : scene.timeline.place(end));
  if (to < 0 || x > width) return undefined;
  const left = Math.max(x, -4);
  const wide = Math.max(Math.min(to, width + 4) - left, MIN_STRIP);
  const shown = Math.max(x, 0);
  return { x: left, y: top + 2, width: wide, textX: shown + 6 * unit, room: left + wide - shown - 10 * unit };
}

/**
 * @param {Context} ctx
 * @param {Frame} frame
 */
function drawFoldNames(ctx, { scene, view, width, theme, geometry: { axis } }) {
  ctx.textAlign = "center";
  for (const fold of scene.timeline.folds) {
    const x = view.x(fold.place);
    const to = view.x(fold.place + fold.width);
    if (to < 0 || x > width || to - x < 10) continue;
    ctx.fillStyle = theme.fold;
    ctx.fillRect(x, 2, to - x, axis - 2);
    ctx.fillStyle = theme.quiet;
    const text = duration(fold.end - fold.start);
    // The rounded length may reach a few pixels beyond the fold.
    const rough = roughDuration(fold.end - fold.start);
    const fits = (/** @type {string} */ each) => textWidth(ctx, each) < to - x + (each === rough ? 8 : -2);
    const shown = [text, rough, "//"].find(fits);
    if (shown) ctx.fillText(shown, (x + to) / 2, axis / 2 - 1);
  }
}
