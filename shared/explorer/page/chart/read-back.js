// @ts-check
// Reads back what a chart drew: places of spans and ticks in pixels, and the visible part of time. Only tests use it.

import { eachVisible } from "./geometry.js";

/** @import { Geometry } from "./geometry.js" */
/** @import { Scene } from "./scene.js" */
/** @import { View } from "./view.js" */

/**
 * @param {{
 *   scene?: Scene, view: View, geometry?: Geometry, scroll: number, width: number, height: number,
 *   selectedKey?: string, marked?: Uint8Array, frame: number, gliding: number, took?: number, drawnFirst?: number,
 * }} chart
 */
export function readBack(chart) {
  const { scene, view, geometry, scroll, width, height } = chart;
  if (!scene || !geometry || !width) return { journey: scene?.journey.id, spans: [] };
  /** @type {{ key: string, x: number, y: number, width: number, alone: boolean, row: number }[]} */
  const spans = [];
  eachVisible(scene, view, geometry, scroll, height, (p, x, w, y, alone) => {
    spans.push({ key: scene.span(p).key, x, y, width: w, alone, row: scene.row[p] });
  });
  const ticks = [];
  for (let t = 0; t < scene.ticks.at.length; t++) {
    const x = view.x(scene.ticks.at[t]);
    const y = geometry.top + geometry.rowTop[scene.row[scene.ticks.p[t]]] - scroll;
    if (x >= 0 && x <= width) ticks.push({ span: scene.span(scene.ticks.p[t]).key, nth: scene.ticks.nth[t], x, y });
  }
  /** @type {(strip: { start: number, end: number, index: number }) => { index: number, x: number, to: number }} */
  const strip = ({ start, end, index }) => ({
    index,
    x: view.x(scene.timeline.place(start)),
    to: view.x(end === Infinity ? scene.length : scene.timeline.place(end)),
  });
  return {
    journey: scene.journey.id,
    origin: scene.origin,
    scale: view.scale,
    from: view.from,
    width,
    height,
    scroll,
    top: geometry.top,
    gapsTop: geometry.gapsTop,
    legsTop: geometry.legsTop,
    spans,
    ticks,
    gaps: scene.gaps.map(strip),
    legs: scene.legs.map(strip),
    folds: scene.timeline.folds.map((f) => ({ ...f, x: view.x(f.place), to: view.x(f.place + f.width) })),
    selected: chart.selectedKey,
    marked: chart.marked ? chart.marked.reduce((sum, each) => sum + each, 0) : undefined,
    moving: Boolean(chart.frame || chart.gliding),
    took: chart.took,
    drawnFirst: chart.drawnFirst,
  };
}
