// Comparing two journeys.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, quit, until, visit } from "../support/browser.mjs";
import { NOW, sized, stories } from "../support/journeys.mjs";

after(quit);

const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const open = (title, options = {}) => visit(stories(), { hash: `#/j/${find(title).id}`, ...options });

test("two journeys are compared side by side, to one scale, with their differences", async () => {
  const { page, leave } = await visit(stories());
  const a = find("Second line");
  const b = find("waited 9 s");
  await page.check(`[data-pick="${a.id}"]`);
  await page.check(`[data-pick="${b.id}"]`);
  await page.click("#compare");
  await page.waitForSelector(".sides");
  const [left, right] = [await drawn(page, 0), await drawn(page, 1)];
  assert.deepEqual([left.journey, right.journey], [a.id, b.id]);
  assert.equal(left.scale, right.scale);
  const table = await page.locator(".differences").innerText();
  assert.match(table, /Queue\s+2 min 34 s\s+9 s\s+−2 min 25 s/);
  await page.uncheck("#same-scale");
  await until(page, async (scale) => (await import("/main.js")).drawn()[1].scale > scale, right.scale);
  await leave();
});

test("on a journey's page, a dialog offers the journeys to compare with", async () => {
  const { page, leave } = await open("Second line");
  await page.click("#pick");
  await page.click(`dialog [data-other="${find("waited 9 s").id}"]`);
  await page.waitForSelector(".sides");
  const shown = [await drawn(page, 0), await drawn(page, 1)].map((chart) => chart.journey);
  assert.deepEqual(shown, [find("Second line").id, find("waited 9 s").id]);
  await leave();
});

test("the dialog offers old journeys too", async () => {
  const [one, other] = [sized(3, NOW - 40 * 864e5), sized(4, NOW - 50 * 864e5)].map(({ journey }) => journey.id);
  const { page, leave } = await visit([sized(3, NOW - 40 * 864e5), sized(4, NOW - 50 * 864e5)], { hash: `#/j/${one}` });
  await page.click("#pick");
  await page.click(`dialog [data-other="${other}"]`);
  await page.waitForSelector(".sides");
  await leave();
});

test("a kind of time that one journey lacks counts as no time", async () => {
  const [a, b] = [find("Second line"), find("waited 9 s")];
  const { page, leave } = await visit(stories(), { hash: `#/compare/${a.id}/${b.id}` });
  const table = await page.locator(".differences").innerText();
  assert.match(table, /Hold\s+1 min 5 s\s+–\s+−1 min 5 s/);
  await leave();
});
