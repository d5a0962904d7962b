// How long large journeys take: to the first picture, and from frame to frame while they are panned and zoomed.
//
//   node scale.mjs [spans …]
//
// Frames are what the browser gave to requestAnimationFrame while the view was changed on every one; "drawing" is the
// time within them that the chart took. Both are medians and 95th percentiles in milliseconds.

import { sized } from "./fixtures.mjs";
import { drawn, quit, visit } from "./harness.mjs";

const sizes = process.argv.slice(2).map(Number);
const FRAMES = 120;

/** Changes the view on each frame: pans and zooms at several scales, and times the frames. Runs in the browser. */
async function move(frames) {
  const { charts } = await import("/chart.js");
  const [chart] = charts;
  const found = { frames: [], drawing: [] };
  const next = () => new Promise((done) => requestAnimationFrame(done));
  for (const zoom of [1, 4, 30, 300]) {
    chart.view.fit();
    chart.view.zoom(zoom);
    chart.scroll = 0;
    await next();
    let last = performance.now();
    for (let i = 0; i < frames; i++) {
      if (i % 3 === 2) chart.zoom(i % 2 ? 1.06 : 1 / 1.06);
      else chart.pan(i % 40 < 20 ? 9 : -9, i % 40 < 20 ? 6 : -6);
      await next();
      const now = performance.now();
      found.frames.push(now - last);
      found.drawing.push(chart.took);
      last = now;
    }
  }
  return found;
}

function at(list, part) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1);
}

const rows = [];
for (const n of sizes.length ? sizes : [1_000, 10_000, 100_000]) {
  const told = sized(n);
  const { page, url, context, server } = await visit([told], { hash: "#/?range=15m" });
  const began = performance.now();
  await page.goto(`${url}/#/j/${told.journey.id}`);
  const first = await page.evaluate(async () => {
    const { drawn } = await import("/chart.js");
    const start = performance.now();
    while (!drawn()[0]?.took) await new Promise((done) => requestAnimationFrame(done));
    return performance.now() - start;
  });
  const shown = performance.now() - began;
  await drawn(page);
  const found = await page.evaluate(move, FRAMES);
  rows.push({
    spans: n.toLocaleString("en"),
    "first picture": `${Math.max(shown, first).toFixed(0)}`,
    "frame p50": at(found.frames, 0.5),
    "frame p95": at(found.frames, 0.95),
    "drawing p50": at(found.drawing, 0.5),
    "drawing p95": at(found.drawing, 0.95),
  });
  await context.close();
  await server.close();
}
console.table(rows);
await quit();
