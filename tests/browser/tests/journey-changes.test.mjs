// Journeys that change while they are open, or became part of another one.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { drawn, quit, until, visit } from "../support/browser.mjs";
import { NOW, hex, stories, time } from "../support/journeys.mjs";
import { FakeApi } from "../support/server.mjs";

after(quit);

const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const spanOf = (journey, name) => journey.spans.find((span) => span.name === name);
const open = (title, options = {}) => visit(stories(), { hash: `#/j/${find(title).id}`, ...options });

test("a journey that changes while it is open keeps the view and shows what changed", async () => {
  const { page, api, leave } = await open("talking now");
  const journey = find("talking now");
  await page.click("#zoom-in");
  await page.click("#zoom-in");
  const before = await drawn(page);
  const agent = spanOf(journey, "Agent");
  const spans = journey.spans.map((span) =>
    span.key === agent.key ? { ...span, ended_at: time(NOW - 1000), status: "ok" } : span,
  );
  spans.push({
    ...agent,
    key: `${agent.key}:2`,
    name: "Wrap-up",
    type: "wrap_up",
    started_at: time(NOW - 1000),
    ended_at: time(NOW - 500),
    events: [],
  });
  api.put({ journey: { ...journey, spans, status: "provisional" } });
  await until(page, () =>
    document
      .querySelector("[data-notice='revised']")
      ?.textContent.includes("1 span added, 1 span changed, now provisional"),
  );
  const after_ = await drawn(page);
  assert.ok(
    Math.abs(after_.from - before.from) < 0.5 && Math.abs(after_.scale - before.scale) / before.scale < 0.001,
    "the view stays",
  );
  assert.ok((await page.locator(".journey-head").innerText()).includes("Provisional"));
  await leave();
});

test("a journey that became part of another one opens that one with a notice", async () => {
  const target = find("Second line");
  const old = hex("merged");
  const api = new FakeApi(stories());
  api.moved.set(old, target.id);
  const { page, leave } = await visit([], { api, hash: `#/j/${old}` });
  await page.waitForSelector("[data-notice='moved']");
  assert.ok(page.url().includes(target.id));
  assert.ok((await page.locator("[data-notice='moved']").innerText()).includes(old.slice(0, 8)));
  await page.click("#tab-linked");
  await page.waitForSelector(".edge");
  await leave();
});
