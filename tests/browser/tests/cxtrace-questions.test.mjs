// The four questions of docs/explorer.md, asked of the demo. Each is answered with at most one click.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { openPage, quit, until } from "../support/browser.mjs";
import { CXTRACE, endCxtrace, startCxtrace } from "../support/cxtrace.mjs";

const skip = CXTRACE ? false : "cxtrace is not built: cargo test --workspace, or name it in CXTRACE";

after(async () => {
  await quit();
  await endCxtrace();
});

/** How long a key takes, in milliseconds: sixteen keys a second. */
const KEY = 1000 / 16;

describe("the four questions", { skip }, () => {
  let demo;

  before(async () => {
    demo = await startCxtrace("demo", "--serve");
    await demo.printed("Stop the demo", /^ +[0-9a-f]{32}$/m);
  });

  const titled = (title) => {
    const lines = demo.output().split("\n").map((line) => line.trim());
    return lines.slice(lines.indexOf(title)).find((line) => /^[0-9a-f]{32}$/.test(line));
  };

  /**
   * Opens `hash`, lets `act` click with the given function, and waits until the page shows `answer` on the screen. Reports the
   * seconds from the first click or key.
   */
  async function ask(t, { hash = "", ready = ".rows", act, answer, most }) {
    const { page, leave } = await openPage(demo.url, { hash, viewport: { width: 1280, height: 800 } });
    await page.waitForSelector(ready);
    let clicks = 0;
    const click = async (selector) => {
      clicks += 1;
      await page.click(selector);
    };
    const began = performance.now();
    await act(page, click);
    const shown = await until(
      page,
      ([selector, words]) => {
        const found = [...document.querySelectorAll(selector)].find((each) => each.textContent.includes(words));
        const box = found?.getBoundingClientRect();
        return box && box.height > 0 && found.textContent;
      },
      answer,
    );
    const seconds = (performance.now() - began) / 1000;
    assert.ok(clicks <= most, `${clicks} clicks`);
    t.diagnostic(`${clicks} clicks, ${seconds.toFixed(1)} s`);
    await leave();
    return shown;
  }

  test("Which platform dropped this call?", (t) =>
    ask(t, {
      act: async (page, click) => {
        await page.locator("#search").pressSequentially("+44 7700 900142", { delay: KEY });
        await page.keyboard.press("Enter");
        await page.waitForSelector(".row-group h2:not([hidden])");
        await click(`[data-id="${titled("A transfer that drops the call")}"] a`);
      },
      answer: [".endings tbody tr.first", "TRANSPORT_FAILURE"],
      most: 1,
    }));

  test("How long did this customer wait in total?", async (t) => {
    const id = titled("Web, bot, two agents, a case and a call back");
    const { time } = await (await fetch(`${demo.url}/api/journeys/${id}`)).json();
    assert.ok(time.waited_ms > 60_000);
    await ask(t, {
      act: (page, click) => click(`[data-id="${id}"] a`),
      answer: [".waited", "Total waiting time: 4 min 58 s"],
      most: 1,
    });
  });

  test("Why are these two calls one journey?", (t) =>
    ask(t, {
      hash: `#/j/${titled("Web, bot, two agents, a case and a call back")}`,
      ready: "#tab-linked",
      act: (page, click) => click("#tab-linked"),
      answer: [".chain li", "crm.case"],
      most: 1,
    }));

  test("Which journeys today had a failed transfer?", async (t) => {
    const id = titled("A transfer that nobody answers");
    await ask(t, {
      act: async (page, click) => {
        await page.waitForSelector("#facet-failed_transfer");
        await click("#facet-failed_transfer");
        await until(page, () => document.querySelectorAll(".rows > li").length === 1);
      },
      answer: [`[data-id="${id}"] .ending`, "Ended in a transfer"],
      most: 1,
    });
  });
});
