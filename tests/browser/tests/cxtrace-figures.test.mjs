// Every recorded journey in five places: the page, the list, the API, the terminal and Datadog. No figure for the same thing
// differs.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { shownParts, waitOf } from "../../../shared/explorer/page/lib/customer-time.js";
import { duration } from "../../../shared/explorer/page/lib/duration.js";
import { timeName } from "../../../shared/explorer/page/lib/span-types.js";
import { openPage, quit } from "../support/browser.mjs";
import { CXTRACE, endCxtrace, startCxtrace } from "../support/cxtrace.mjs";

const skip = CXTRACE ? false : "cxtrace is not built: cargo test --workspace, or name it in CXTRACE";
const EVENTS = fileURLToPath(new URL("../../../events/", import.meta.url));
/** @param {number} year */
const rangeOf = (year) => `from=${year}-01-01T00:00:00.000Z&to=${year}-12-31T00:00:00.000Z`;
const RANGE = rangeOf(2026);

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

/** The events of every story and situation, and the spans of applications. */
async function recorded() {
  let all = "";
  for (const folder of ["stories", "situations", "opentelemetry"]) {
    for (const name of (await readdir(EVENTS + folder)).filter((each) => each.endsWith(".ndjson"))) {
      all += `${(await readFile(join(EVENTS, folder, name), "utf8")).trim()}\n`;
    }
  }
  return all;
}

/** Every row of the list. */
async function rowsOf(url, range = RANGE) {
  const rows = [];
  for (let query = range; query; ) {
    const page = await json(`${url}/api/journeys?${query}`);
    rows.push(...page.rows);
    query = page.next && `cursor=${encodeURIComponent(page.next)}`;
  }
  return rows;
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
const sum = (numbers) => numbers.reduce((total, each) => total + each, 0);

describe("five places", { skip }, () => {
  let folder;
  let up;
  /** By row: the journey that the API has. */
  const journeys = new Map();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "cxtrace-figures-"));
    up = await startCxtrace("up", "--data", folder);
    const headers = { "content-type": "application/x-ndjson" };
    const sent = await fetch(`${up.url}/events`, { method: "POST", headers, body: await recorded() });
    assert.equal(sent.status, 200, await sent.text());
    // Datadog has the durations of settled journeys.
    const rows = await eventually(async () => {
      const rows = await rowsOf(up.url);
      return rows.length > 0 && rows.every(({ status }) => status === "settled") && rows;
    });
    for (const row of rows) journeys.set(row, await json(`${up.url}/api/journeys/${row.id}`));
    const kinds = new Set([...journeys.values()].flatMap(({ time }) => time.parts.map(({ kind }) => kind)));
    assert.ok(journeys.size >= 12 && kinds.size === 7, `${journeys.size} journeys with ${[...kinds]}`);
  });

  after(async () => {
    await up?.end();
    await rm(folder, { recursive: true, force: true });
  });

  test("the API's parts add up, and the texts add up as they are shown", () => {
    for (const [row, { duration_ms: whole, time, insights, summary }] of journeys) {
      assert.equal(sum(time.parts.map((part) => part.duration_ms)), whole, summary);
      assert.deepEqual([row.duration_ms, row.waited_ms, row.time, row.summary], [whole, time.waited_ms, time.parts, summary]);
      assert.equal(row.insights.length, insights.length);
      const shown = shownParts(time.parts);
      const waiting = waitOf(shown);
      assert.equal(duration(sum(shown.map((part) => part.duration_ms))), duration(whole), summary);
      assert.equal(duration(waiting), duration(time.waited_ms), summary);
      const [queue, hold] = ["queue", "hold"].map((name) => shown.find(({ kind }) => kind === name)?.duration_ms);
      const words = [
        queue && hold && `Waited ${duration(waiting)}: queue ${duration(queue)}, hold ${duration(hold)}.`,
        queue && !hold && `Waited ${duration(queue)} in the queue.`,
        hold && !queue && `Waited ${duration(hold)} on hold.`,
      ];
      for (const each of words.filter(Boolean)) assert.ok(summary.includes(each), `${each} in ${summary}`);
    }
  });

  test("the list and the page show the API's figures", async () => {
    const { page, leave } = await openPage(up.url, { hash: `#/?${RANGE}` });
    for (const [row, { duration_ms: whole, time }] of journeys) {
      const waiting = waitOf(shownParts(time.parts));
      const listed = page.locator(`[data-id="${row.id}"]`);
      assert.equal(await listed.locator(".long strong").innerText(), duration(whole));
      const waited = await listed.locator(".long .quiet").allInnerTexts();
      assert.deepEqual(waited, waiting ? [`waited ${duration(waiting)}`] : []);
    }
    for (const [row, { duration_ms: whole, time, insights, facts, summary }] of journeys) {
      await page.evaluate((id) => (location.hash = `#/j/${id}`), row.id);
      const about = page.locator(`#details-panel section:last-child:has-text("${row.id}")`);
      assert.ok((await about.innerText()).includes(`Built from ${facts} facts`), summary);
      assert.equal(await page.locator(".facts strong").first().innerText(), duration(whole));
      // The clock times are as far apart as the length says.
      const [from, to] = (await page.locator(".facts").innerText()).match(/\d\d:\d\d:\d\d\.\d{3}/g).map((at) => Date.parse(`1970-01-01T${at}Z`));
      assert.equal(duration(to - from), duration(whole), summary);
      assert.equal(await page.locator(".journey-head :is(.summary-line, .summary-rest)").allInnerTexts().then((all) => all.join(" ")), summary);
      const shown = shownParts(time.parts);
      const expected = shown.map(({ kind, duration_ms: ms }) => `${timeName(kind)} ${duration(ms)}`);
      for (const place of [".journey-head", "#details-panel"]) {
        const listedParts = await page.locator(`${place} .time-parts li`).allInnerTexts();
        assert.deepEqual(listedParts.map((text) => text.replace(/\s+/g, " ").trim()), expected, place);
      }
      const total = await page.locator("#details-panel .waited strong").allInnerTexts();
      assert.deepEqual(total, waitOf(shown) ? [duration(waitOf(shown))] : []);
      const texts = await page.locator("#details-panel .insight > p").allInnerTexts();
      assert.deepEqual(texts.sort(), insights.map(({ text }) => text).sort());
    }
    await leave();
  });

  test("the terminal shows the API's figures in the same words", async () => {
    const run = async (...words) =>
      (await promisify(execFile)(CXTRACE, ["explain", ...words, "--data", folder], { env: {}, maxBuffer: 1 << 26 })).stdout;
    for (const [row, journey] of journeys) {
      const [text, document] = await Promise.all([run(row.id), run(row.id, "--format", "json")]);
      const explained = JSON.parse(document).journey;
      assert.deepEqual(
        [explained.duration_ms, explained.waited_ms, explained.time, explained.summary, explained.facts.length],
        [journey.duration_ms, journey.time.waited_ms, journey.time.parts, journey.summary, journey.facts],
      );
      const parts = shownParts(journey.time.parts).map(({ kind, duration_ms: ms }) => `${kind.replace("_", "-")} ${duration(ms)}`);
      assert.ok(text.includes(`${duration(journey.duration_ms)} in all: ${parts.join(", ")}\n`), text);
      assert.ok(text.replace(/\s+/g, " ").includes(journey.summary), text);
    }
  });

  test("Datadog holds the API's figures, in seconds", async () => {
    // Some spans were recorded in another year, so their journey is in another list.
    const others = await Promise.all((await rowsOf(up.url, rangeOf(2023))).map(({ id }) => json(`${up.url}/api/journeys/${id}`)));
    assert.equal(others.length, 1);
    const all = [...journeys.values(), ...others];
    const values = await eventually(async () => {
      const values = await json(`${up.url}/distributions`);
      return values.filter(({ metric }) => metric === "cxtrace.journey.duration").length >= all.length && values;
    });
    const seconds = (metric, tag = "") =>
      sorted(values.filter((each) => each.metric === metric && (!tag || each.tags.includes(tag))).map(({ value }) => value));
    const expected = (read) => sorted(all.map(read).filter((ms) => ms !== undefined).map((ms) => ms / 1000));
    const whole = expected((journey) => journey.duration_ms);
    assert.deepEqual(seconds("cxtrace.journey.duration"), whole);
    assert.deepEqual(seconds("cxtrace.journey.segment", "segment:total"), whole);
    for (const kind of new Set(all.flatMap(({ time }) => time.parts.map((part) => part.kind)))) {
      const parts = expected(({ time }) => time.parts.find((part) => part.kind === kind)?.duration_ms);
      assert.deepEqual(seconds("cxtrace.journey.segment", `segment:${kind}`), parts, kind);
    }
    assert.deepEqual(seconds("cxtrace.journey.wait"), expected(({ time }) => time.waited_ms || undefined));

    const rules = {};
    for (const { insights } of all) for (const rule of new Set(insights.map((each) => each.rule))) rules[rule] = (rules[rule] ?? 0) + 1;
    const counted = (points) => {
      const found = {};
      for (const { tags, value } of points.filter(({ metric }) => metric === "cxtrace.journey.insights")) {
        const rule = tags.find((tag) => tag.startsWith("rule:")).slice(5);
        found[rule] = (found[rule] ?? 0) + value;
      }
      return found;
    };
    const held = await eventually(async () => {
      const found = counted(await json(`${up.url}/metrics`));
      return sum(Object.values(found)) >= sum(Object.values(rules)) && found;
    });
    assert.deepEqual(held, rules);
  });
});
