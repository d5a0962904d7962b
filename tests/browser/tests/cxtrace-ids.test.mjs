// Every id that the page can copy is found by the search: of every story of the demo and of events/stories. And the links
// to vendors' consoles are those of the API.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { after, describe, test } from "node:test";
import { drawn, openPage, quit, until } from "../support/browser.mjs";
import { allRows, CXTRACE, endCxtrace, startCxtrace } from "../support/cxtrace.mjs";

const skip = CXTRACE ? false : "cxtrace is not built: cargo test --workspace, or name it in CXTRACE";
const STORIES = fileURLToPath(new URL("../../../events/stories/", import.meta.url));
const FILES = (await readdir(STORIES)).filter((name) => name.endsWith(".ndjson"));

after(async () => {
  await quit();
  await endCxtrace();
});

/** Makes the page note what it copies. */
async function noteCopies(page) {
  await page.evaluate(() => {
    globalThis.copied = [];
    navigator.clipboard.writeText = async (text) => void globalThis.copied.push(text);
  });
}

/** What the copy buttons on the page copy, without the values of attributes. */
async function copies(page) {
  await noteCopies(page);
  const buttons = page.locator(".copy:not(.attributes .copy)");
  for (let i = 0; i < (await buttons.count()); i++) await buttons.nth(i).click();
  return page.evaluate(() => globalThis.copied);
}

/** Opens a journey and collects every id that the page can copy of it, with those of its spans. */
async function copiedOf(page, id) {
  await page.evaluate((journey) => (location.hash = `#/j/${journey}`), id);
  await page.waitForSelector("#details-panel .id-line");
  const chart = await drawn(page);
  assert.equal(chart.journey, id);
  const all = new Set(await copies(page));
  for (const { key } of chart.spans) {
    await page.evaluate(([journey, span]) => (location.hash = `#/j/${journey}?span=${encodeURIComponent(span)}`), [id, key]);
    await until(page, (wanted) => [...document.querySelectorAll("#details-panel code")].some((each) => each.textContent === wanted), key);
    for (const text of await copies(page)) all.add(text);
  }
  await page.click("#tab-linked");
  await until(page, () => document.querySelector(".linked")?.textContent.length > 60);
  for (const text of await copies(page)) all.add(text);
  return [...all];
}

/** Pastes a text into the search, and waits until it has led to the journey: its page, or a row of the results. */
async function finds(page, text, id, list) {
  await page.evaluate((hash) => (location.hash = hash), list);
  await page.waitForSelector("#search");
  await page.fill("#search", text);
  await page.press("#search", "Enter");
  await until(
    page,
    ([wanted, search]) =>
      location.hash.startsWith(`#/j/${wanted}`) ||
      (document.querySelector("#search")?.value !== undefined &&
        !document.querySelector("[data-state='loading']") &&
        document.querySelector(`.row-group h2:not([hidden])`) &&
        document.querySelector(`[data-id="${wanted}"]`) &&
        search),
    [id, text],
  );
}

/** Follows every link to a search on the tabs of a journey, and waits until it has found the journey. */
async function everyLinkFinds(page, id) {
  const address = `#/j/${id}`;
  let followed = 0;
  for (const tab of ["overview", "linked"]) {
    const show = async () => {
      await page.evaluate((hash) => (location.hash = hash), address);
      await page.waitForSelector("#details-panel .id-line");
      await page.click(`#tab-${tab}`);
      await until(page, () => document.querySelector("#details-panel .search-link") || document.querySelector(".linked")?.textContent.includes("no links were needed"));
    };
    await show();
    const texts = await page.$$eval("#details-panel .search-link", (all) => all.map((link) => link.title));
    for (const title of new Set(texts)) {
      await show();
      await page.locator("#details-panel .search-link").nth(texts.indexOf(title)).click();
      await until(
        page,
        (wanted) =>
          !document.querySelector("[data-state='loading']") &&
          document.querySelector(".row-group h2:not([hidden])") &&
          document.querySelector(`[data-id="${wanted}"]`),
        id,
      );
      followed += 1;
    }
  }
  return followed;
}

/** Checks every journey that `list` shows. */
async function everyIdIsFound(url, list) {
  const { page, leave } = await openPage(url, { hash: list });
  // The list may end a page early.
  await until(page, () => {
    const more = document.querySelector("button.more");
    if (more && !more.disabled) more.click();
    return document.querySelector(".rows > li") && !document.querySelector(".more");
  });
  const ids = await page.$$eval(".rows > li", (rows) => rows.map((row) => row.dataset.id));
  let pasted = 0;
  let followed = 0;
  for (const id of ids) {
    for (const text of await copiedOf(page, id)) {
      await finds(page, text, id, list);
      pasted += 1;
    }
    followed += await everyLinkFinds(page, id);
  }
  await leave();
  assert.ok(followed >= 2 * ids.length, `${followed} links of ${ids.length} journeys`);
  return { journeys: ids.length, pasted };
}

describe("every id that the page can copy finds its journey", { skip }, () => {
  test("in the demo", async () => {
    const demo = await startCxtrace("demo", "--serve");
    await demo.printed("Stop the demo", /^ +[0-9a-f]{32}$/m);
    const { journeys, pasted } = await everyIdIsFound(demo.url, "#/?range=all");
    assert.ok(journeys >= 8 && pasted > 5 * journeys, `${pasted} ids of ${journeys} journeys`);
    await demo.end();
  });

  for (const file of FILES) {
    test(`in ${file}`, async () => {
      const up = await startCxtrace("up");
      const body = await readFile(`${STORIES}${file}`);
      const headers = { "content-type": "application/x-ndjson" };
      const answer = await fetch(`${up.url}/events`, { method: "POST", headers, body });
      assert.equal(answer.status, 200, await answer.text());
      // The stories are of 2026, whenever the test runs.
      const range = "from=2026-01-01T00:00:00.000Z&to=2027-01-01T00:00:00.000Z";
      for (;;) {
        const { rows } = await (await fetch(`${up.url}/api/journeys?${range}`)).json();
        if (rows.length && rows.every(({ status }) => status === "settled")) break;
        await new Promise((done) => setTimeout(done, 50));
      }
      const { journeys, pasted } = await everyIdIsFound(up.url, `#/?${range}`);
      assert.ok(journeys >= 1 && pasted > 10, `${pasted} ids of ${journeys} journeys`);
      await up.end();
    });
  }
});

describe("the console of a vendor", { skip }, () => {
  test("is linked from an id that is public, and is asked for nothing before a click", async () => {
    const demo = await startCxtrace("demo", "--serve");
    await demo.printed("Stop the demo", /^ +[0-9a-f]{32}$/m);
    const rows = await allRows(demo.url);
    const row = rows.find(({ ids }) => ids.some((id) => id.startsWith("genesys.conversation:")));
    const journey = await (await fetch(`${demo.url}/api/journeys/${row.id}`)).json();
    const expected = journey.ids.flatMap(({ console }) => console ?? []);
    assert.ok(expected.length > 0 && expected.every((address) => address.startsWith("https://")));
    const { page, leave } = await openPage(demo.url, { hash: `#/j/${row.id}` });
    await page.waitForSelector(".console");
    const links = await page.$$eval("#details-panel .console", (all) =>
      all.map(({ href, target, rel, textContent }) => ({ href, target, rel, text: textContent })),
    );
    assert.deepEqual(links.map(({ href }) => href), expected);
    for (const link of links) {
      assert.deepEqual([link.target, link.rel], ["_blank", "noopener noreferrer"]);
      assert.match(link.text, /^Open .+ in a new tab$/);
    }
    // Fails if a request has left the origin.
    await leave();
    await demo.end();
  });
});
