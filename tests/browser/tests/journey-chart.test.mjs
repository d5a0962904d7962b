// The chart of a journey: zoom, drag, touch, minimap, card, folds, times and growth.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, pointOf, quit, until, untilDrawn, visit } from "../support/browser.mjs";
import { DAY, HOUR, JourneyBuilder, MINUTE } from "../support/journey-builder.mjs";
import { NOW, crowded, hard, hostile, stories, time } from "../support/journeys.mjs";

after(quit);

const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const spanOf = (journey, name) => journey.spans.find((span) => span.name === name);
const open = (title, options = {}) => visit(stories(), { hash: `#/j/${find(title).id}`, ...options });

test("the wheel with Ctrl zooms where the pointer is, alone it scrolls the page, and Fit shows the whole journey", async () => {
  const { page, leave } = await open("Second line");
  const before = await drawn(page);
  const key = spanOf(find("Second line"), "Billing").key;
  const { x, y } = await pointOf(page, key);
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, 1);
  assert.equal((await drawn(page)).scale, before.scale);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -400);
  await page.keyboard.up("Control");
  await untilDrawn(page, (chart, scale) => chart.scale > scale * 1.5, before.scale);
  const after_ = await pointOf(page, key);
  assert.ok(after_.span.width > before.spans.find((span) => span.key === key).width * 1.5);
  await page.click("#fit");
  await untilDrawn(page, (chart, scale) => Math.abs(chart.scale - scale) < 1e-9, before.scale);
  await leave();
});

test("dragging moves the view by as many pixels", async () => {
  const { page, leave } = await open("Second line");
  const key = spanOf(find("Second line"), "Billing").key;
  const { x, y } = await pointOf(page, key);
  await page.mouse.move(x, y);
  await page.keyboard.down("Control");
  await page.mouse.wheel(0, -600);
  await page.keyboard.up("Control");
  const before = await drawn(page);
  await page.mouse.down();
  await page.mouse.move(x - 60, y, { steps: 4 });
  await page.mouse.up();
  await untilDrawn(page, (chart, from) => chart.from !== from, before.from);
  const chart = await drawn(page);
  const moved = (each) => each.spans.find((span) => span.key === key).x;
  assert.ok(Math.abs(moved(before) - moved(chart) - 60) < 0.01, `${moved(before)} ${moved(chart)}`);
  assert.equal(chart.selected, undefined, "a drag selects nothing");
  await leave();
});

test("dragging with Shift measures, and zooms to what was measured", async () => {
  const { page, leave } = await open("Second line");
  const before = await drawn(page);
  const box = await page.locator("canvas.canvas").boundingBox();
  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + 200, box.y + 120);
  await page.mouse.down();
  await page.mouse.move(box.x + 400, box.y + 120, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await untilDrawn(page, (chart, scale) => chart.scale > scale * 2, before.scale);
  const chart = await drawn(page);
  assert.ok(Math.abs(chart.from - (before.from + 200 / before.scale)) < 1);
  assert.ok(Math.abs(chart.scale / before.scale - chart.width / 200) < 0.01);
  await leave();
});

test("two fingers pinch", async () => {
  const { page, leave } = await open("Second line", { hasTouch: true });
  const before = await drawn(page);
  const box = await page.locator("canvas.canvas").boundingBox();
  const touch = await page.context().newCDPSession(page);
  const fingers = (apart) => [-1, 1].map((side, id) => ({ x: box.x + 400 + side * apart, y: box.y + 120, id }));
  await touch.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: fingers(40) });
  for (const apart of [60, 90, 120])
    await touch.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: fingers(apart) });
  await touch.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await untilDrawn(page, (chart, scale) => chart.scale > scale * 2, before.scale);
  await leave();
});

test("a tap on a phone shows the span's card, and a tap beside it hides it", async () => {
  const { page, leave } = await open("Second line", {
    hasTouch: true,
    isMobile: true,
    viewport: { width: 360, height: 740 },
  });
  await page.locator("canvas.canvas").scrollIntoViewIfNeeded();
  const { x, y } = await pointOf(page, spanOf(find("Second line"), "Billing").key);
  await page.touchscreen.tap(x, y);
  await until(page, () => document.querySelector(".hover-card:not([hidden])")?.textContent.includes("Billing"));
  const { chart } = await pointOf(page, spanOf(find("Second line"), "Billing").key);
  const box = await page.locator("canvas.canvas").boundingBox();
  await page.touchscreen.tap(box.x + 200, box.y + chart.height - 4);
  await page.waitForSelector(".hover-card", { state: "hidden" });
  await page.click(".export summary");
  const menu = await page.locator(".crumbs .menu").boundingBox();
  assert.ok(menu.x >= 0 && menu.x + menu.width <= 360);
  await leave();
});

test("the minimap moves the view", async () => {
  const { page, leave } = await open("Second line");
  const before = await drawn(page);
  await page.click("#zoom-in");
  await page.click("#zoom-in");
  await page.click("#zoom-in");
  await untilDrawn(page, (chart, scale) => chart.scale > scale * 3, before.scale);
  const box = await page.locator("canvas.minimap").boundingBox();
  await page.mouse.click(box.x + box.width * 0.9, box.y + 20);
  const whole = before.width / before.scale;
  await untilDrawn(page, (chart, most) => chart.from > most * 0.6, whole);
  await leave();
});

test("the card beside the pointer shows a span's times to the millisecond", async () => {
  const { page, leave } = await open("Second line");
  const { x, y } = await pointOf(page, spanOf(find("Second line"), "Second line").key);
  await page.mouse.move(x - 10, y);
  await page.waitForSelector(".hover-card:not([hidden])");
  const text = await page.locator(".hover-card").innerText();
  for (const part of [
    "Second line",
    "Queue on",
    "46.100 s",
    "09:16:07.800",
    "09:16:53.900",
    "error",
    "TRANSPORT_FAILURE",
  ])
    assert.ok(text.includes(part), `${part} in ${text}`);
  await page.mouse.move(2, 2);
  await page.waitForSelector(".hover-card", { state: "hidden" });
  await leave();
});

test("idle time is folded, named, and shown at full length on request", async () => {
  const { page, leave } = await open("call-back on the web");
  const folded = await drawn(page);
  assert.ok(folded.folds.length >= 2);
  const fold = folded.folds.at(-1);
  const box = await page.locator("canvas.canvas").boundingBox();
  const point = [box.x + (fold.x + fold.to) / 2, box.y + folded.height - 10];
  await page.mouse.move(...point);
  await until(page, () => document.querySelector(".hover-card")?.textContent.includes("Idle for"));
  await page.mouse.click(...point);
  await untilDrawn(page, (chart) => chart.folds.length === 0);
  await page.click("#view");
  await page.click("#fold-true");
  await untilDrawn(page, (chart) => chart.folds.length >= 2);
  await page.keyboard.press("u");
  await untilDrawn(page, (chart) => chart.folds.length === 0);
  await leave();
});

test("the choice of clock time, time since start, and UTC is kept", async () => {
  const { page, leave } = await open("Second line", { timezoneId: "America/New_York" });
  assert.ok((await page.locator(".facts").innerText()).includes("04:10:12"));
  await page.click("#view");
  await page.click("#zone-utc");
  await until(page, () => document.querySelector(".facts").textContent.includes("09:10:12"));
  await page.click("#mode-relative");
  const held = (id) => page.getAttribute(id, "aria-checked");
  assert.equal(await held("#mode-relative"), "true");
  await page.reload();
  await page.waitForSelector(".split");
  assert.deepEqual([await held("#mode-relative"), await held("#mode-clock"), await held("#zone-utc")], ["true", "false", "true"]);
  await leave();
});

test("corrected times can be shown as reported", async () => {
  const { page, leave } = await open("partner's number");
  const journey = find("partner's number");
  const span = spanOf(journey, "Partner desk");
  const at = (chart) => chart.origin + chart.from + chart.spans.find((each) => each.key === span.key).x / chart.scale;
  assert.ok(Math.abs(at(await drawn(page)) - Date.parse(span.started_at)) < 0.01);
  await page.click("#view");
  await page.click("#times-raw");
  await untilDrawn(page, (chart) => chart.spans.length > 0);
  await until(page, () => document.querySelector("#times-raw").getAttribute("aria-checked") === "true");
  assert.ok(Math.abs(at(await drawn(page)) - Date.parse(span.raw.started_at)) < 0.01);
  await leave();
});

test("open spans grow with time", async () => {
  const { page, leave } = await open("talking now");
  const journey = find("talking now");
  const agent = spanOf(journey, "Agent");
  const end = (chart) => chart.spans.find((span) => span.key === agent.key);
  const before = await drawn(page);
  const until = (chart) => chart.origin + chart.from + (end(chart).x + end(chart).width) / chart.scale;
  assert.ok(Math.abs(until(before) - NOW) < 0.01);
  await page.evaluate(() => (globalThis.present += 60_000));
  await untilDrawn(
    page,
    (chart, [key, at]) => {
      const span = chart.spans.find((each) => each.key === key);
      return Math.abs(chart.origin + chart.from + (span.x + span.width) / chart.scale - at) < 0.01;
    },
    [agent.key, NOW + 60_000],
  );
  assert.ok((await page.locator(".facts strong").innerText()).includes("so far"));
  await leave();
});

test("a span whose end was not reported stops with its journey, and says so", async () => {
  const start = NOW - DAY;
  const lost = new JourneyBuilder("lost end", start)
    .span("customer:1", "telephony", "genesys", "Customer", 0, MINUTE)
    .span("acd:1", "queue", "genesys", "Billing", 10_000, undefined, { flags: ["end_lost"] })
    .span("case", "crm", "crm", "Open case", 20_000, undefined)
    .span("hold:1", "hold", "genesys", "On hold", 30_000, 40_000, { flags: ["estimated_position"] })
    .build("The customer waited.", {
      status: "settled",
      ended_at: time(start + MINUTE),
      duration_ms: MINUTE,
      settles_at: time(start + HOUR),
    });
  const { page, leave } = await visit([lost], { hash: `#/j/${lost.journey.id}` });
  const chart = await drawn(page);
  const end = (MINUTE - chart.from) * chart.scale;
  for (const { key, x, width } of chart.spans) assert.ok(x + width <= end + 0.01, `${key} goes on`);
  const queue = await pointOf(page, spanOf(lost.journey, "Billing").key);
  await page.mouse.move(queue.x, queue.y);
  await until(page, () => document.querySelector(".hover-card")?.textContent.includes("end not reported"));
  const hold = await pointOf(page, spanOf(lost.journey, "On hold").key);
  await page.mouse.move(hold.x, hold.y);
  await until(page, () => document.querySelector(".hover-card")?.textContent.includes("About here"));
  assert.ok((await page.locator(".legend-holder").innerText()).includes("end not reported"));
  await leave();
});

test("the chart begins within the first screen, however much a journey has", async () => {
  const size = { viewport: { width: 1280, height: 640 } };
  for (const made of [...stories(), crowded(), hard(), hostile()]) {
    const { page, leave } = await visit([made], { hash: `#/j/${made.journey.id}`, ...size });
    await drawn(page);
    const box = await page.locator("canvas.canvas").boundingBox();
    // The axis, the legs and the first lane are visible.
    assert.ok(box.y < 640 - 140, `${made.journey.summary}: the chart begins at ${box.y}`);
    await leave();
  }
});

test("with more platforms than colours, each colour is used again only after all the others", async () => {
  const { page, leave } = await visit([crowded()], { hash: `#/j/${crowded().journey.id}` });
  await drawn(page);
  const colours = await page.$$eval(".leg-number", (all) => all.map((each) => each.style.background));
  assert.equal(new Set(colours).size, colours.length, String(colours));
  await leave();
});

test("the chart begins within the first screen, and dragging with Shift shows how the time was spent", async () => {
  const { page, leave } = await open("Second line", { viewport: { width: 1280, height: 640 } });
  const box = await page.locator("canvas.canvas").boundingBox();
  assert.ok(box.y < 400, `the chart begins at ${box.y}`);
  await page.keyboard.down("Shift");
  await page.mouse.move(box.x + 150, box.y + 90);
  await page.mouse.down();
  await page.mouse.move(box.x + 600, box.y + 90, { steps: 3 });
  const measured = await page.evaluate(async () => [...(await import("/chart/chart.js")).charts][0].range.text);
  assert.match(measured, /^\d+ min [\d.]+ s\nQueue .*\n/);
  await page.mouse.up();
  await page.keyboard.up("Shift");
  await leave();
});
