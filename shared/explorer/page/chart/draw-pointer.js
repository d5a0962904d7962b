// @ts-check
// Draws the line under the pointer, its time, and a stretch that is being measured.

import { font, textWidth } from "../lib/canvas.js";
import { clock } from "../lib/clock-time.js";
import { relative } from "../lib/duration.js";

/** @import { Frame } from "./contracts.js" */

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Frame} frame
 */
export function drawPointer(ctx, frame) {
  const { height, theme, line, range, width, geometry } = frame;
  if (line !== undefined) {
    ctx.fillStyle = theme.quiet;
    ctx.fillRect(Math.round(line), geometry.axis - 4, 1, height);
    drawTime(ctx, frame, line);
  }
  if (!range) return;
  const x = Math.max(0, Math.min(range.from, range.to));
  const to = Math.min(width, Math.max(range.from, range.to));
  ctx.globalAlpha = 0.16;
  ctx.fillStyle = theme.accent;
  ctx.fillRect(x, geometry.axis, to - x, height);
  ctx.globalAlpha = 1;
  ctx.font = font(geometry, 12, "600");
  ctx.textAlign = "center";
  ctx.fillStyle = theme.accent;
  const lines = range.text.split("\n");
  const step = 16 * geometry.unit;
  lines.forEach((text, i) => ctx.fillText(text, (x + to) / 2, height - 14 - (lines.length - 1 - i) * step));
}

/**
 * Draws the time under the pointer on the axis, with milliseconds only when a pixel is that fine.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Frame} frame
 * @param {number} line
 */
function drawTime(ctx, { scene, view, settings, theme, width, geometry }, line) {
  const t = Math.round(scene.timeline.time(view.place(line)));
  const step = view.scale > 0.002 ? 1 : 1000;
  const text = settings.mode === "relative" ? relative(t, step) : clock(scene.origin + t, settings.zone, step);
  ctx.font = font(geometry, 11, "600");
  ctx.textAlign = "center";
  const half = textWidth(ctx, text) / 2 + 6;
  const x = Math.min(Math.max(line, half), width - half);
  ctx.fillStyle = theme.quiet;
  ctx.fillRect(x - half, 2, 2 * half, geometry.axis - 5);
  ctx.fillStyle = theme.ground;
  ctx.fillText(text, x, geometry.axis / 2);
}
