// What stays on a chart while the lanes scroll, or stands beside them: the axis, the strips of legs and gaps, the names of
// folds and of lanes.

import { font, label, textWidth } from "./canvas-text.js";
import { duration, plainLine, title } from "./format.js";

/** The names of the lanes, each with its platform's colour and how its clock was moved. */
export function laneNames(ctx, { geometry, scroll, height, theme, shifts }) {
  ctx.textAlign = "left";
  for (const lane of geometry.lanes) {
    const top = geometry.top + lane.top - scroll;
    if (top > height || top + geometry.head < geometry.top) continue;
    const middle = top + geometry.head / 2 + 1;
    const square = 9 * geometry.unit;
    ctx.fillStyle = theme.platform(lane.platform);
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

/** The axis, the legs and the gaps: they stay while the lanes scroll. */
export function heading(ctx, state, { marks }) {
  const { scene, view, width, theme, geometry, hover } = state;
  const { axis, strip: tall, unit } = geometry;
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
  const strip = (items, top, paint) => {
    for (const item of items) {
      const x = view.x(scene.timeline.place(item.start));
      const to = view.x(item.end === Infinity ? scene.length : scene.timeline.place(item.end));
      if (to < 0 || x > width) continue;
      const left = Math.max(x, -4);
      const w = Math.max(Math.min(to, width + 4) - left, LEAST_STRIP);
      paint(item, left, w, top + 2, Math.max(x, 0) + 6 * unit, left + w - Math.max(x, 0) - 10 * unit);
    }
  };
  const middle = tall / 2 - 1.5;
  strip(scene.legs, geometry.legsTop, ({ item }, x, w, y, textX, room) => {
    ctx.fillStyle = theme.platform(item.platform);
    ctx.fillRect(x, y, Math.max(w - 1, 1), tall - 4);
    ctx.fillStyle = theme.ink;
    label(ctx, `${item.number} ${plainLine(item.platform)}`, textX, y + middle, room);
  });
  strip(scene.gaps, geometry.gapsTop, ({ item, start, end, index }, x, w, y, textX, room) => {
    ctx.strokeStyle = hover?.gap?.index === index ? theme.select : theme.gap;
    ctx.lineWidth = 1;
    ctx.setLineDash([3, 2]);
    ctx.strokeRect(x + 0.5, y + 0.5, Math.max(w - 1, 1), tall - 5);
    ctx.setLineDash([]);
    ctx.fillStyle = theme.quiet;
    label(ctx, `${title(item.class)} ${duration(end - start)}`, textX, y + middle, room);
  });
  foldNames(ctx, state);
  ctx.fillStyle = theme.line;
  ctx.fillRect(0, geometry.top - 1, width, 1);
}

const LEAST_STRIP = 2;

function foldNames(ctx, { scene, view, width, theme, geometry: { axis } }) {
  ctx.textAlign = "center";
  for (const fold of scene.timeline.folds) {
    const x = view.x(fold.place);
    const to = view.x(fold.place + fold.width);
    if (to < 0 || x > width || to - x < 10) continue;
    ctx.fillStyle = theme.fold;
    ctx.fillRect(x, 2, to - x, axis - 2);
    ctx.fillStyle = theme.quiet;
    const text = duration(fold.end - fold.start);
    const short = text.split(" ").slice(0, 2).join(" ");
    const shown = [text, short, "//"].find((each) => textWidth(ctx, each) < to - x - 2);
    if (shown) ctx.fillText(shown, (x + to) / 2, axis / 2 - 1);
  }
}
