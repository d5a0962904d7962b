// How long large journeys take: from the address to the whole picture, and from frame to frame while they are panned and
// zoomed.
//
//   node scale.mjs [--json] [spans …]
//
// The page is the one that the cxtrace command serves: one script and one style sheet, as deployed. Build the command
// first (`cargo build`), or name another with CXTRACE.
//
// The first picture is timed in a browser that has nothing of the page yet: from the address until the frame after the
// one in which every span was drawn. Frames are what the browser gave to requestAnimationFrame while the wheel changed
// the view on every one; "drawing" is the time within them that the chart took. Times are milliseconds. The heap is what
// scripts hold after a collection, in MB.

import { parseArgs } from "node:util";
import { sized } from "./support/journeys.mjs";
import { drawn, quit, visit } from "./support/browser.mjs";
import { CXTRACE, startCxtrace } from "./support/cxtrace.mjs";
import { FakeApi } from "./support/server.mjs";

const { values, positionals } = parseArgs({ options: { json: { type: "boolean" } }, allowPositionals: true });
const sizes = positionals.length ? positionals.map(Number) : [1_000, 10_000, 100_000];
const FRAMES = 120;

/** When the frame after the first picture began, in milliseconds since the page was asked for. Runs in the browser. */
async function firstPicture() {
  const { drawn } = await import("/main.js");
  const next = () => new Promise((done) => requestAnimationFrame(done));
  while (!drawn()[0]?.drawnFirst) await next();
  await next();
  return performance.now();
}

/** Turns the wheel on each frame: pans and zooms at several scales, and times the frames. Runs in the browser. */
async function move(frames) {
  const { drawn } = await import("/main.js");
  const canvas = document.querySelector(".canvas");
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const [clientX, clientY] = [left + width / 2, top + height / 2];
  const wheel = (options) =>
    canvas.dispatchEvent(new WheelEvent("wheel", { clientX, clientY, bubbles: true, cancelable: true, ...options }));
  const found = { frames: [], drawing: [] };
  const next = () => new Promise((done) => requestAnimationFrame(done));
  for (const zooms of [0, 4, 10, 17]) {
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "0", bubbles: true }));
    while (drawn()[0].moving) await next();
    for (let i = 0; i < zooms; i++) wheel({ deltaY: -200, ctrlKey: true });
    await next();
    let last = performance.now();
    for (let i = 0; i < frames; i++) {
      const forth = i % 40 < 20;
      if (i % 3 === 2) wheel({ deltaY: i % 2 ? -80 : 80, ctrlKey: true });
      else {
        wheel({ deltaX: forth ? 9 : -9 });
        wheel({ deltaY: forth ? 6 : -6, altKey: true });
      }
      await next();
      const now = performance.now();
      found.frames.push(now - last);
      last = now;
    }
    // Apart from the timed frames, because reading back takes time itself.
    for (let i = 0; i < 20; i++) {
      wheel({ deltaX: i % 2 ? 9 : -9 });
      await next();
      await next();
      found.drawing.push(drawn()[0].took);
    }
  }
  return found;
}

function at(list, part) {
  const sorted = [...list].sort((a, b) => a - b);
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))].toFixed(1));
}

async function measure(n) {
  const made = sized(n);
  const api = new FakeApi([made]);
  api.written.set(made.journey.id, Buffer.from(JSON.stringify(made.journey)));
  const { page, context, server } = await visit([], {
    api,
    built: cxtrace.url,
    hash: `#/j/${made.journey.id}`,
    ready: false,
  });
  const first = await page.evaluate(firstPicture);
  await drawn(page);
  const { frames, drawing } = await page.evaluate(move, FRAMES);
  const browser = await context.newCDPSession(page);
  for (let i = 0; i < 3; i++) await browser.send("HeapProfiler.collectGarbage");
  const { usedSize, backingStorageSize = 0 } = await browser.send("Runtime.getHeapUsage");
  await context.close();
  await server.close();
  return { n, first, frames, drawing, heap: (usedSize + backingStorageSize) / 1024 / 1024 };
}

if (!CXTRACE) throw new Error("There is no cxtrace command. Run `cargo build` first, or set CXTRACE.");
const cxtrace = await startCxtrace("up");
await measure(10); // A browser that has just been started is slow at first.
const found = [];
for (const n of sizes) found.push(await measure(n));
await quit();
await cxtrace.end();
if (values.json) {
  const rows = found.map(({ n, first, frames, heap }) => ({
    spans: n,
    first_paint_ms: Math.round(first),
    median_frame_ms: at(frames, 0.5),
    p99_frame_ms: at(frames, 0.99),
    heap_mb: Number(heap.toFixed(1)),
  }));
  console.log(JSON.stringify(rows));
} else {
  console.table(
    found.map(({ n, first, frames, drawing, heap }) => ({
      spans: n.toLocaleString("en"),
      "first picture": Math.round(first),
      "frame p50": at(frames, 0.5),
      "frame p99": at(frames, 0.99),
      "drawing p50": at(drawing, 0.5),
      "drawing p99": at(drawing, 0.99),
      "heap MB": Math.round(heap),
    })),
  );
}
