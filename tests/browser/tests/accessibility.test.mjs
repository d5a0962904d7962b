// Accessibility: axe reports no serious problem on any page, light, dark and narrow. And hostile texts stay texts.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { HOSTILE, hostile, stories } from "../support/journeys.mjs";
import { drawn, quit, until, visit } from "../support/browser.mjs";

after(quit);

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const id = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey.id;

async function check(page, what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const found = serious.map(
    (each) => `${each.id}: ${each.nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`,
  );
  assert.deepEqual(found, [], what);
}

const PAGES = {
  "the list": ["", async () => {}],
  "results below headings": [
    "",
    async (page) => {
      await page.fill("#search", "+44 7700 900123");
      await page.press("#search", "Enter");
      await page.waitForSelector(".row-group h2:not([hidden])");
    },
  ],
  "a journey": [`#/j/${id("Second line")}`, (page) => drawn(page)],
  "a span": [
    `#/j/${id("Second line")}`,
    async (page) => {
      await drawn(page);
      await page.locator("canvas.canvas").press("ArrowRight");
      await page.waitForSelector("#tab-span[aria-selected='true']");
    },
  ],
  "why linked": [
    `#/j/${id("code from it")}`,
    async (page) => {
      await page.click("#tab-linked");
      await page.waitForSelector(".edge");
    },
  ],
  "the confirmation": [
    `#/j/${id("code from it")}`,
    async (page) => {
      await page.click("#tab-linked");
      await page.click(".retract");
      await page.waitForSelector("dialog[open]");
    },
  ],
  "the table": [`#/j/${id("Second line")}?view=table`, async () => {}],
  "two journeys": [`#/compare/${id("Second line")}/${id("waited 9 s")}`, (page) => drawn(page)],
  "the keys": [
    "",
    async (page) => {
      await page.click("#help");
      await page.waitForSelector("dialog[open]");
    },
  ],
  "a quarantined id": [`#/j/${id("was in the IVR for 1 min 24 s")}`, (page) => drawn(page)],
  "nothing found": ["#/?status=live&insight=slow_backend", async () => {}],
};

const LOOKS = {
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 740 } },
};

for (const [name, [hash, act]] of Object.entries(PAGES)) {
  for (const [look, options] of Object.entries(LOOKS)) {
    test(`axe reports no serious problem on ${name}, ${look}`, async () => {
      const { page, leave } = await visit(stories(), { hash, ...options });
      await act(page);
      await check(page, `${name}, ${look}`);
      await leave();
    });
  }
}

test("axe reports no serious problem while the API is down", async () => {
  const { page, api, leave } = await visit(stories());
  api.fault = "down";
  await page.click(".rows a.row >> nth=0");
  await page.waitForSelector("[data-state='down']");
  await check(page, "down");
  await leave({ expected: [/503/] });
});

test("nothing is wider than a page of 360 pixels", async () => {
  const { page, url, leave } = await visit(stories(), { viewport: { width: 360, height: 740 } });
  for (const [name, [hash]] of Object.entries(PAGES)) {
    await page.goto(`${url}/${hash}`);
    await page.waitForSelector("main .rows, main .state, main .split, main .sides");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${name}: ${wide}`);
  }
  await leave();
});

test("hostile names, values, events and links stay text on every page", async () => {
  const made = hostile();
  const { page, leave } = await visit([made]);
  const dialogs = [];
  page.on("dialog", (dialog) => dialogs.push(dialog.message()) && dialog.dismiss());
  const harmless = async (where) => {
    const made = await page.evaluate(
      () =>
        document.querySelectorAll(
          "#app img, #app script, #app style, #app iframe, #app [onerror], #app a[href^='javascript']",
        ).length,
    );
    assert.equal(made, 0, where);
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).display), "block", where);
  };
  await harmless("list");
  assert.ok((await page.locator(".rows").innerText()).includes(HOSTILE[0]));
  await page.click(".rows a.row");
  await drawn(page);
  await harmless("journey");
  const canvas = page.locator("canvas.canvas");
  for (let i = 0; i < HOSTILE.length; i++) {
    await canvas.press("ArrowRight");
    const { selected } = await drawn(page);
    const span = made.journey.spans.find((each) => each.key === selected);
    await until(
      page,
      (text) => document.querySelector(".panel").textContent.includes(text),
      span.name.replace(/[\u0000-\u001f\u202a-\u202e]/g, "\ufffd").slice(0, 200),
    );
    await harmless(`span ${i}`);
  }
  await page.click("#tab-overview");
  await harmless("overview");
  await page.click("#tab-linked");
  await page.waitForSelector(".edge");
  await harmless("linked");
  await page.keyboard.press("t");
  await page.waitForSelector("table");
  await harmless("table");
  const isolated = await page.$$eval(".panel bdi, td bdi", (all) =>
    all.every((each) => getComputedStyle(each).unicodeBidi.includes("isolate") && each.dir === "auto"),
  );
  assert.ok(isolated);
  assert.deepEqual(dialogs, []);
  await leave();
});
