// One browser for all tests of a file; each test gets a page of its own that must not complain, nor leave the origin.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { NOW } from "./fixtures.mjs";
import { World, start } from "./server.mjs";

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

/** Ends everything, what a failed test has left behind too. */
export async function quit() {
  await browser?.close();
  browser = undefined;
  for (const server of servers) await server.close();
  servers.clear();
}

/** A server with journeys, and a page that looks at it. `options` are the browser context's. */
export async function visit(told, { hash = "", now = NOW, world = new World(told), ready = true, ...options } = {}) {
  const server = await start(world);
  servers.add(server);
  const looked = await look(server.url, { hash, now, ready, ...options });
  const leave = async (allowed) => {
    try {
      await looked.leave(allowed);
    } finally {
      // Only now: a page that is still loading would complain.
      await server.close();
      servers.delete(server);
    }
  };
  return { ...looked, world, server, leave };
}

/**
 * A page that looks at `url`. `leave()` ends it, and fails if the page has complained or a request has left the origin;
 * complaints that fit a pattern of `complain` are expected. With `now` that is the present.
 */
export async function look(url, { hash = "", now, ready = true, ...options } = {}) {
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
  const complaints = [];
  const strangers = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(error.stack));
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !/^(data|blob):/.test(request.url())) strangers.push(request.url());
  });
  if (now !== undefined) {
    // The page asks for the present in this one way only; `globalThis.present` moves it on.
    await page.addInitScript((present) => {
      globalThis.present = present;
      Date.now = () => globalThis.present;
    }, now);
  }
  await page.goto(`${url}/${hash}`);
  if (ready) await page.waitForSelector("main .rows, main .state, main .split, main .sides");
  const leave = async ({ complain = [] } = {}) => {
    await context.close();
    const serious = complaints.filter((text) => !complain.some((pattern) => pattern.test(text)));
    assert.deepEqual(serious, [], "the page complained");
    assert.deepEqual(strangers, [], "a request left the origin");
  };
  return { page, context, leave, url };
}

const PATIENCE = 60_000;

/**
 * Waits until `test(argument)` holds in the browser, and returns what it returned. The page's policy forbids to make a
 * function of a text, so the test is put there once and asked on each frame.
 */
export async function until(page, test, argument) {
  const name = test.toString();
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      await page.evaluate(`(globalThis.tests ??= {})[${JSON.stringify(name)}] = ${name}`);
      return await page.evaluate(
        async ([source, value, patience]) => {
          const late = performance.now() + patience;
          while (performance.now() < late) {
            const found = await globalThis.tests[source](value);
            if (found) return found;
            await new Promise((done) => requestAnimationFrame(done));
          }
          throw new Error(`it never held: ${source} of ${JSON.stringify(value)}`);
        },
        [name, argument, Math.max(1, end - performance.now())],
      );
    } catch (error) {
      // A page that is being loaded anew takes the question with it.
      if (!/context was destroyed|navigation/.test(error.message) || performance.now() > end) throw error;
    }
  }
}

/** What the first chart on the page drew last, when it has come to rest. */
export function drawn(page, which = 0) {
  return until(
    page,
    async (nth) => {
      const chart = (await import("/chart.js")).drawn()[nth];
      return chart && !chart.moving && chart.took !== undefined && chart;
    },
    which,
  );
}

/** Waits until `test(chart, argument)` holds of what the first chart drew; `test` runs in the browser. */
export async function untilDrawn(page, test, argument) {
  const name = test.toString();
  await page.evaluate(`(globalThis.tests ??= {})[${JSON.stringify(name)}] = ${name}`);
  await until(
    page,
    async ([source, value]) => {
      const [chart] = (await import("/chart.js")).drawn();
      return chart && !chart.moving && chart.took !== undefined && globalThis.tests[source](chart, value);
    },
    [name, argument],
  );
}

/** The point of the page where a span is drawn. */
export async function pointOf(page, key) {
  const chart = await drawn(page);
  const span = chart.spans.find((each) => each.key === key);
  assert.ok(span, `${key} is not drawn`);
  const box = await page.locator("canvas.canvas").first().boundingBox();
  const left = Math.max(span.x, 0);
  const right = Math.min(span.x + span.width, chart.width);
  return { x: box.x + (left + right) / 2, y: box.y + span.y + 9, span, chart };
}
