// Links of a journey: why its parts are linked, and retracting a link.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { quit, until, untilDrawn, visit } from "../support/browser.mjs";
import { stories, time } from "../support/journeys.mjs";

after(quit);

const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const open = (title, options = {}) => visit(stories(), { hash: `#/j/${find(title).id}`, ...options });

test("Why linked shows each edge with its rule, confidence, source and time", async () => {
  const { page, leave } = await open("code from it");
  await page.keyboard.press("l");
  await page.waitForSelector(".edge");
  const text = await page.locator(".panel").innerText();
  for (const part of [
    "web.session",
    "s-81f20c",
    "genesys.conversation",
    "inferred, 95 %",
    "verification_code",
    "confidence 0.95",
    "Fri 20 Nov 2026 08:04:43.000",
    "A phone number alone never links",
  ]) {
    assert.ok(text.includes(part), `${part} in ${text}`);
  }
  await leave();
});

test("a link is retracted only after confirmation, and the journey updates", async () => {
  const { page, api, leave } = await open("code from it");
  await page.click("#tab-linked");
  await page.click(".retract");
  await page.click("dialog >> text=Keep it");
  await page.waitForSelector("dialog", { state: "detached" });
  assert.ok(!api.asked.some(({ method }) => method === "POST"));
  await page.click(".retract");
  const { journey } = stories().find((each) => each.journey.id === find("code from it").id);
  const spans = journey.spans.filter((span) => span.platform !== "web");
  assert.ok(await page.locator("dialog .danger").isDisabled(), "nobody retracts without a reason");
  await page.selectOption("dialog select", "different_customers");
  await page.click("dialog >> text=/^Retract$/");
  await page.waitForSelector(".edge.retracted");
  await page.waitForSelector("[data-notice='decided']");
  const { path, headers } = api.asked.find(({ method }) => method === "POST");
  assert.match(path, /^\/api\/edges\/[0-9a-f]{32}\/retract$/);
  assert.equal(headers["content-type"], "application/json");
  await until(page, () => /Retracted on .* by 6f9619ff-.*because they belong to different customers/s.test(document.querySelector(".decisions")?.textContent ?? ""));
  api.put({ journey: { ...journey, spans, revision: 2, status: "revised" } });
  await untilDrawn(page, (chart, n) => chart.spans.length === n, spans.length);
  await until(page, () => document.querySelector("[data-notice='revised']")?.textContent.includes("1 span removed"));
  await leave();
});

test("a retraction that fails says that nothing was changed", async () => {
  const { page, api, leave } = await open("code from it");
  await page.click("#tab-linked");
  await page.click(".retract");
  await page.selectOption("dialog select", "other");
  api.fault = "down";
  await page.click("dialog >> text=/^Retract$/");
  await until(page, () => document.querySelector("dialog [role='alert']").textContent.includes("Nothing was changed"));
  assert.ok([...api.evidence.values()].every(({ edges }) => edges.every((edge) => !edge.retracted)));
  await leave({ expected: [/503/] });
});

test("a retracted link is restored with a reason, and both decisions stay on the page", async () => {
  const { page, api, leave } = await open("code from it");
  await page.click("#tab-linked");
  await page.click(".retract");
  await page.selectOption("dialog select", "shared_id");
  await page.click("dialog >> text=/^Retract$/");
  await page.click(".edge.retracted .restore");
  await page.selectOption("dialog select", "mistake");
  await page.click("dialog >> text=/^Restore$/");
  await page.waitForSelector(".edge:not(.retracted) .decisions li:nth-child(2)");
  const [latest, first] = await page.locator(".decisions li").allInnerTexts();
  assert.match(latest, /^Restored on .*because the decision before was a mistake\.$/);
  assert.match(first, /^Retracted on .*because many share one of the ids\.$/);
  const asked = api.asked.filter(({ method }) => method === "POST").map(({ path }) => path.split("/").at(-1));
  assert.deepEqual(asked, ["retract", "restore"]);
  await leave();
});

test("every id under Why linked is a link to a search that finds the journey, and can be copied", async () => {
  const { page, leave } = await open("code from it");
  const { id } = find("code from it");
  await page.click("#tab-linked");
  await page.waitForSelector(".edge");
  const count = await page.locator(".linked .search-link").count();
  assert.ok(count >= 2, `${count} links`);
  assert.equal(await page.locator(".edge .copy").count(), await page.locator(".edge .search-link").count());
  for (let i = 0; i < count; i++) {
    await page.locator(".linked .search-link").nth(i).click();
    await until(page, (wanted) => document.querySelector(".row-group h2:not([hidden])") && document.querySelector(`[data-id="${wanted}"]`), id);
    await page.goBack();
    await page.click("#tab-linked");
    await page.waitForSelector(".edge");
  }
  await leave();
});
