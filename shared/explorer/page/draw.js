// Drawing a scene on a canvas. Spans of one colour are drawn together; what is not visible is not touched.

import { axisMarks } from "./axis.js";
import { font, label, textWidth } from "./canvas-text.js";
import { clock, duration, plainLine, relative, words } from "./format.js";
import { eachVisible } from "./geometry.js";
import { heading, laneNames } from "./heading.js";
import { ABANDONED, ERROR, FLAGGED, OPEN, TYPES } from "./scene.js";
import { texture } from "./theme.js";

/**
 * One frame. `state`: `{scene, view, geometry, scroll, width, height, theme, settings, hover, selected, marked, range}`;
 * `marked` is a `Uint8Array` by position of what is to stand out, or none.
 */
export function draw(ctx, state) {
  const { width, height, theme, geometry } = state;
  ctx.fillStyle = theme.ground;
  ctx.fillRect(0, 0, width, height);
  ctx.textBaseline = "middle";
  const axis = axisMarks(state.scene, state.view, state.settings, geometry.unit);
  lanes(ctx, state);
  bands(ctx, state, axis);
  ctx.save();
  ctx.beginPath();
  ctx.rect(0, geometry.top, width, height - geometry.top);
  ctx.clip();
  spans(ctx, state);
  ticks(ctx, state);
  handoffs(ctx, state);
  laneNames(ctx, state);
  ctx.restore();
  heading(ctx, state, axis);
  scrollMark(ctx, state);
  pointer(ctx, state);
}

function lanes(ctx, { width, height, theme, geometry, scroll }) {
  geometry.lanes.forEach((lane, i) => {
    const top = geometry.top + lane.top - scroll;
    if (top > height || top + lane.bottom - lane.top < geometry.top) return;
    ctx.fillStyle = i % 2 ? theme.ground : theme.lane;
    ctx.fillRect(0, top, width, lane.bottom - lane.top);
  });
}

/** What goes through all lanes: marks of the axis, gaps and folds. */
function bands(ctx, { scene, view, width, height, theme, geometry }, { marks }) {
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
    zigzag(ctx, x, geometry.axis, height, theme);
    zigzag(ctx, to, geometry.axis, height, theme);
  }
}

function zigzag(ctx, x, top, bottom, theme) {
  ctx.strokeStyle = theme.gap;
  ctx.lineWidth = 1;
  ctx.beginPath();
  for (let y = top, side = 1; y <= bottom; y += 6, side = -side) ctx.lineTo(x + 2.5 * side, y);
  ctx.stroke();
}

function spans(ctx, state) {
  const { scene, view, geometry, scroll, height, width, theme, marked } = state;
  // Flat lists of x, width, y, by type and by whether they stand out.
  const types = TYPES.length;
  const wide = Array.from({ length: types * 2 }, () => []);
  const narrow = Array.from({ length: types * 2 }, () => []);
  const labels = [];
  const signs = [];
  let [lastY, lastType, lastEnd, lastList] = [NaN, -1, 0, undefined];
  // Where the next span of the row or a fold begins: until there a label may stand beside its span.
  const free = (p) => {
    const next = p + 1 < scene.rowStart[scene.row[p] + 1] ? scene.from[p + 1] : Infinity;
    const fold = scene.timeline.folds.find(({ place }) => place >= scene.to[p])?.place ?? Infinity;
    return Math.min(view.x(next), view.x(fold), width);
  };
  eachVisible(scene, view, geometry, scroll, height, (p, x, w, y, alone) => {
    const from = Math.max(x, -4);
    const to = Math.min(x + w, width + 4);
    const type = scene.type[p] + (marked && !marked[p] ? types : 0);
    if (to - from > 26 || (alone && free(p) - to > 40)) labels.push(p, from, to, y, free(p));
    if (w < 5) {
      // Neighbours of one colour that touch are one rectangle.
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
    rectangles(ctx, narrow[type], theme.edge[code], geometry.bar);
    const list = wide[type];
    if (!list.length) continue;
    rectangles(ctx, list, theme.tint[code], geometry.bar);
    const pattern = texture(ctx, theme, code);
    if (pattern) rectangles(ctx, list, pattern, geometry.bar);
    ctx.fillStyle = theme.edge[code];
    for (let i = 0; i < list.length; i += 3) ctx.fillRect(list[i], list[i + 2], 3, geometry.bar);
  }
  ctx.globalAlpha = 1;
  for (let i = 0; i < signs.length; i += 4) sign(ctx, state, signs[i], signs[i + 1], signs[i + 2], signs[i + 3]);
  badMarks(ctx, state);
  spanLabels(ctx, state, labels);
  outline(ctx, state, state.hover?.p, 1);
  outline(ctx, state, state.selected, 2);
}

function rectangles(ctx, list, style, bar) {
  if (!list.length) return;
  ctx.fillStyle = style;
  for (let i = 0; i < list.length; i += 3) ctx.fillRect(list[i], list[i + 2], list[i + 1], bar);
}

/** The state of a wide span: a red or orange foot, a broken right edge while it is open. */
function sign(ctx, { scene, theme, width, geometry: { bar } }, p, from, to, y) {
  const state = scene.state[p];
  if (state & (ERROR | ABANDONED)) {
    ctx.fillStyle = state & ERROR ? theme.error : theme.abandoned;
    ctx.fillRect(from, y + bar - 3, to - from, 3);
  }
  if (state & OPEN && to < width + 4) {
    ctx.fillStyle = theme.edge[scene.type[p]];
    for (let at = 1; at + 4 <= bar; at += 6) ctx.fillRect(to - 2, y + at, 2, 4);
  }
}

/** A sign at the end of each span that went wrong, however narrow the span is. */
function badMarks(ctx, { scene, view, geometry, scroll, width, height, theme }) {
  const drawn = new Set();
  const r = 6 * geometry.unit;
  for (const p of scene.bad) {
    const y = geometry.top + geometry.rowTop[scene.row[p]] - scroll;
    const end = view.x(scene.reach(p));
    if (y < geometry.top - geometry.row || y > height || end < -r || end > width + r) continue;
    const spot = scene.row[p] * 8192 + (end >> 3);
    if (drawn.has(spot)) continue;
    drawn.add(spot);
    const fault = scene.state[p] & ERROR;
    const inside = (scene.reach(p) - scene.from[p]) * view.scale > 3 * r;
    const x = Math.min(Math.max(r, end - (inside ? r + 2 : 0)), width - r);
    const middle = y + geometry.bar / 2 - 1;
    ctx.fillStyle = fault ? theme.error : theme.abandoned;
    ctx.beginPath();
    ctx.arc(x, middle, r, 0, 7);
    ctx.fill();
    ctx.strokeStyle = theme.ground;
    ctx.lineWidth = 1.6 * geometry.unit;
    const arm = r * 0.42;
    ctx.beginPath();
    if (fault) {
      (ctx.moveTo(x - arm, middle - arm), ctx.lineTo(x + arm, middle + arm));
      (ctx.moveTo(x + arm, middle - arm), ctx.lineTo(x - arm, middle + arm));
    } else {
      (ctx.moveTo(x - arm, middle), ctx.lineTo(x + arm, middle));
    }
    ctx.stroke();
  }
}

/** What a span is called: within it, or beside it where it is too narrow and its row has room. */
function spanLabels(ctx, { scene, theme, marked, geometry }, labels) {
  ctx.textAlign = "left";
  ctx.font = font(geometry, geometry.bar > 20 * geometry.unit ? 13 : 12);
  for (let i = 0; i < labels.length; i += 5) {
    const p = labels[i];
    const bad = scene.state[p] & (ERROR | ABANDONED) ? 18 * geometry.unit : 4;
    const flag = scene.state[p] & FLAGGED ? "⚠ " : "";
    const text = flag + plainLine(scene.span(p).name || words(scene.span(p).type));
    let left = Math.max(labels[i + 1], 0) + 7;
    let room = labels[i + 2] - left - bad;
    if (room < textWidth(ctx, text)) {
      const beside = labels[i + 2] + Math.max(bad, 6);
      const most = labels[i + 4] - beside - 8;
      if (most >= textWidth(ctx, text)) [left, room] = [beside, most];
    }
    const y = labels[i + 3] + geometry.bar / 2 + 0.5;
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

function outline(ctx, { scene, view, geometry, scroll, width, theme }, p, weight) {
  if (p === undefined) return;
  const y = geometry.top + geometry.rowTop[scene.row[p]] - scroll;
  const x = Math.max(view.x(scene.from[p]), -4);
  const to = Math.min(Math.max(view.x(scene.reach(p)), x + 2), width + 4);
  ctx.strokeStyle = theme.select;
  ctx.lineWidth = weight;
  ctx.strokeRect(x - 1, y - 1, to - x + 2, geometry.bar + 2);
}

/** Point events, at the foot of their span: a diamond where there is room, a stroke where they crowd. */
function ticks(ctx, { scene, view, geometry, scroll, width, height, theme, hover, marked }) {
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
      const shown = hover?.tick === t;
      ctx.globalAlpha = marked && !marked[p[t]] ? 0.25 : 1;
      reached = x;
      if (crowded && !shown) {
        ctx.fillRect(x - 0.5, y - 4, 1.5, 7);
        continue;
      }
      const size = (shown ? 6 : 3.6) * geometry.unit;
      ctx.beginPath();
      (ctx.moveTo(x, y - size), ctx.lineTo(x + size, y), ctx.lineTo(x, y + size), ctx.lineTo(x - size, y));
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
  }
  ctx.globalAlpha = 1;
}

function handoffs(ctx, { scene, view, geometry, scroll, width, theme }) {
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

/** How much of the lanes is seen, and where, when it is not all of them. */
function scrollMark(ctx, { width, height, theme, geometry, scroll }) {
  const room = height - geometry.top;
  if (geometry.height <= room + 1) return;
  const long = Math.max(24, (room * room) / geometry.height);
  const top = geometry.top + ((room - long) * scroll) / (geometry.height - room);
  ctx.globalAlpha = 0.5;
  ctx.fillStyle = theme.gap;
  ctx.fillRect(width - 7, top, 5, long);
  ctx.globalAlpha = 1;
}

/** The line under the pointer, and a stretch that is being measured. */
function pointer(ctx, state) {
  const { height, theme, line, range, width, geometry } = state;
  if (line !== undefined) {
    ctx.fillStyle = theme.quiet;
    ctx.fillRect(Math.round(line), geometry.axis - 4, 1, height);
    timeUnder(ctx, state);
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
  ctx.fillText(range.text, (x + to) / 2, height - 14);
}

/** The time under the pointer, on the axis, as fine as a pixel is. */
function timeUnder(ctx, { scene, view, settings, theme, line, width, geometry }) {
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
