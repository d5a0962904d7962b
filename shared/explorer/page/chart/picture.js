// @ts-check
// A chart as a picture to print: light, at full height, with a heading and a legend.

import { contextOf, font, swatch } from "../lib/canvas.js";
import { millis, stamp } from "../lib/clock-time.js";
import { duration } from "../lib/duration.js";
import { DRAWN_TYPES, typeName } from "../lib/span-types.js";
import { theme } from "../lib/theme.js";
import { plainLine } from "../lib/format.js";
import { draw } from "./draw.js";
import { Geometry } from "./geometry.js";
import { View } from "./view.js";

/** @import { Journey } from "../client/types.js" */
/** @import { Preferences } from "../lib/preferences.js" */
/** @import { Theme } from "../lib/theme.js" */
/** @import { Scene } from "./scene.js" */

/** Pixels above and below the chart, and the most for the chart itself. */
const HEADING = 84;
const FOOT = 34;
const MAX_HEIGHT = 8000;

/**
 * What the chart shows, as a PNG picture. `null` when the browser cannot make it.
 *
 * @param {Scene} scene
 * @param {{
 *   view: View, width: number, settings: Preferences, marked?: Uint8Array, selected?: number, shifts: Map<string, string>,
 * }} chart
 * @returns {Promise<Blob | null>}
 */
export function pictureOf(scene, chart) {
  const { settings, marked, selected, shifts } = chart;
  const geometry = new Geometry(scene);
  const width = Math.max(1200, chart.width);
  const height = Math.min(MAX_HEIGHT, geometry.top + geometry.height + 8);
  const ratio = 2;
  const canvas = document.createElement("canvas");
  canvas.width = width * ratio;
  canvas.height = (height + HEADING + FOOT) * ratio;
  const ctx = contextOf(canvas);
  const colours = theme(true);
  const view = new View(scene.length, width);
  view.show(chart.view.from, chart.view.to, 0);
  ctx.setTransform(ratio, 0, 0, ratio, 0, HEADING * ratio);
  draw(ctx, { scene, view, geometry, scroll: 0, width, height, theme: colours, settings, marked, selected, shifts });
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = colours.ground;
  ctx.fillRect(0, 0, width, HEADING);
  ctx.fillRect(0, height + HEADING, width, FOOT);
  writeHeading(ctx, scene.journey, settings, colours, width);
  writeLegend(ctx, scene, colours, height + HEADING + FOOT / 2);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Journey} journey
 * @param {Preferences} settings
 * @param {Theme} colours
 * @param {number} width
 */
function writeHeading(ctx, journey, { zone }, colours, width) {
  ctx.textAlign = "left";
  ctx.fillStyle = colours.ink;
  ctx.font = font({ unit: 1 }, 15, "600");
  const lines = [""];
  for (const word of plainLine(journey.summary ?? "").split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trim();
    if (ctx.measureText(longer).width <= width - 24) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length > 2) lines[1] += " …";
  lines.slice(0, 2).forEach((line, i) => ctx.fillText(line, 12, 20 + i * 20, width - 24));
  ctx.fillStyle = colours.quiet;
  ctx.font = font({ unit: 1 }, 12);
  const parts = [
    journey.id,
    journey.status,
    `revision ${journey.revision}`,
    stamp(millis(journey.started_at) ?? 0, zone),
    journey.duration_ms === undefined ? "still open" : duration(journey.duration_ms),
  ];
  ctx.fillText(parts.join(" · "), 12, Math.min(lines.length, 2) * 20 + 22, width - 24);
}

/**
 * @param {CanvasRenderingContext2D} ctx
 * @param {Scene} scene
 * @param {Theme} colours
 * @param {number} y
 */
function writeLegend(ctx, scene, colours, y) {
  ctx.font = font({ unit: 1 }, 12);
  const used = DRAWN_TYPES.filter((_, code) => scene.type.includes(code));
  let x = 12;
  for (const type of used) {
    ctx.drawImage(swatch(type, colours), x, y - 6, 18, 12);
    ctx.fillStyle = colours.ink;
    ctx.fillText(typeName(type), x + 24, y);
    x += 24 + ctx.measureText(typeName(type)).width + 20;
  }
}
