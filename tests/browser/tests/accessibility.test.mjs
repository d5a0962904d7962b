// Accessibility: axe reports no serious problem on any page, light, dark and narrow. And hostile texts stay texts.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, test } from "node:test";
import { HOSTILE, NOW, crowded, hex, hostile, sized, stories } from "../support/journeys.mjs";
import { drawn, quit, until, visit } from "../support/browser.mjs";
import { FakeApi } from "../support/server.mjs";

after(quit);

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOUR_MS = 3_600_000;
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
  "a pressed insight above the list": [
    "",
    async (page) => {
      await page.click("#facet-failed_transfer");
      await page.waitForSelector("#facet-failed_transfer[aria-pressed='true']");
    },
  ],
  "the menu View": [
    `#/j/${id("Second line")}`,
    async (page) => {
      await drawn(page);
      await page.click("summary:has-text('View')");
      await page.waitForSelector("details[open] [role^='menuitem']");
    },
  ],
  "a highlighted type": [
    `#/j/${id("Second line")}`,
    async (page) => {
      await drawn(page);
      await page.click(".legend button >> nth=0");
      await page.waitForSelector(".legend button[aria-pressed='true']");
    },
  ],
  "the choice of a journey to compare": [
    `#/j/${id("Second line")}`,
    async (page) => {
      await drawn(page);
      await page.click("#pick");
      await page.waitForSelector("dialog [data-other]");
    },
  ],
  "a live journey": [`#/j/${id("talking now")}`, (page) => drawn(page)],
  "an end that nobody reported": [`#/j/${hex("journey torn")}`, (page) => drawn(page), { journeys: [torn()] }],
  "a crowded journey": [`#/j/${crowded().journey.id}`, (page) => drawn(page), { journeys: [crowded()] }],
  "a crowded row": ["#/?range=all", async () => {}, { journeys: [crowded()] }],
  "an empty list": ["", (page) => page.waitForSelector("[data-state='nothing']"), { journeys: [] }],
  "an empty list with a newest journey": [
    "",
    (page) => page.waitForSelector("text=/Newest journey: .* Show it/"),
    { journeys: [sized(3, NOW - 3 * 864e5)] },
  ],
  "nothing found yet": [
    "#/?metric=Billing.Refund_failed",
    (page) => page.waitForSelector("[data-state='nothing-yet']"),
    { journeys: [], prepare: (api) => (api.list = () => ({ rows: [], next: "1", searched_to: new Date(NOW - 864e5).toISOString() })) },
  ],
  "a missing journey": [`#/j/${hex("nobody")}`, async () => {}, { expected: [/404/] }],
  "a refused request": ["#/j/nonsense", (page) => page.waitForSelector("[data-state='refused']"), { expected: [/400/] }],
  "an unreadable response": fault("unreadable", "unreadable", []),
  "an API that is down": fault("down", "down", [/503/]),
  "an API that cannot be reached": fault("cut", "down", [/ERR_EMPTY_RESPONSE/]),
  "somebody who is signed out": fault("signed-out", "signed-out", [/401/]),
  "a page that is loading": [
    "",
    async (page, api) => {
      api.hold();
      await page.click(".rows a.row >> nth=0");
      await page.waitForSelector("[data-state='loading']");
    },
  ],
  "a notice above a journey": [
    `#/j/${id("talking now")}`,
    async (page, api) => {
      await drawn(page);
      api.fault = "down";
      await page.waitForSelector("[data-notice='down']");
    },
    { expected: [/503/] },
  ],
};

/** A journey that is opened from the list while the API fails. */
function fault(name, state, expected) {
  const act = async (page, api) => {
    api.fault = name;
    // The list may lose its rows at any time now.
    await page.evaluate((journey) => (location.hash = `#/j/${journey}`), id("Second line"));
    await page.waitForSelector(`[data-state='${state}']`);
  };
  return ["", act, { expected }];
}

/** A journey with a span whose end was not reported, and one whose position is estimated. */
function torn() {
  const made = sized(3, NOW - HOUR_MS);
  const { journey } = made;
  journey.id = hex("journey torn");
  journey.spans[0] = { ...journey.spans[0], ended_at: undefined, ended_by: journey.ended_at, flags: ["end_lost"] };
  journey.spans[1] = { ...journey.spans[1], flags: ["estimated_position"] };
  return made;
}

/** The looks: each page is changed from one to the next. */
const LOOKS = {
  light: { colorScheme: "light", width: 1400, height: 900 },
  dark: { colorScheme: "dark", width: 1400, height: 900 },
  "narrow and dark": { colorScheme: "dark", width: 360, height: 740 },
  narrow: { colorScheme: "light", width: 360, height: 740 },
};

for (const [name, [hash, act, { journeys, prepare, expected } = {}]] of Object.entries(PAGES)) {
  test(`axe reports no serious problem on ${name}: light, dark and narrow`, async () => {
    const api = new FakeApi(journeys ?? stories());
    prepare?.(api);
    const { page, leave } = await visit([], { api, hash });
    await act(page, api);
    for (const [look, { colorScheme, ...size }] of Object.entries(LOOKS)) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize(size);
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await check(page, `${name}, ${look}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${name}, ${look}: ${wide} pixels wider than the screen`);
    }
    // Nobody waits for a held response any more.
    api.slow = undefined;
    await leave({ expected });
  });
}

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
