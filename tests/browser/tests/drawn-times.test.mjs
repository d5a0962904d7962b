// The chart draws what the document says. The tests read back what it drew, and its pixels.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { after, test } from "node:test";
import { rng, hard, hex, sized, stories } from "../support/journeys.mjs";
import { drawn, pointOf, quit, until, untilDrawn, visit } from "../support/browser.mjs";

after(quit);

const at = (text) => Date.parse(text);

/** Compares every span that is drawn by itself with the document, considering the folds of the chart. */
function compare(journey, chart) {
  const spans = new Map(journey.spans.map((span) => [span.key, span]));
  const place = (t) => {
    let shift = 0;
    for (const fold of chart.folds) {
      if (t >= fold.end) shift = fold.shift;
      else if (t > fold.start) return fold.place + ((t - fold.start) / (fold.end - fold.start)) * fold.width;
    }
    return t - shift;
  };
  let compared = 0;
  for (const { key, x, width } of chart.spans) {
    const span = spans.get(key);
    assert.ok(span, "nothing is drawn that the document does not have");
    const from = (place(at(span.started_at) - chart.origin) - chart.from) * chart.scale;
    assert.ok(Math.abs(x - from) < 0.01, `${key} begins at ${x}, not ${from}`);
    if (!span.ended_at || width <= 2) continue;
    const to = (place(at(span.ended_at) - chart.origin) - chart.from) * chart.scale;
    assert.ok(Math.abs(x + width - to) < 0.01, `${key} ends at ${x + width}, not ${to}`);
    compared++;
  }
  return compared;
}

test("every span of every story is drawn at its times", async () => {
  const { page, url, leave } = await visit(stories());
  for (const { journey } of stories()) {
    await page.goto(`${url}/#/j/${journey.id}`);
    await untilDrawn(page, (chart, id) => chart.journey === id, journey.id);
    const chart = await drawn(page);
    assert.deepEqual(chart.spans.map(({ key }) => key).sort(), journey.spans.map(({ key }) => key).sort());
    assert.ok(compare(journey, chart) >= 2);
    assert.equal(chart.gaps.length, journey.gaps.length);
    assert.equal(
      chart.ticks.length,
      journey.spans.reduce((sum, span) => sum + span.events.length, 0),
    );
  }
  await leave();
});

test("the journeys in the domain's snapshots are drawn at their times", async () => {
  const folder = new URL("../../../shared/domain/tests/journeys/snapshots/", import.meta.url);
  const journeys = [];
  for (const name of (await readdir(folder)).filter((each) => each.endsWith(".snap"))) {
    const text = await readFile(new URL(name, folder), "utf8");
    const content = text.slice(text.indexOf("---\n", 4) + 4);
    if (content.startsWith("{")) journeys.push({ journey: { ...JSON.parse(content), id: hex(name) } });
  }
  assert.ok(journeys.length >= 5, "the snapshots hold journeys");
  const { page, url, leave } = await visit(journeys, { now: at("2026-03-02T10:05:00.000Z") });
  for (const { journey } of journeys) {
    await page.goto(`${url}/#/j/${journey.id}`);
    await page.reload();
    await untilDrawn(page, (chart, id) => chart.journey === id, journey.id);
    const chart = await drawn(page);
    assert.deepEqual(chart.spans.map(({ key }) => key).sort(), journey.spans.map(({ key }) => key).sort());
    compare(journey, chart);
    assert.ok((await page.locator(".journey-head").innerText()).includes(journey.outcome.text));
  }
  await leave();
});

test("positions stay exact while zooming and panning in ten thousand spans", async () => {
  const { journey } = sized(10_000);
  const { page, leave } = await visit([{ journey }], { hash: `#/j/${journey.id}` });
  const box = await page.locator("canvas.canvas").boundingBox();
  const next = rng(11);
  let compared = 0;
  for (let round = 0; round < 24; round++) {
    await page.mouse.move(box.x + next() * box.width, box.y + 60 + next() * (box.height - 70));
    const key = next() < 0.3 ? "Shift" : "Control";
    await page.keyboard.down(key);
    await page.mouse.wheel(0, (next() - 0.6) * 900);
    await page.keyboard.up(key);
    compared += compare(journey, await drawn(page));
  }
  assert.ok(compared > 2000, String(compared));
  await leave();
});

test("the pixels of a span have its colour, and those beside it have not", async () => {
  const journey = stories().find((each) => each.journey.summary.includes("waited 9 s")).journey;
  const { page, leave } = await visit([{ journey }], { hash: `#/j/${journey.id}`, colorScheme: "light" });
  const agent = journey.spans.find((span) => span.name === "Agent");
  const chart = await drawn(page);
  const span = chart.spans.find((each) => each.key === agent.key);
  const colour = (x, y) =>
    page.evaluate(
      ([px, py]) => [
        ...document
          .querySelector("canvas.canvas")
          .getContext("2d")
          .getImageData(px * devicePixelRatio, py * devicePixelRatio, 1, 1)
          .data.slice(0, 3),
      ],
      [x, y],
    );
  const tint = [0xc4, 0xeb, 0xd3];
  assert.deepEqual(await colour(Math.floor(span.x + span.width) - 2, span.y + 4), tint);
  assert.deepEqual(await colour(Math.ceil(span.x) + 5, span.y + 3), tint);
  assert.notDeepEqual(await colour(Math.ceil(span.x + span.width) + 1, span.y + 4), tint);
  await leave();
});

const HARD = [
  "One millisecond",
  "Zero length",
  "Equal A",
  "Equal B",
  "Equal C",
  "Ends before it starts",
  "Never ended",
  "Last",
];

for (const name of HARD) {
  test(`in thirty days, "${name}" can be found, hovered and selected`, async () => {
    const { journey } = hard();
    const { page, leave } = await visit([{ journey }], { hash: `#/j/${journey.id}` });
    const wanted = journey.spans.find((span) => span.name === name);
    await page.keyboard.press("u");
    await page.fill("#find", name);
    await page.keyboard.press("Enter");
    await untilDrawn(page, (chart, key) => chart.selected === key, wanted.key);
    await page.click("text=Zoom to span");
    await untilDrawn(
      page,
      (chart, key) => chart.folds.length === 0 && chart.spans.some((span) => span.key === key && span.alone),
      wanted.key,
    );
    const { x, y, span, chart } = await pointOf(page, wanted.key);
    const shown = at(wanted.started_at) - chart.origin;
    assert.ok(Math.abs(chart.from + span.x / chart.scale - shown) < 0.01, "it is drawn at its time");
    await page.mouse.move(x, y);
    await until(page, (text) => document.querySelector(".hover-card:not([hidden])")?.textContent.includes(text), name);
    await page.keyboard.press("Escape");
    await page.locator("canvas.canvas").press("Escape");
    await untilDrawn(page, (c) => c.selected === undefined);
    await page.mouse.click(x, y);
    await untilDrawn(page, (c, key) => c.selected === key, wanted.key);
    await leave();
  });
}

test("a gap of a millisecond can be zoomed to and read", async () => {
  const { journey } = hard();
  const { page, leave } = await visit([{ journey }], { hash: `#/j/${journey.id}` });
  await page.fill("#find", "One millisecond");
  await page.keyboard.press("Enter");
  await page.click("text=Zoom to span");
  await untilDrawn(page, (chart) => chart.scale > 50);
  const chart = await drawn(page);
  const gap = chart.gaps[0];
  assert.ok(Math.abs(gap.to - gap.x - chart.scale) < 0.01, "a millisecond is a millisecond wide");
  const box = await page.locator("canvas.canvas").boundingBox();
  await page.mouse.move(box.x + (gap.x + gap.to) / 2, box.y + chart.gapsTop + 8);
  await until(page, () =>
    document.querySelector(".hover-card:not([hidden])")?.textContent.includes("One millisecond."),
  );
  await leave();
});

test("spans of the same times are in different rows", async () => {
  const { journey } = hard();
  const { page, leave } = await visit([{ journey }], { hash: `#/j/${journey.id}` });
  const chart = await drawn(page);
  const keys = journey.spans.filter((span) => span.name.startsWith("Equal")).map((span) => span.key);
  const rows = chart.spans.filter((span) => keys.includes(span.key)).map((span) => span.row);
  assert.equal(new Set(rows).size, 3);
  await leave();
});

test("an event can be hovered where it is drawn", async () => {
  const journey = stories().find((each) => each.journey.summary.includes("Second line")).journey;
  const { page, leave } = await visit([{ journey }], { hash: `#/j/${journey.id}` });
  const chart = await drawn(page);
  const span = journey.spans.find((each) => each.name === "CustomerRouting");
  const tick = chart.ticks.find((each) => each.span === span.key && each.nth === 0);
  assert.ok(Math.abs(chart.origin + chart.from + tick.x / chart.scale - at(span.events[0].at)) < 0.01);
  const box = await page.locator("canvas.canvas").boundingBox();
  await page.mouse.move(box.x + tick.x, box.y + tick.y + 16);
  await until(
    page,
    (name) => document.querySelector(".hover-card:not([hidden])")?.textContent.includes(name),
    span.events[0].name,
  );
  await leave();
});
