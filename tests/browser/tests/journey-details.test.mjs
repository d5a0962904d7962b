// The head, the details, the table and the search of a journey, and its export.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, test } from "node:test";
import { drawn, pointOf, quit, until, untilDrawn, visit } from "../support/browser.mjs";
import { crowded, stories } from "../support/journeys.mjs";

after(quit);

const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const spanOf = (journey, name) => journey.spans.find((span) => span.name === name);
const open = (title, options = {}) => visit(stories(), { hash: `#/j/${find(title).id}`, ...options });

test("the head shows the summary, the status and the legs", async () => {
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
  ]) {
    assert.ok(head.includes(part), `${part} in ${head}`);
  }
  await leave();
});

test("a table shows when each platform saw a dropped call end, and marks the first", async () => {
  const { page, leave } = await open("Second line");
  await page.waitForSelector(".endings");
  const rows = await page.$$eval(".endings tbody tr", (all) => all.map((row) => row.innerText.replace(/\s+/g, " ")));
  assert.deepEqual(rows, [
    "09:16:53.900 genesysfirst Customer TRANSPORT_FAILURE",
    "09:16:54.310 410 ms later sbc Inbound trunk BYE 503",
  ]);
  await page.click(".endings tbody tr:last-child button");
  await page.waitForSelector("#tab-span[aria-selected='true']");
  assert.ok((await page.locator(".panel").innerText()).includes("Inbound trunk"));
  await leave();
  const other = await open("code from it");
  await other.page.waitForSelector("#details-panel .time-parts");
  assert.equal(await other.page.locator(".endings").count(), 0, "this call did not drop");
  await other.leave();
});

test("an id leads to the vendor's console in a new tab, and nothing is requested before a click", async () => {
  const journey = find("Second line");
  const unsafe = { ...journey, ids: journey.ids.map((id, i) => (i ? { ...id, console: "javascript:alert(1)" } : id)) };
  const { page, leave } = await visit([{ journey: unsafe }], { hash: `#/j/${journey.id}` });
  await page.waitForSelector(".console");
  const links = await page.$$eval(".console", (all) => all.map(({ href, target, rel }) => [href, target, rel]));
  assert.deepEqual(links, [[journey.ids[0].console, "_blank", "noopener noreferrer"]]);
  // Fails if a request has left the origin.
  await leave();
});

test("an id leads to a search by it, and one that could be personal does not go into the address", async () => {
  const { page, leave } = await open("Second line");
  const { ids, id } = find("Second line");
  const call = ids.find(({ namespace }) => namespace === "sip.call_id").value;
  for (const value of [ids[0].value, call]) {
    await page.click(`.id-line a:not(.console):has-text("${value}")`);
    await until(page, (text) => document.querySelector("#search")?.value.endsWith(text), value);
    await until(page, (wanted) => document.querySelector(".row-group h2:not([hidden])") && document.querySelectorAll(".rows > li").length === 1 && document.querySelector(`[data-id="${wanted}"]`), id);
    assert.equal(page.url().includes(value), value !== call, page.url());
    await page.click(".rows a.row");
    await page.waitForSelector(".id-line");
  }
  await leave();
});

test("a click on a span shows its details, and the address names it", async () => {
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

test("each insight stands once on a journey's page", async () => {
  for (const made of [...stories(), crowded()]) {
    const { page, leave } = await visit([made], { hash: `#/j/${made.journey.id}` });
    await drawn(page);
    assert.equal(await page.locator("main .chip").count(), made.journey.insights.length, made.journey.summary);
    await leave();
  }
});

test("an insight highlights its spans", async () => {
  const { page, leave } = await open("Second line");
  await page.click(".insight:has-text('Failed transfer') >> text=Show all 2 spans");
  await untilDrawn(page, (chart) => chart.marked === 2);
  const insight = find("Second line").insights.find((each) => each.rule === "failed_transfer");
  assert.equal((await drawn(page)).selected, insight.spans[0]);
  await leave();
});

test("finding highlights the matches, and Enter steps through them", async () => {
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

test("the table has every span and gap, sorts them, and selects spans", async () => {
  const { page, leave } = await open("Second line");
  await page.keyboard.press("t");
  await page.waitForSelector("table");
  const journey = find("Second line");
  assert.equal(await page.locator(".table-holder tbody tr").count(), journey.spans.length + journey.gaps.length);
  assert.equal(await page.locator(".table-holder tbody tr.gap-row").count(), 1);
  await page.click("th >> text=Duration");
  assert.ok((await page.locator(".table-holder tbody tr").first().innerText()).includes("6 min 42 s"));
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

test("a journey is exported as JSON, as the API sent it", async () => {
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

test("the timeline is exported as a PNG picture", async () => {
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

test("the keyboard alone is enough from the list to a span's details and back", async () => {
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
  assert.ok((await page.locator(".panel").innerText()).includes("Start"));
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
