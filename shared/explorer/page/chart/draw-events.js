// @ts-check
// Draws point events and hand-offs.

/** @import { Frame } from "./contracts.js" */

/**
 * Draws point events at the foot of their spans: a diamond where there is room, else a stroke.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Frame} frame
 */
export function drawTicks(ctx, { scene, view, geometry, scroll, width, height, theme, hover, marked }) {
  const { at, rowStart, p } = scene.ticks;
  if (!at.length) return;
  ctx.fillStyle = theme.ink;
  ctx.strokeStyle = theme.ground;
  ctx.lineWidth = 1;
  for (let row = geometry.firstRow(scroll); row < scene.rows; row++) {
    const y = geometry.top + geometry.rowTop[row] - scroll + geometry.bar - 2;
    if (y - geometry.bar > height) break;
    const until = rowStart[row + 1];
    let reached = -Infinity;
    for (let t = scene.firstTick(row, view.from - 5 / view.scale); t < until; t++) {
      const x = view.x(at[t]);
      if (x > width + 5) break;
      if (x < reached + 2) continue;
      const next = t + 1 < until ? view.x(at[t + 1]) : Infinity;
      const crowded = x - reached < 9 || next - x < 9;
      const hovered = hover?.tick === t;
      ctx.globalAlpha = marked && !marked[p[t]] ? 0.25 : 1;
      reached = x;
      if (crowded && !hovered) {
        ctx.fillRect(x - 0.5, y - 4, 1.5, 7);
        continue;
      }
      const size = (hovered ? 6 : 3.6) * geometry.unit;
      ctx.beginPath();
      (ctx.moveTo(x, y - size), ctx.lineTo(x + size, y), ctx.lineTo(x, y + size), ctx.lineTo(x - size, y));
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

/**
 * Draws an arrow from the end of one span to the start of the span that took over.
 *
 * @param {CanvasRenderingContext2D} ctx
 * @param {Frame} frame
 */
export function drawHandoffs(ctx, { scene, view, geometry, scroll, width, theme }) {
  ctx.strokeStyle = ctx.fillStyle = theme.accent;
  ctx.lineWidth = 1.6;
  for (const { left, arrived } of scene.handoffs) {
    const x1 = view.x(scene.reach(left));
    const x2 = view.x(scene.from[arrived]);
    if (Math.max(x1, x2) < -40 || Math.min(x1, x2) > width + 40) continue;
    const top = geometry.top - scroll;
    const down = geometry.rowTop[scene.row[arrived]] >= geometry.rowTop[scene.row[left]];
    const y1 = top + geometry.rowTop[scene.row[left]] + (down ? geometry.bar : 0);
    const y2 = top + geometry.rowTop[scene.row[arrived]] + geometry.bar / 2;
    const bend = Math.max(14, Math.min(40, Math.abs(y2 - y1) / 2));
    ctx.beginPath();
    ctx.moveTo(x1, y1);
    ctx.bezierCurveTo(x1, y1 + (down ? bend : -bend), x2 - bend, y2, x2 - 2, y2);
    ctx.stroke();
    ctx.beginPath();
    (ctx.moveTo(x2, y2), ctx.lineTo(x2 - 7, y2 - 4), ctx.lineTo(x2 - 7, y2 + 4));
    ctx.fill();
  }
}
