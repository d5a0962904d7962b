// The page with the cxtrace command: journeys that the functions assembled are searched, opened, retracted and followed.
// The command is what CXTRACE names, or what `cargo test` has built. Without it these tests are skipped.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { drawn, openPage, quit, until, untilDrawn } from "../support/browser.mjs";
import { allRows, CXTRACE, endCxtrace, startCxtrace } from "../support/cxtrace.mjs";

const skip = CXTRACE ? false : "cxtrace is not built: cargo test --workspace, or name it in CXTRACE";

after(async () => {
  await quit();
  await endCxtrace();
});

const text = (page, selector) => until(page, (each) => document.querySelector(each)?.textContent, selector);

/** Waits until the first element that `selector` finds contains `words`. */
const says = (page, selector, words) =>
  until(page, ([each, part]) => document.querySelector(each)?.textContent.includes(part), [selector, words]);

const ids = (page) => page.$$eval(".rows > li", (rows) => rows.map((row) => row.dataset.id));

async function searchFor(page, words) {
  await page.fill("#search", words);
  await page.press("#search", "Enter");
}

describe("cxtrace demo", { skip }, () => {
  let demo;

  before(async () => {
    demo = await startCxtrace("demo", "--serve");
    // It serves its journeys before it has counted the day and printed everything.
    await demo.printed("Stop the demo", /^ +[0-9a-f]{32}$/m);
  });

  /** The id of the demo's journey with this title. The demo prints it on its own line below the title. */
  const titled = (title) => {
    const lines = demo
      .output()
      .split("\n")
      .map((line) => line.trim());
    return lines.slice(lines.indexOf(title)).find((line) => /^[0-9a-f]{32}$/.test(line));
  };

  test("the list holds every journey that the command printed", async () => {
    const { page, leave } = await openPage(demo.url);
    const listed = demo
      .output()
      .match(/^ +[0-9a-f]{32}$/gm)
      .map((line) => line.trim());
    assert.equal(listed.length, 12);
    assert.deepEqual((await ids(page)).sort(), listed.sort());
    // The list loads more pages when the first is nearly empty, so it offers no older journeys when there are none.
    await until(page, () => !document.querySelector(".more"));
    await leave();
  });

  test("a phone number finds its journey, and no page holds it", async () => {
    const { page, leave } = await openPage(demo.url);
    await searchFor(page, "+44 7700 900142");
    const dropped = titled("A transfer that drops the call");
    await until(
      page,
      (id) => document.querySelectorAll(".rows > li").length === 1 && document.querySelector(`[data-id="${id}"]`),
      dropped,
    );
    await page.click(`[data-id="${dropped}"] a`);
    await says(page, ".summary-line", "Dropped with the second agent");
    const kept = await page.evaluate(() =>
      JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }, document.body.innerText]),
    );
    assert.ok(!/900142|7700/.test(kept), kept);
    await leave();
  });

  test("the id of any system finds the same journey as the filters", async () => {
    const id = titled("From the web site to an agent, by a code");
    const { page, leave } = await openPage(demo.url, { hash: `#/j/${id}` });
    await says(page, "#details-panel", "web.session");
    const native = await page.$$eval("#details-panel .id-line:has(a)", (lines) =>
      lines.flatMap((line) => {
        // The journey's own id has no namespace.
        if (line.textContent.startsWith("journey ")) return [];
        const value = line.querySelector("code").textContent;
        const namespace = line.querySelector(".quiet").textContent.trim().split(" ")[0];
        // Many things look like a code, so a code is searched with its namespace only.
        return namespace === "web.code" ? [`web.code:${value}`] : [`${namespace}:${value}`, value];
      }),
    );
    assert.ok(native.length >= 4, String(native));
    await page.click(".back");
    for (const each of native) {
      await searchFor(page, each);
      await until(
        page,
        (wanted) => [...document.querySelectorAll(".rows > li")].map((row) => row.dataset.id).join() === wanted,
        id,
      );
    }
    await page.goto(`${demo.url}/#/?platform=web&insight=&status=settled`);
    await until(
      page,
      (wanted) =>
        document.querySelectorAll(".rows > li").length === 2 && document.querySelector(`[data-id="${wanted}"]`),
      id,
    );
    await leave();
  });

  test("a flow metric and a whole traceparent find their journeys", async () => {
    const rows = await allRows(demo.url);
    const [metric] = rows.find(({ metrics }) => metrics?.length).metrics;
    const having = rows.filter(({ metrics }) => metrics?.includes(metric)).map(({ id }) => id);
    const { page, leave } = await openPage(demo.url);
    for (const text of [metric, `genesys.flow.${metric}`, metric.toUpperCase()]) {
      await searchFor(page, text);
      await says(page, ".row-group h2", "Found by a flow metric");
      assert.deepEqual((await ids(page)).sort(), having.toSorted(), text);
    }
    const id = titled("From the web site to an agent, by a code");
    const journey = await (await fetch(`${demo.url}/api/journeys/${id}`)).json();
    const trace = journey.ids.find(({ namespace }) => namespace === "trace").value;
    await searchFor(page, `traceparent: 00-${trace}-b7ad6b7169203331-01`);
    await says(page, ".row-group h2", "Found by a trace id");
    assert.deepEqual(await ids(page), [id]);
    await leave();
  });

  test("a journey's summary, legs, insights and spans are those of the API", async () => {
    const id = titled("A transfer that drops the call");
    const journey = await (await fetch(`${demo.url}/api/journeys/${id}`)).json();
    const { page, leave } = await openPage(demo.url, { hash: `#/j/${id}` });
    assert.equal(await text(page, ".summary-line"), journey.outcome.text);
    assert.equal(await text(page, ".summary-rest"), journey.summary.slice(journey.outcome.text.length).trim());
    const legs = await page.$$eval(".legs li bdi", (all) => all.map((each) => each.textContent));
    assert.deepEqual(
      legs,
      journey.legs.map((leg) => leg.platform),
    );
    for (const insight of journey.insights) await says(page, "#details-panel", insight.text);
    const chart = await drawn(page);
    assert.deepEqual(chart.spans.map((span) => span.key).sort(), journey.spans.map((span) => span.key).sort());
    await leave();
  });

  test("an insight names its platforms and vendors' statuses, and waiting times are added up", async () => {
    const { page, leave } = await openPage(demo.url, { hash: `#/j/${titled("A transfer that drops the call")}` });
    await says(page, ".witnesses", "genesys: Customer call TRANSPORT_FAILURE");
    await says(page, ".witnesses", "sbc: inbound trunk media_timeout");
    await page.goto(`${demo.url}/#/j/${titled("Web, bot, two agents, a case and a call back")}`);
    await says(page, "#details-panel", "Total waiting time: 4 min 58 s");
    await leave();
  });

  test("the links are explained, and a retracted link splits the journey", async () => {
    const id = titled("From the web site to an agent, by a code");
    const before_ = await (await fetch(`${demo.url}/api/journeys/${id}`)).json();
    const { page, leave } = await openPage(demo.url, { hash: `#/j/${id}` });
    await page.click("#tab-linked");
    // Inferred links come first.
    await says(page, ".edge", "verification_code");
    await says(page, ".chain", "a code, 95\u00a0%, genesys");
    await says(page, ".edge", "web.session");
    await page.click(".chain button");
    await until(page, () => document.activeElement?.closest(".edge"));
    await page.click(".edge .retract");
    await page.selectOption("dialog[open] select", "different_customers");
    await page.click("dialog[open] .danger");
    await says(page, "[data-notice='revised']", "removed");
    const after_ = await drawn(page);
    assert.ok(after_.spans.length > 0 && after_.spans.length < before_.spans.length);
    assert.deepEqual([...new Set(after_.spans.map(({ key }) => key.split(":")[0]))], ["web"]);
    // The list then has both parts.
    const listed = demo.output().match(/^ +[0-9a-f]{32}$/gm).length;
    await page.click(".back");
    await until(page, (count) => document.querySelectorAll(".rows > li").length === count, listed + 1);
    await leave();
  });
});

describe("cxtrace up", { skip }, () => {
  let local;

  before(async () => {
    local = await startCxtrace("up");
  });

  /** Sends one observation of a system. Times are seconds before now. */
  async function report(source, id, span, more = {}) {
    const time = (ago) => (ago === undefined ? undefined : new Date(Date.now() - ago * 1000).toISOString());
    const detail = {
      source,
      id,
      observed_at: time(0),
      span: { ...span, started_at: time(span.started_at), ended_at: time(span.ended_at) },
      ...more,
    };
    const event = {
      version: "0",
      id: randomUUID(),
      "detail-type": "Cxtrace Span",
      source: "example.telemetry",
      account: "123456789012",
      time: time(0),
      region: "eu-west-1",
      resources: [],
      detail,
    };
    const answer = await fetch(`${local.url}/events`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(event),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  const shown = (page) => text(page, ".rows > li[data-id] .what");

  test("a live journey appears, becomes part of an older one, and ends while the page is open", async () => {
    const { page, leave } = await openPage(local.url);
    assert.equal(await page.locator("[data-state='nothing']").count(), 1);

    // A visit to the web site is in progress, and appears automatically.
    await report("web", "web.session:s-81f2", { key: "visit", type: "web", name: "/orders", started_at: 90 });
    await shown(page);
    await says(page, ".rows > li .pill", "Live");
    const [web] = await ids(page);

    // A call that is not linked to it yet is another journey.
    const call = { key: "call", type: "telephony", name: "inbound trunk", started_at: 40 };
    await report("sbc", "sip.call_id:a84b4c76", call);
    await until(page, () => document.querySelectorAll(".rows > li").length === 2);
    const [sbc] = (await ids(page)).filter((id) => id !== web);
    await page.click(`[data-id="${sbc}"] a`);
    await untilDrawn(page, (chart) => chart.spans.length === 1);

    // Then the call names the web session: the page opens the older journey, and tells the reader.
    await report("sbc", "sip.call_id:a84b4c76", call, { links: [{ id: "web.session:s-81f2", role: "related" }] });
    await says(page, "[data-notice='moved']", "part of this one");
    await until(page, (id) => location.hash.startsWith(`#/j/${id}`), web);
    await untilDrawn(page, (chart) => chart.spans.length === 2);
    await says(page, ".facts", "Live");

    // Both end. Sources may still report more.
    await report("sbc", "sip.call_id:a84b4c76", { ...call, ended_at: 1, status: "ok" });
    await report("web", "web.session:s-81f2", {
      key: "visit",
      type: "web",
      name: "/orders",
      started_at: 90,
      ended_at: 2,
      status: "ok",
    });
    await says(page, ".facts", "Provisional");
    await says(page, "[data-state='arriving']", "Still arriving");

    // The old address still leads there.
    await page.goto(`${local.url}/#/`);
    await page.goto(`${local.url}/#/j/${sbc}`);
    await says(page, "[data-notice='moved']", "part of this one");
    await untilDrawn(page, (chart, id) => chart.journey === id && chart.spans.length === 2, web);
    await leave();
  });

  test("a retracted link leaves two journeys in the list", async () => {
    await report("web", "web.session:s-1c40", {
      key: "visit",
      type: "web",
      started_at: 300,
      ended_at: 200,
      status: "ok",
    });
    await report(
      "sbc",
      "sip.call_id:b93d",
      { key: "call", type: "telephony", started_at: 240, ended_at: 180, status: "ok" },
      { links: [{ id: "web.session:s-1c40", role: "related" }] },
    );
    const { page, leave } = await openPage(local.url);
    await searchFor(page, "sip.call_id:b93d");
    await until(page, () => document.querySelectorAll(".rows .strip-leg").length === 2);
    await page.click(".rows a");
    await page.click("#tab-linked");
    await says(page, ".edge", "web.session");
    await page.click(".edge .retract");
    await page.selectOption("dialog[open] select", "different_customers");
    await page.click("dialog[open] .danger");
    await untilDrawn(page, (chart) => chart.spans.length === 1);
    for (const [id, platform] of [
      ["web.session:s-1c40", "web"],
      ["sip.call_id:b93d", "sbc"],
    ]) {
      await page.goto(`${local.url}/#/?id=${id}`);
      await until(
        page,
        (name) => [...document.querySelectorAll(".rows .strip-leg")].map((leg) => leg.textContent).join() === name,
        platform,
      );
    }
    await leave();
  });

  test("a transfer that reached nobody is found by its insight", async () => {
    const { page, leave } = await openPage(local.url, { hash: "#/?insight=failed_transfer" });
    assert.equal(await page.locator(".rows > li").count(), 0);
    await report("pbx", "pbx.call:c-5", { key: "call", type: "telephony", started_at: 70, ended_at: 5, status: "ok" });
    await report("pbx", "pbx.call:c-5", {
      key: "transfer",
      type: "platform_handoff",
      started_at: 20,
      ended_at: 5,
      status: "error",
      reason: "BUSY",
    });
    await until(page, () => document.querySelectorAll(".rows > li").length === 1);
    await says(page, ".rows > li .chip", "Failed transfer");
    await leave();
  });
});
