// One journey in five places: the page, the list, the API, the terminal and Datadog. No figure for the same thing differs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { shownParts, waitOf } from "../../../shared/explorer/page/lib/customer-time.js";
import { duration } from "../../../shared/explorer/page/lib/duration.js";
import { timeName } from "../../../shared/explorer/page/lib/span-types.js";
import { openPage, quit } from "../support/browser.mjs";
import { CXTRACE, endCxtrace, startCxtrace } from "../support/cxtrace.mjs";

const skip = CXTRACE ? false : "cxtrace is not built: cargo test --workspace, or name it in CXTRACE";
const STORIES = fileURLToPath(new URL("../../../events/stories/", import.meta.url));
const RANGE = "from=2026-03-01T00:00:00.000Z&to=2026-04-01T00:00:00.000Z";

after(async () => {
  await quit();
  await endCxtrace();
});

const json = async (url) => (await fetch(url)).json();

/** What `read` returns once it is something. */
async function eventually(read) {
  for (;;) {
    const found = await read();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
}

/** The precision of the terminal's words. */
const terminalPrecision = (ms) => (ms < 1000 ? 1 : ms < 60_000 ? 100 : 1000);

/** The terminal's words for a time: `350 ms`, `4.2 s`, `3:12`. */
function terminal(ms) {
  const seconds = Math.floor(ms / 1000);
  const two = (n) => String(n).padStart(2, "0");
  if (seconds < 1) return `${ms} ms`;
  if (seconds < 60) return `${seconds}.${Math.floor((ms % 1000) / 100)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`;
  return `${Math.floor(seconds / 3600)}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
}

describe("five places", { skip }, () => {
  test("no figure for the same thing differs between page, list, API, terminal and Datadog", async (t) => {
    for (const story of ["seven-systems", "twilio-dropped-transfer", "ai-agent-hands-over"]) {
      await t.test(story, () => compare(story));
    }
  });
});

/** Sends a story to the twin, reads its journey in each place, and compares. */
async function compare(story) {
  const folder = await mkdtemp(join(tmpdir(), "cxtrace-figures-"));
  const up = await startCxtrace("up", "--data", folder);
  const body = await readFile(`${STORIES}${story}.ndjson`);
  const sent = await fetch(`${up.url}/events`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body,
  });
  assert.equal(sent.status, 200, await sent.text());

  // The API. Datadog has the durations of a settled journey.
  const row = await eventually(async () => {
    const { rows } = await json(`${up.url}/api/journeys?${RANGE}`);
    return rows.length === 1 && rows[0].status === "settled" && rows[0];
  });
  const journey = await json(`${up.url}/api/journeys/${row.id}`);
  const { duration_ms: whole, time, insights } = journey;
  assert.ok(whole > 0 && time.parts.length > 1, "a journey with figures");
  assert.equal(time.parts.reduce((sum, part) => sum + part.duration_ms, 0), whole);
  assert.deepEqual([row.duration_ms, row.waited_ms, row.time], [whole, time.waited_ms, time.parts]);
  assert.equal(row.insights.length, insights.length);

  // Parts and their total are rounded together. The sum of the texts is the text of the sum.
  const shown = shownParts(time.parts);
  const waiting = waitOf(shown);
  assert.equal(duration(shown.reduce((sum, part) => sum + part.duration_ms, 0)), duration(whole));
  assert.equal(duration(waiting), duration(time.waited_ms));
  const [queue, hold] = ["queue", "hold"].map((name) => shown.find(({ kind }) => kind === name)?.duration_ms);
  if (queue && hold) {
    const words = `Waited ${duration(waiting)}: queue ${duration(queue)}, hold ${duration(hold)}.`;
    assert.ok(journey.summary.includes(words), `${words} in ${journey.summary}`);
  }

  // The page and the list.
  const { page, leave } = await openPage(up.url, { hash: `#/?${RANGE}` });
  const listed = page.locator(`[data-id="${row.id}"]`);
  assert.equal(await listed.locator(".long strong").innerText(), duration(whole));
  const waited = await listed.locator(".long .quiet").allInnerTexts();
  assert.deepEqual(waited, waiting ? [`waited ${duration(waiting)}`] : []);
  await page.goto(`${up.url}/#/j/${row.id}`);
  await page.waitForSelector("#details-panel .time-parts");
  assert.equal(await page.locator(".facts strong").first().innerText(), duration(whole));
  for (const place of [".journey-head", "#details-panel"]) {
    const listedParts = await page.locator(`${place} .time-parts li`).allInnerTexts();
    const expected = shown.map(({ kind, duration_ms: ms }) => `${timeName(kind)} ${duration(ms)}`);
    assert.deepEqual(listedParts.map((text) => text.replace(/\s+/g, " ").trim()), expected, place);
  }
  const total = await page.locator("#details-panel .waited strong").allInnerTexts();
  assert.deepEqual(total, waiting ? [duration(waiting)] : []);
  assert.equal(await page.locator("#details-panel > section:first-child .insight").count(), insights.length);
  const about = await page.locator("#details-panel section:last-child").innerText();
  assert.ok(about.includes(`Built from ${journey.facts} facts`), about);
  await leave();

  // The terminal.
  const run = async (...more) => {
    const words = ["explain", row.id, "--data", folder, ...more];
    return (await promisify(execFile)(CXTRACE, words, { env: {}, maxBuffer: 1 << 26 })).stdout;
  };
  const explained = JSON.parse(await run("--format", "json")).journey;
  assert.deepEqual(
    [explained.duration_ms, explained.waited_ms, explained.time, explained.summary, explained.facts.length],
    [whole, time.waited_ms, time.parts, journey.summary, journey.facts],
  );
  const text = await run();
  const parts = shownParts(time.parts, terminalPrecision).map(({ kind, duration_ms: ms }) => `${kind.replace("_", "-")} ${terminal(ms)}`);
  assert.ok(text.includes(`${terminal(whole)} in all: ${parts.join(", ")}\n`), text);

  // Datadog, in seconds.
  const held = await eventually(async () => {
    const values = await json(`${up.url}/distributions`);
    return values.some(({ metric }) => metric === "cxtrace.journey.duration") && values;
  });
  const seconds = (metric, tag = "") =>
    held.filter((each) => each.metric === metric && (!tag || each.tags.includes(tag))).map(({ value }) => value);
  assert.deepEqual(seconds("cxtrace.journey.duration"), [whole / 1000]);
  assert.deepEqual(seconds("cxtrace.journey.segment", "segment:total"), [whole / 1000]);
  for (const { kind, duration_ms: ms } of time.parts) {
    assert.deepEqual(seconds("cxtrace.journey.segment", `segment:${kind}`), [ms / 1000], kind);
  }
  assert.deepEqual(seconds("cxtrace.journey.wait"), [time.waited_ms / 1000]);
  const counts = await eventually(async () => {
    const points = await json(`${up.url}/metrics`);
    const found = points.filter(({ metric }) => metric === "cxtrace.journey.insights");
    return (found.length >= new Set(insights.map(({ rule }) => rule)).size || !insights.length) && found;
  });
  const rules = counts.map(({ tags, value }) => [tags.find((tag) => tag.startsWith("rule:")).slice(5), value]);
  const expected = [...new Set(insights.map(({ rule }) => rule))].map((rule) => [rule, 1]);
  assert.deepEqual(rules.sort(), expected.sort());

  await up.end();
  await rm(folder, { recursive: true, force: true });
}
