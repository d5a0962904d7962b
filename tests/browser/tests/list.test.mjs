// The list: search, filters, keys, pages, and new journeys.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { NOW, row, sized, stories, time, hex } from "../support/journeys.mjs";
import { quit, until, visit } from "../support/browser.mjs";
import { FakeApi } from "../support/server.mjs";

after(quit);

const ids = (page) => page.$$eval(".rows > li", (items) => items.map((item) => item.dataset.id));
const journeyOf = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;

/** Journeys that differ only in id, time and summary. */
function many(n) {
  const { journey } = stories().at(-4);
  return Array.from({ length: n }, (_, i) => ({
    journey: {
      ...journey,
      id: hex(`many ${i}`),
      started_at: time(NOW - 60_000 - i * 1000),
      summary: `Journey number ${i}.`,
    },
  }));
}

test("a row shows start, duration, platforms, insights and status", async () => {
  const { page, leave } = await visit(stories());
  const { id } = journeyOf("Second line");
  const text = await page.locator(`li[data-id="${id}"]`).innerText();
  for (const part of [
    "09:10:12",
    "20 Nov",
    "6 min 42 s",
    "Dropped call",
    "Failed transfer",
    "Settled",
    "sbc",
    "•••• 23",
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  assert.equal(await page.locator(`li[data-id="${id}"] .strip-leg`).count(), 2);
  assert.deepEqual(
    await ids(page),
    stories()
      .map(({ journey }) => journey)
      .sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at))
      .map((journey) => journey.id),
  );
  await leave();
});

test("a phone number finds its journeys, and neither the address nor the storage holds it", async () => {
  const { page, api, leave } = await visit(stories());
  await page.fill("#search", "+44 7700 900123");
  await until(page, () => document.querySelector("#search-hint").textContent.includes("phone number"));
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  assert.deepEqual(await ids(page), [journeyOf("Second line").id]);
  assert.equal(api.asked.at(-1).query.get("phone"), "+44 7700 900123");
  const kept = await page.evaluate(() =>
    [
      location.href,
      document.title,
      JSON.stringify({ ...localStorage, ...sessionStorage }),
      JSON.stringify(history.state),
    ].join(" "),
  );
  assert.ok(!/7700|900123/.test(kept), kept);
  await page.click(".rows a.row");
  await page.waitForSelector(".split");
  await page.click(".back");
  await page.waitForSelector(".rows");
  assert.equal(await page.inputValue("#search"), "+44 7700 900123", "the search is kept on the way back");
  await leave();
});

test("an id finds its journey, and the address holds it", async () => {
  const { page, leave } = await visit(stories());
  const conversation = journeyOf("Second line").ids[0].value;
  await page.fill("#search", conversation.toUpperCase());
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  assert.ok(page.url().includes(conversation.toUpperCase()));
  await page.reload();
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  await leave();
});

test("an id without a namespace is searched in every namespace", async () => {
  const { page, api, leave } = await visit(stories());
  await page.fill("#search", "500Hs00001abcde");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  assert.equal(api.asked.findLast((request) => request.query.has("id")).query.get("id"), "500Hs00001abcde");
  await leave();
});

test("a journey's own id opens it", async () => {
  const { page, leave } = await visit(stories());
  const { id } = journeyOf("Second line");
  await page.fill("#search", id);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".split");
  assert.ok(page.url().endsWith(`#/j/${id}`));
  await leave();
});

test("filters narrow the list, the address holds them, and they can be cleared", async () => {
  const { page, leave } = await visit(stories());
  await page.selectOption("#insight", "dropped_call");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  await page.selectOption("#status", "settled");
  await page.selectOption("#platform", "sbc");
  await page.selectOption("#range", "4h");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  const hash = new URLSearchParams(new URL(page.url()).hash.split("?")[1]);
  assert.deepEqual(Object.fromEntries(hash), {
    range: "4h",
    platform: "sbc",
    insight: "dropped_call",
    status: "settled",
  });
  await page.reload();
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  assert.equal(await page.inputValue("#insight"), "dropped_call");
  await page.click("#clear");
  await until(page, () => document.querySelectorAll(".rows > li").length === 5);
  await leave();
});

test("a start and an end can be chosen, but not an end before the start", async () => {
  const { page, api, leave } = await visit(stories());
  await page.selectOption("#range", "custom");
  await page.waitForSelector("#from");
  await page.fill("#from", "2026-11-20T08:30");
  await page.fill("#to", "2026-11-20T09:30");
  await until(page, () => document.querySelectorAll(".rows > li").length === 2);
  const { query } = api.asked.at(-1);
  assert.deepEqual([query.get("from"), query.get("to")], ["2026-11-20T08:30:00.000Z", "2026-11-20T09:30:00.000Z"]);
  await page.fill("#to", "2026-11-20T07:30");
  assert.equal(await page.locator("#to:invalid").count(), 1);
  assert.equal(api.asked.at(-1).query.get("to"), "2026-11-20T09:30:00.000Z");
  await leave();
});

test("arrow keys move between rows and Enter opens one", async () => {
  const { page, leave } = await visit(stories());
  const order = await ids(page);
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("/");
  assert.equal(await page.evaluate(() => document.activeElement.id), "search");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.evaluate(() => document.activeElement.closest("li").dataset.id), order[1]);
  await page.keyboard.press("Enter");
  await page.waitForSelector(".split");
  assert.ok(page.url().includes(order[1]));
  await page.keyboard.press("j");
  await until(page, (id) => location.hash.includes(id), order[2]);
  await page.waitForSelector(".split");
  await page.keyboard.press("k");
  await until(page, (id) => location.hash.includes(id), order[1]);
  await leave();
});

test("older journeys load page by page with the cursor of the same search", async () => {
  const { page, api, leave } = await visit(many(120));
  await until(page, () => document.querySelectorAll(".rows > li").length === 50);
  await page.click(".more");
  await until(page, () => document.querySelectorAll(".rows > li").length === 100);
  const next = api.asked.findLast(({ query }) => query.has("cursor"));
  assert.ok(!next.query.has("from") && !next.query.has("to"), "the cursor knows its range");
  await page.click(".more");
  await until(page, () => document.querySelectorAll(".rows > li").length === 120);
  assert.equal(await page.locator(".more").count(), 0);
  assert.equal(new Set(await ids(page)).size, 120);
  await leave();
});

test("new journeys appear automatically, and the focus stays in its row", async () => {
  const { page, api, leave } = await visit(many(3));
  await page.locator(".rows a.row").nth(1).focus();
  const focused = await page.evaluate(() => document.activeElement.closest("li").dataset.id);
  const fresh = { ...row(api.journeys.values().next().value), id: hex("fresh"), started_at: time(NOW - 1000) };
  api.put({ journey: { ...api.journeys.values().next().value, ...fresh, ids: [] } });
  await until(page, () => document.querySelectorAll(".rows > li").length === 4);
  assert.equal((await ids(page))[0], fresh.id);
  assert.equal(await page.evaluate(() => document.activeElement.closest("li")?.dataset.id), focused);
  await until(page, () => document.querySelector("#announcer").textContent.includes("1 new journey"));
  await leave();
});

test("a changed row is drawn again", async () => {
  const { page, api, leave } = await visit(stories());
  const live = [...api.journeys.values()].find((journey) => journey.status === "live");
  api.put({ journey: { ...live, status: "settled", summary: "It is over now." } });
  await until(
    page,
    (id) => document.querySelector(`li[data-id="${id}"]`).textContent.includes("It is over now."),
    live.id,
  );
  await leave();
});

test("a journey that became part of another one leaves the list, and older pages stay", async () => {
  const { page, api, leave } = await visit(many(60));
  await page.click(".more");
  await until(page, () => document.querySelectorAll(".rows > li").length === 60);
  api.remove(hex("many 3"));
  await until(page, (id) => !document.querySelector(`li[data-id="${id}"]`), hex("many 3"));
  assert.equal((await ids(page)).length, 59);
  await leave();
});

test("an empty list says what to check, and offers a wider time", async () => {
  const { page, leave } = await visit([sized(3, NOW - 3 * 864e5)]);
  await page.waitForSelector("[data-state='nothing']");
  const text = await page.locator("[data-state='nothing']").innerText();
  for (const part of ["last 24 hours", "Integration", "Delay", "cxtrace doctor --aws"])
    assert.ok(text.includes(part), part);
  await page.click("text=Search the last 7 days");
  await page.waitForSelector(".rows > li");
  assert.ok(page.url().includes("range=7d"));
  await leave();
});

test("every id that the page can copy finds its journey, with and without its namespace", async () => {
  const { page, leave } = await visit(stories());
  for (const { journey } of stories()) {
    const ids = journey.ids.flatMap(({ namespace, value }) => [`${namespace}:${value}`, value]);
    for (const id of new Set(ids)) {
      await page.fill("#search", id);
      await page.keyboard.press("Enter");
      await page.waitForSelector(`.rows > li[data-id="${journey.id}"]`);
    }
    await page.fill("#search", journey.id);
    await page.keyboard.press("Enter");
    await page.waitForSelector(".split");
    await page.goto(`${new URL(page.url()).origin}/#/`);
    await page.waitForSelector("#search");
  }
  await leave();
});

test("rows of another search never stand below a search", async () => {
  const { page, leave } = await visit(stories());
  await page.waitForSelector(".rows > li");
  await page.fill("#search", "no-such-id-1");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-state='nothing']");
  assert.equal(await page.locator(".rows > li").count(), 0);
  // The newest journey that is kept is offered.
  await page.click("text=/Newest journey: .* Show it/");
  await page.waitForSelector(".split");
  await leave();
});

test("no rows stand below a text that was not searched yet", async () => {
  const { page, leave } = await visit(stories());
  const rows = page.locator(".rows > li");
  await rows.first().waitFor();
  await page.fill("#search", "+44 7700 900123");
  await rows.first().waitFor({ state: "hidden" });
  assert.match(await page.locator("#search-hint").innerText(), /phone number.* Press Enter to search\.$/);
  await page.fill("#search", "");
  await rows.first().waitFor();
  await page.fill("#search", "+44 7700 900123");
  await page.keyboard.press("Enter");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  assert.ok(await rows.first().isVisible());
  assert.ok(!(await page.locator("#search-hint").innerText()).includes("Press Enter"));
  // The same text with a sign more is another search.
  await page.locator("#search").pressSequentially("9");
  await rows.first().waitFor({ state: "hidden" });
  await page.keyboard.press("Backspace");
  await rows.first().waitFor();
  await leave();
});

test("rows are sorted by what their headings say", async () => {
  const { page, leave } = await visit(stories());
  await page.click("#sort-waited");
  const waited = [...stories()].sort((a, b) => b.journey.time.waited_ms - a.journey.time.waited_ms);
  await until(page, (id) => document.querySelector(".rows > li").dataset.id === id, waited[0].journey.id);
  assert.equal(await page.getAttribute("#sort-waited", "aria-pressed"), "true");
  await leave();
});

test("results stand below headings that say how they were found", async () => {
  const made = stories();
  const dropped = made.find(({ journey }) => journey.summary.includes("Second line")).journey;
  dropped.spans[0].events.push({ name: "m", at: dropped.started_at, attributes: { flow: "CustomerRouting", metric: "Unknown" } });
  const { page, api, leave } = await visit(made);
  const headings = () => page.$$eval(".row-group:not(:has(h2[hidden])) h2", (all) => all.map((each) => each.textContent));
  const searched = async (text, heading) => {
    await page.fill("#search", text);
    await page.keyboard.press("Enter");
    await until(page, (part) => document.querySelector(".row-group h2:not([hidden])")?.textContent.includes(part), heading);
    assert.deepEqual(await ids(page), [dropped.id], text);
    assert.equal((await headings()).length, 1, text);
  };
  await searched("CustomerRouting.Unknown", "Found by a flow metric 1 journey");
  // The address shows a metric that some flow has set, and leads to the same search.
  assert.ok(page.url().includes("metric=CustomerRouting.Unknown"));
  await page.reload();
  await until(page, () => document.querySelector(".row-group h2")?.textContent.includes("flow metric"));
  const conversation = dropped.ids.find(({ namespace }) => namespace === "genesys.conversation").value;
  await searched(conversation, "Found by an id: genesys.conversation");
  await searched("+44 7700 900123", "Found by a phone number");
  // Digits alone may be a number or an id, so the API is asked for both.
  api.asked.length = 0;
  await searched("07700900123", "Found by a phone number");
  assert.deepEqual(api.asked.slice(0, 2).map(({ query }) => [...query.keys()][0]).sort(), ["id", "phone"]);
  await page.click("#clear");
  await until(page, () => document.querySelectorAll(".row-group h2:not([hidden])").length === 0);
  await leave();
});

test("a text that could be a name is not in the address while no flow metric is found", async () => {
  const { page, leave } = await visit(stories());
  await page.fill("#search", "Ada.Lovelace");
  await page.keyboard.press("Enter");
  await page.waitForSelector("[data-state='nothing']");
  assert.ok(!page.url().includes("Lovelace"), page.url());
  await leave();
});

test("an insight above the list filters it with one click, and a second click ends that", async () => {
  const { page, api, leave } = await visit(stories());
  const having = [...api.journeys.values()].filter(({ insights }) => insights.some(({ rule }) => rule === "failed_transfer"));
  assert.equal((await page.locator("#facet-failed_transfer .figures").innerText()).trim(), String(having.length));
  const all = (await ids(page)).length;
  await page.click("#facet-failed_transfer");
  await until(page, (n) => document.querySelectorAll(".rows > li").length === n, having.length);
  assert.ok(page.url().includes("insight=failed_transfer"));
  assert.equal(await page.locator("#insight").inputValue(), "failed_transfer");
  await page.click("#facet-failed_transfer[aria-pressed='true']");
  await until(page, (n) => document.querySelectorAll(".rows > li").length === n, all);
  await leave();
});

test("a search by a rare flow metric is bounded, says how far back it searched, and continues from there", async () => {
  const api = new FakeApi(many(1));
  const rare = [...api.journeys.values()][0];
  // Each page searches a day and finds nothing. The metric is 25 days back.
  const day = (n) => time(NOW - n * 86_400_000);
  api.list = (query) => {
    if (!query.get("metric")) return { rows: [], searched_to: day(1) };
    const n = Number(query.get("cursor") ?? 0) + 1;
    const rows = n === 25 ? [{ ...row(rare), matched: { by: "flow_metric" } }] : [];
    return { rows, ...(n < 40 ? { next: String(n) } : {}), searched_to: day(n) };
  };
  const { page, leave } = await visit([], { api });
  const asked = () => new Set(api.asked.filter(({ query }) => query.get("metric")).map(({ query }) => query.get("cursor") ?? "0")).size;
  await page.fill("#search", "Billing.Refund_failed");
  await page.press("#search", "Enter");
  await until(page, () => document.querySelector("[data-state='nothing-yet']")?.textContent.includes("since Mon 9 Nov 2026"));
  assert.equal(asked(), 11, "the first page and ten more");
  // The list is loaded again meanwhile, and keeps its place.
  const polled = api.asked.length;
  await until(page, () => true);
  while (api.asked.length === polled) await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  assert.ok((await page.locator("[data-state='nothing-yet']").innerText()).includes("Mon 9 Nov 2026"));
  await page.click("[data-state='nothing-yet'] button");
  await until(page, () => document.querySelector("[data-state='nothing-yet']")?.textContent.includes("Fri 30 Oct 2026"));
  await page.click("[data-state='nothing-yet'] button");
  await until(page, () => document.querySelectorAll(".rows > li").length === 1);
  assert.match(await page.locator("main .more").innerText(), /Keep searching/);
  assert.match(await page.locator("main").innerText(), /Searched back to Mon 26 Oct 2026/);
  await leave();
});
