// Opening many journeys does not leak memory.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sized, stories } from "../support/journeys.mjs";
import { quit, until, untilDrawn, visit } from "../support/browser.mjs";

after(quit);

const MAX_GROWTH = 4 * 1024 * 1024;

test("memory does not grow over two hundred opened journeys", async () => {
  const journeys = [...stories(), sized(1000), sized(2000)];
  const { page, context, leave } = await visit(journeys);
  const browser = await context.newCDPSession(page);
  const used = async () => {
    for (let i = 0; i < 3; i++) await browser.send("HeapProfiler.collectGarbage");
    const { usedSize } = await browser.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await browser.send("Memory.getDOMCounters");
    return { usedSize, nodes, jsEventListeners };
  };
  // Playwright's handles of elements would keep their documents in memory, so the test uses none.
  const rows = () => until(page, () => document.querySelector(".rows > li") !== null);
  const openMany = async (n) => {
    for (let i = 0; i < n; i++) {
      const { id } = journeys[i % journeys.length].journey;
      await page.evaluate((each) => (location.hash = `#/j/${each}`), id);
      await untilDrawn(page, (chart, each) => chart.journey === each, id);
      if (i % 10 === 9) {
        await page.evaluate(() => (location.hash = "#/"));
        await rows();
      }
    }
    await page.evaluate(() => (location.hash = "#/"));
    await rows();
  };
  await openMany(26);
  const before = await used();
  await openMany(200);
  const after_ = await used();
  const usage = JSON.stringify({ before, after: after_ });
  assert.ok(after_.usedSize - before.usedSize < MAX_GROWTH, usage);
  assert.ok(after_.nodes - before.nodes < 500 && after_.jsEventListeners - before.jsEventListeners < 200, usage);
  await leave();
});
