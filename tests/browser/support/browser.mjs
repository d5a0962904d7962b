// One browser for all tests of a file. Each test gets a page of its own, which must not log errors or leave the origin.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { NOW } from "./journeys.mjs";
import { FakeApi, start } from "./server.mjs";

const ARGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser;
const servers = new Set();

export async function launch() {
  browser ??= await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ARGS });
  return browser;
}

/** Ends the browser, and the servers that a failed test left running. */
export async function quit() {
  await browser?.close();
  browser = undefined;
  for (const server of servers) await server.close();
  servers.clear();
}

/**
 * A page on a server with these journeys. `built` is the address of a Cxtrace whose page is served instead of the files.
 * `options` go to the browser's context.
 */
export async function visit(
  journeys,
  { hash = "", now = NOW, api = new FakeApi(journeys), built, ready = true, ...options } = {},
) {
  const server = await start(api, { page: built });
  servers.add(server);
  const opened = await openPage(server.url, { hash, now, ready, ...options });
  const leave = async (allowed) => {
    try {
      await opened.leave(allowed);
    } finally {
      // The page must be closed first: one that is still loading would log errors.
      await server.close();
      servers.delete(server);
    }
  };
  return { ...opened, api, server, leave };
}

/**
 * A page on `url`. `leave()` closes it, and fails if the page has logged an error or a request has left the origin.
 * `leave({ expected })` allows errors that match one of these patterns. `now` sets the page's clock.
 */
export async function openPage(url, { hash = "", now, ready = true, ...options } = {}) {
  const context = await (
    await launch()
  ).newContext({
    viewport: { width: 1400, height: 900 },
    timezoneId: "Europe/London",
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const errors = [];
  const foreignRequests = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(error.stack));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) foreignRequests.push(request.url());
  });
  if (now !== undefined) {
    // The page reads its clock in this way only. Tests move it on with `globalThis.present`.
    await page.addInitScript((present) => {
      globalThis.present = present;
      Date.now = () => globalThis.present;
    }, now);
  }
  await page.goto(`${url}/${hash}`);
  if (ready) await page.waitForSelector("main .rows, main .state, main .split, main .sides");
  const leave = async ({ expected = [] } = {}) => {
    await context.close();
    const serious = errors.filter((text) => !expected.some((pattern) => pattern.test(text)));
    assert.deepEqual(serious, [], "the page logged errors");
    assert.deepEqual(foreignRequests, [], "a request left the origin");
  };
  return { page, context, leave, url };
}

const LIMIT = 60_000;

/**
 * Waits until `test(argument)` holds in the browser, and returns its result. The page's policy forbids code from texts,
 * so the test is defined once, and called on each frame.
 */
export async function until(page, test, argument) {
  const name = test.toString();
  const end = performance.now() + LIMIT;
  for (;;) {
    try {
      await page.evaluate(`(globalThis.tests ??= {})[${JSON.stringify(name)}] = ${name}`);
      return await page.evaluate(
        async ([source, value, limit]) => {
          const late = performance.now() + limit;
          while (performance.now() < late) {
            const found = await globalThis.tests[source](value);
            if (found) return found;
            await new Promise((done) => requestAnimationFrame(done));
          }
          throw new Error(`this did not hold within the time limit: ${source} of ${JSON.stringify(value)}`);
        },
        [name, argument, Math.max(1, end - performance.now())],
      );
    } catch (error) {
      // When the page reloads, the call is lost and must be made again.
      if (!/context was destroyed|navigation/.test(error.message) || performance.now() > end) throw error;
    }
  }
}

/** What a chart on the page drew last, once it has stopped moving. */
export function drawn(page, which = 0) {
  return until(
    page,
    async (nth) => {
      const chart = (await import("/main.js")).drawn()[nth];
      return chart && !chart.moving && chart.took !== undefined && chart;
    },
    which,
  );
}

/** Waits until `test(chart, argument)` holds for what the first chart drew. `test` runs in the browser. */
export async function untilDrawn(page, test, argument) {
  const name = test.toString();
  await page.evaluate(`(globalThis.tests ??= {})[${JSON.stringify(name)}] = ${name}`);
  await until(
    page,
    async ([source, value]) => {
      const [chart] = (await import("/main.js")).drawn();
      return chart && !chart.moving && chart.took !== undefined && globalThis.tests[source](chart, value);
    },
    [name, argument],
  );
}

/** The point of the page at which a span is drawn. */
export async function pointOf(page, key) {
  const chart = await drawn(page);
  const span = chart.spans.find((each) => each.key === key);
  assert.ok(span, `${key} is not drawn`);
  const box = await page.locator("canvas.canvas").first().boundingBox();
  const left = Math.max(span.x, 0);
  const right = Math.min(span.x + span.width, chart.width);
  return { x: box.x + (left + right) / 2, y: box.y + span.y + 9, span, chart };
}
