// Opening journey after journey takes no more and more memory.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { sized, stories } from "./fixtures.mjs";
import { quit, until, untilDrawn, visit } from "./harness.mjs";

after(quit);

const MOST_GROWTH = 4 * 1024 * 1024;

test("memory is flat over two hundred opened journeys", async () => {
  const told = [...stories(), sized(1000), sized(2000)];
  const { page, context, leave } = await visit(told);
  const browser = await context.newCDPSession(page);
  const used = async () => {
    for (let i = 0; i < 3; i++) await browser.send("HeapProfiler.collectGarbage");
    const { usedSize } = await browser.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await browser.send("Memory.getDOMCounters");
    return { usedSize, nodes, jsEventListeners };
  };
  // A handle of an element would hold all that it was part of.
  const rows = () => until(page, () => document.querySelector(".rows > li") !== null);
  const look = async (n) => {
    for (let i = 0; i < n; i++) {
      const { id } = told[i % told.length].journey;
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
  await look(26);
  const before = await used();
  await look(200);
  const after_ = await used();
  const told_ = JSON.stringify({ before, after: after_ });
  assert.ok(after_.usedSize - before.usedSize < MOST_GROWTH, told_);
  assert.ok(after_.nodes - before.nodes < 500 && after_.jsEventListeners - before.jsEventListeners < 200, told_);
  await leave();
});
