// One journey: looking at it, finding in it, its details, why it is linked, and taking it away.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { stories, time, NOW, hex } from "./fixtures.mjs";
import { drawn, pointOf, quit, until, untilDrawn, visit } from "./harness.mjs";

after(quit);

const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const spanOf = (journey, name) => journey.spans.find((span) => span.name === name);
const open = (title, options = {}) => visit(stories(), { hash: `#/j/${find(title).id}`, ...options });

test("the header tells what happened, how final it is, and the way", async () => {
  const { page, leave } = await open("Second line");
  const head = await page.locator(".journey-head").innerText();
  for (const part of [
    "dropped there after 46 s",
    "Settled",
    "revision 2",
    "6 min 42 s",
    "Fri 20 Nov 2026",
    "09:10:12",
    "sbc",
    "genesys",
    "Dropped call",
  ]) {
    assert.ok(head.includes(part), `${part} in ${head}`);
  }
  await leave();
});

test("the wheel zooms where the pointer is, and Fit shows everything again", async () => {
  const { page, leave } = await open("Second line");
  const before = await drawn(page);
  const key = spanOf(find("Second line"), "Billing").key;
  const { x, y } = await pointOf(page, key);
  await page.mouse.move(x, y);
  await page.mouse.wheel(0, -400);
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
  await page.mouse.wheel(0, -600);
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

test("a tap on a phone shows the span's card, and a tap beside it takes it away", async () => {
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
  const menu = await page.locator(".menu").boundingBox();
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

test("the card beside the pointer tells of a span to the millisecond", async () => {
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

test("a click on a span shows everything that is known of it, and the address names it", async () => {
  const { page, context, url, leave } = await open("Second line");
  await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
  const span = spanOf(find("Second line"), "Agent 1");
  const { x, y } = await pointOf(page, span.key);
  await page.mouse.click(x, y);
  await page.waitForSelector("#tab-span[aria-selected='true']");
  const text = await page.locator(".panel").innerText();
  for (const part of [
    "Agent 1",
    "3 min 04.200 s",
    "TRANSFER",
    "genesys.user_id",
    span.attributes["genesys.user_id"],
    "alerted",
    "answered",
    "+2:56.300",
    "Failed transfer",
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  await until(page, (key) => decodeURIComponent(location.hash).includes(key), span.key);
  await page.click(`.attributes dd:has-text("${span.attributes["genesys.user_id"]}") .copy`);
  await until(page, () => document.querySelector("#announcer").textContent === "Copied");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), span.attributes["genesys.user_id"]);
  await page.reload();
  await page.waitForSelector("#tab-span[aria-selected='true']");
  assert.equal((await drawn(page)).selected, span.key, "a link to a span opens it");
  await leave();
});

test("an insight leads to the spans that show it", async () => {
  const { page, leave } = await open("Second line");
  await page.click(".journey-head .chip:has-text('Failed transfer')");
  await untilDrawn(page, (chart) => chart.marked === 2);
  const insight = find("Second line").insights.find((each) => each.rule === "failed_transfer");
  assert.equal((await drawn(page)).selected, insight.spans[0]);
  await leave();
});

test("finding marks what fits, and Enter steps through it", async () => {
  const { page, leave } = await open("Second line");
  await page.keyboard.press("g");
  await page.keyboard.type("transfer");
  const journey = find("Second line");
  const fits = journey.spans.filter((span) => JSON.stringify(span).toLowerCase().includes("transfer")).length;
  await untilDrawn(page, (chart, n) => chart.marked === n, fits);
  await page.keyboard.press("Enter");
  await until(page, (n) => document.querySelector(".found").textContent === `1 of ${n}`, fits);
  const first = (await drawn(page)).selected;
  await page.keyboard.press("Enter");
  await untilDrawn(page, (chart, key) => chart.selected !== key, first);
  await page.keyboard.press("Escape");
  await untilDrawn(page, (chart) => chart.marked === undefined);
  await leave();
});

test("idle time is folded, told, and shown at length when wished", async () => {
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
  await page.click("#fold");
  await untilDrawn(page, (chart) => chart.folds.length >= 2);
  await page.keyboard.press("u");
  await untilDrawn(page, (chart) => chart.folds.length === 0);
  await leave();
});

test("times can be of the clock or since the start, here or in UTC, and that is kept", async () => {
  const { page, leave } = await open("Second line", { timezoneId: "America/New_York" });
  assert.ok((await page.locator(".facts").innerText()).includes("04:10:12"));
  await page.click("#zone");
  await until(page, () => document.querySelector(".facts").textContent.includes("09:10:12"));
  await page.click("#mode");
  await until(page, () => document.querySelector("#mode").textContent === "Since start");
  await page.reload();
  await page.waitForSelector(".split");
  assert.equal(await page.textContent("#mode"), "Since start");
  assert.equal(await page.textContent("#zone"), "UTC");
  await leave();
});

test("corrected times can be taken back to what was reported", async () => {
  const { page, leave } = await open("partner's number");
  const journey = find("partner's number");
  const span = spanOf(journey, "Partner desk");
  const at = (chart) => chart.origin + chart.from + chart.spans.find((each) => each.key === span.key).x / chart.scale;
  assert.ok(Math.abs(at(await drawn(page)) - Date.parse(span.started_at)) < 0.01);
  await page.click("#times");
  await untilDrawn(page, (chart) => chart.spans.length > 0);
  await until(page, () => document.querySelector("#times").textContent === "As reported");
  assert.ok(Math.abs(at(await drawn(page)) - Date.parse(span.raw.started_at)) < 0.01);
  await leave();
});

test("the table has every span and gap, sorts, and chooses", async () => {
  const { page, leave } = await open("Second line");
  await page.keyboard.press("t");
  await page.waitForSelector("table");
  const journey = find("Second line");
  assert.equal(await page.locator("tbody tr").count(), journey.spans.length + journey.gaps.length);
  assert.equal(await page.locator("tbody tr.gap-row").count(), 1);
  await page.click("th >> text=Took");
  assert.ok((await page.locator("tbody tr").first().innerText()).includes("6 min 42 s"));
  await page.click("tbody >> text=On hold");
  await page.waitForSelector("#tab-span[aria-selected='true']");
  assert.ok((await page.locator(".panel").innerText()).includes("1 min 05.000 s"));
  assert.equal(
    await page
      .locator("tr[aria-selected='true']")
      .innerText()
      .then((text) => text.includes("On hold")),
    true,
  );
  await until(page, () => location.hash.includes("span=") && location.hash.includes("view=table"));
  await page.reload();
  await page.waitForSelector("table");
  await leave();
});

test("why linked shows each edge with its rule, confidence, source and time", async () => {
  const { page, leave } = await open("code from it");
  await page.keyboard.press("l");
  await page.waitForSelector(".edge");
  const text = await page.locator(".panel").innerText();
  for (const part of [
    "web.session",
    "s-81f20c",
    "genesys.conversation",
    "concluded, 95 %",
    "verification_code",
    "confidence 0.95",
    "Fri 20 Nov 2026 08:04:43.000",
    "A phone number alone never joins",
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  await leave();
});

test("a link is retracted only after it was confirmed, and the journey follows", async () => {
  const { page, world, leave } = await open("code from it");
  await page.click("#tab-linked");
  await page.click(".retract");
  await page.click("dialog >> text=Keep it");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.ok(!world.asked.some(({ method }) => method === "POST"));
  await page.click(".retract");
  const { journey } = stories().find((each) => each.journey.id === find("code from it").id);
  const spans = journey.spans.filter((span) => span.platform !== "web");
  await page.click("dialog >> text=/^Retract$/");
  await page.waitForSelector(".edge.retracted");
  await page.waitForSelector("[data-notice='retracted']");
  const { path, headers } = world.asked.find(({ method }) => method === "POST");
  assert.match(path, /^\/api\/edges\/[0-9a-f]{32}\/retract$/);
  assert.equal(headers["content-type"], "application/json");
  world.put({ journey: { ...journey, spans, revision: 2, status: "revised" } });
  await untilDrawn(page, (chart, n) => chart.spans.length === n, spans.length);
  await until(page, () => document.querySelector("[data-notice='revised']")?.textContent.includes("1 span gone"));
  await leave();
});

test("a retraction that fails says that nothing was changed", async () => {
  const { page, world, leave } = await open("code from it");
  await page.click("#tab-linked");
  await page.click(".retract");
  world.fault = "down";
  await page.click("dialog >> text=/^Retract$/");
  await until(page, () => document.querySelector("dialog [role='alert']").textContent.includes("Nothing was changed"));
  assert.ok([...world.evidence.values()].every(({ edges }) => edges.every((edge) => !edge.retracted)));
  await leave({ complain: [/503/] });
});

test("two journeys stand side by side, to one scale, with what differs", async () => {
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
  await until(page, async (scale) => (await import("/chart.js")).drawn()[1].scale > scale, right.scale);
  await leave();
});

test("a journey is put aside on its own page, and compared with the next", async () => {
  const { page, leave } = await open("Second line");
  await page.click("#pick");
  await page.waitForSelector(".rows");
  await page.click(`li[data-id="${find("waited 9 s").id}"] a`);
  await page.waitForSelector(".split");
  await page.click("#pick");
  await page.waitForSelector(".sides");
  await leave();
});

test("a journey is taken away as JSON, the same as the API gave", async () => {
  const { page, leave } = await open("Second line");
  await page.click(".export summary");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export-json")]);
  assert.match(download.suggestedFilename(), /^journey-[0-9a-f]{12}\.json$/);
  assert.deepEqual(
    JSON.parse(await readFile(await download.path(), "utf8")),
    JSON.parse(JSON.stringify(find("Second line"))),
  );
  await leave();
});

test("the timeline is taken away as a PNG picture", async () => {
  const { page, leave } = await open("Second line");
  await drawn(page);
  await page.click(".export summary");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#export-png")]);
  const bytes = await readFile(await download.path());
  assert.deepEqual(
    [...bytes.subarray(1, 4)],
    [..."PNG"].map((c) => c.charCodeAt(0)),
  );
  assert.ok(bytes.readUInt32BE(16) >= 2400 && bytes.readUInt32BE(20) > 400 && bytes.length > 20_000);
  await leave();
});

test("live spans grow while one looks", async () => {
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

test("a journey that changes while one looks keeps the view and says what changed", async () => {
  const { page, world, leave } = await open("talking now");
  const journey = find("talking now");
  await page.click("#zoom-in");
  await page.click("#zoom-in");
  const before = await drawn(page);
  const agent = spanOf(journey, "Agent");
  const spans = journey.spans.map((span) =>
    span.key === agent.key ? { ...span, ended_at: time(NOW - 1000), status: "ok" } : span,
  );
  spans.push({
    ...agent,
    key: `${agent.key}:2`,
    name: "Wrap-up",
    type: "wrap_up",
    started_at: time(NOW - 1000),
    ended_at: time(NOW - 500),
    events: [],
  });
  world.put({ journey: { ...journey, spans, status: "provisional" } });
  await until(page, () =>
    document
      .querySelector("[data-notice='revised']")
      ?.textContent.includes("1 span more, 1 span changed, now provisional"),
  );
  const after_ = await drawn(page);
  assert.ok(
    Math.abs(after_.from - before.from) < 0.5 && Math.abs(after_.scale - before.scale) / before.scale < 0.001,
    "the view stays",
  );
  assert.ok((await page.locator(".journey-head").innerText()).includes("Provisional"));
  await leave();
});

test("a journey that became part of another is found there, and that is said", async () => {
  const target = find("Second line");
  const old = hex("merged");
  const { World } = await import("./server.mjs");
  const world = new World(stories());
  world.moved.set(old, target.id);
  const { page, leave } = await visit([], { world, hash: `#/j/${old}` });
  await page.waitForSelector("[data-notice='moved']");
  assert.ok(page.url().includes(target.id));
  assert.ok((await page.locator("[data-notice='moved']").innerText()).includes(old.slice(0, 8)));
  await page.click("#tab-linked");
  await page.waitForSelector(".edge");
  await leave();
});

test("keys alone are enough: from the list to a span's details and back", async () => {
  const { page, leave } = await visit(stories());
  for (let i = 0; i < 40 && !(await page.evaluate(() => document.activeElement.matches("a.row"))); i++)
    await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".split");
  for (let i = 0; i < 60 && !(await page.evaluate(() => document.activeElement.matches("canvas.canvas"))); i++)
    await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement.matches("canvas.canvas")));
  await page.keyboard.press("ArrowRight");
  const first = (await drawn(page)).selected;
  await page.keyboard.press("ArrowRight");
  await untilDrawn(page, (chart, key) => chart.selected !== key, first);
  await page.keyboard.press("ArrowDown");
  const before = await drawn(page);
  await page.keyboard.press("Enter");
  await untilDrawn(page, (chart, scale) => chart.scale !== scale, before.scale);
  assert.ok((await page.locator(".panel").innerText()).includes("Began"));
  await page.keyboard.press("0");
  await untilDrawn(page, (chart, scale) => Math.abs(chart.scale - scale) < 1e-9, before.scale);
  await page.keyboard.press("Escape");
  await page.waitForSelector("#tab-overview[aria-selected='true']");
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  await leave();
});
