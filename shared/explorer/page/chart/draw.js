// @ts-check
// Draws one frame of a chart on a canvas, from back to front.

import { axisMarks } from "./axis.js";
import { drawHandoffs, drawTicks } from "./draw-events.js";
import { drawHeading, drawLaneNames } from "./draw-heading.js";
import { drawPointer } from "./draw-pointer.js";
import { drawSpans } from "./draw-spans.js";

/** @import { Theme } from "../lib/theme.js" */
/** @import { AxisMark } from "./axis.js" */
/** @import { Frame } from "./contracts.js" */

/** @typedef {CanvasRenderingContext2D} Context */

/**
 * @param {Context} ctx
 * @param {Frame} frame
 */
export function draw(ctx, frame) {
  const { width, height, theme, geometry } = frame;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(0, 0, width, height);
  ctx.textBaseline = "middle";
  const { marks } = axisMarks(frame.scene, frame.view, frame.settings, geometry.unit);
  drawLanes(ctx, frame);
  drawBands(ctx, frame, marks);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, geometry.top, width, height - geometry.top);
  ctx.clip();
  drawSpans(ctx, frame);
  drawTicks(ctx, frame);
  drawHandoffs(ctx, frame);
  drawLaneNames(ctx, frame);
  ctx.restore();
  drawHeading(ctx, frame, marks);
  drawScrollBar(ctx, frame);
  drawPointer(ctx, frame);
}

/**
 * @param {Context} ctx
 * @param {Frame} frame
 */
function drawLanes(ctx, { width, height, theme, geometry, scroll }) {
  geometry.lanes.forEach((lane, i) => {
    const top = geometry.top + lane.top - scroll;
    if (top > height || top + lane.bottom - lane.top < geometry.top) return;
    ctx.fillStyle = i % 2 ? theme.ground : theme.lane;
    ctx.fillRect(0, top, width, lane.bottom - lane.top);
  });
}

/**
 * Draws what crosses all lanes: the marks of the axis, gaps and folds.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 * @param {AxisMark[]} marks
 */
function drawBands(ctx, { scene, view, width, height, theme, geometry }, marks) {
  ctx.fillStyle = theme.line;
  for (const { x } of marks) ctx.fillRect(Math.round(x), geometry.axis - 5, 1, height);
  ctx.globalAlpha = 0.13;
  ctx.fillStyle = theme.gap;
  for (const { start, end } of scene.gaps) {
    const x = view.x(scene.timeline.place(start));
    const to = view.x(scene.timeline.place(end));
    if (to >= 0 && x <= width) ctx.fillRect(x, geometry.top, Math.max(1, to - x), height);
  }
  ctx.globalAlpha = 1;
  for (const fold of scene.timeline.folds) {
    const x = view.x(fold.place);
    const to = view.x(fold.place + fold.width);
    if (to < 0 || x > width) continue;
    ctx.fillStyle = theme.fold;
    ctx.fillRect(x, geometry.axis, to - x, height);
    drawZigzag(ctx, x, geometry.axis, height, theme);
    drawZigzag(ctx, to, geometry.axis, height, theme);
  }
}

/**
 * @param {Context} ctx
 * @param {number} x
 * @param {number} top
 * @param {number} bottom
 * @param {Theme} theme
 */
function drawZigzag(ctx, x, top, bottom, theme) {
  ctx.strokeStyle = theme.gap;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let y = top, side = 1; y <= bottom; y += 6, side = -side) ctx.lineTo(x + 2.5 * side, y);
  ctx.stroke();
}

/**
 * Shows which part of the lanes is visible, unless all of them are.
 *
 * @param {Context} ctx
 * @param {Frame} frame
 */
function drawScrollBar(ctx, { width, height, theme, geometry, scroll }) {
  const room = height - geometry.top;
  if (geometry.height <= room + 1) return;
  const long = Math.max(24, (room * room) / geometry.height);
  const top = geometry.top + ((room - long) * scroll) / (geometry.height - room);
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = theme.gap;
  ctx.fillRect(width - 7, top, 5, long);
  ctx.globalAlpha = 1;
}
