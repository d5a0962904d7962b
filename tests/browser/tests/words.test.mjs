// Nothing breaks in the middle of a word: a word that fits into its line stays whole, on every page of every story, wide
// and narrow. Ids and other words that are longer than a line may break.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { quit, until, visit } from "../support/browser.mjs";
import { crowded, stories } from "../support/journeys.mjs";

after(quit);

/** The words on the page that are broken although they fit into a line. Runs in the browser. */
function brokenWords() {
  const found = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const parent = node.parentElement;
    if (!parent.checkVisibility({ visibilityProperty: true }) || parent.closest(".visually-hidden, script, style")) continue;
    let line = parent;
    while (getComputedStyle(line).display.startsWith("inline")) line = line.parentElement;
    const style = getComputedStyle(line);
    const room = line.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    // A line may end after these signs.
    for (const { 0: word, index } of node.data.matchAll(/[^\s\-\u2010-\u2015/?|]+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
      const rows = new Set(boxes.map((box) => Math.round(box.top)));
      const width = boxes.reduce((sum, box) => sum + box.width, 0);
      if (rows.size > 1 && width <= room) found.push(`${word} in ${line.tagName}.${line.className}`);
    }
  }
  return found;
}

test("the check finds a broken word", async () => {
  const { page, leave } = await visit(stories());
  await page.evaluate(`globalThis.brokenWords = ${brokenWords}`);
  const found = (wordBreak) =>
    page.evaluate((value) => {
      const box = document.createElement("p");
      Object.assign(box.style, { width: "90px", wordBreak: value });
      box.textContent = "many customers waited for somebody";
      document.querySelector("main").replaceChildren(box);
      return globalThis.brokenWords().filter((each) => each.endsWith("in P."));
    }, wordBreak);
  assert.deepEqual(await found("normal"), []);
  assert.ok((await found("break-all")).length > 0);
  await leave();
});

const WIDTHS = { wide: { width: 1280, height: 640 }, narrow: { width: 360, height: 740 } };

for (const [name, viewport] of Object.entries(WIDTHS)) {
  test(`no word breaks in the middle on a ${name} screen`, async () => {
    const all = [...stories(), crowded()];
    const { page, leave } = await visit(all, { viewport });
    await page.evaluate(`globalThis.brokenWords = ${brokenWords}`);
    const check = async (what) => {
      assert.deepEqual(await page.evaluate(() => globalThis.brokenWords()), [], what);
    };
    await page.selectOption("#range", "all");
    await until(page, (n) => document.querySelectorAll(".rows > li").length === n, all.length);
    await check("the list");
    await page.click("#help");
    await check("the keys");
    await page.keyboard.press("Escape");
    for (const { journey } of all) {
      await page.evaluate((id) => (location.hash = `#/j/${id}`), journey.id);
      await until(page, (id) => location.hash.startsWith(`#/j/${id}`) && document.querySelector(".split .panel h3"), journey.id);
      await check(journey.summary);
      for (const { key } of journey.spans.slice(0, 3)) {
        await page.evaluate(([id, span]) => (location.hash = `#/j/${id}?span=${encodeURIComponent(span)}`), [journey.id, key]);
        await until(page, () => document.querySelector("#tab-span[aria-selected='true']"));
        await check(`${journey.summary}: a span`);
      }
      await page.click("#tab-linked");
      await until(page, () => document.querySelector(".linked")?.textContent.length > 60);
      await check(`${journey.summary}: why linked`);
    }
    const [a, b] = stories();
    await page.evaluate(([one, two]) => (location.hash = `#/compare/${one}/${two}`), [a.journey.id, b.journey.id]);
    await page.waitForSelector(".sides");
    await check("two journeys");
    await leave();
  });
}
