// When something is missing, late or broken: each state says what is wrong and what can be done, and goes away by itself.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { hex, stories } from "./fixtures.mjs";
import { drawn, quit, until, untilDrawn, visit } from "./harness.mjs";

after(quit);

const journeyOf = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const hash = (title) => `#/j/${journeyOf(title).id}`;

for (const [fault, words] of [
  ["down", "The API cannot answer now"],
  ["cut", "The API cannot be reached"],
]) {
  test(`the list says when the API is ${fault}, and comes back by itself`, async () => {
    const { page, world, leave } = await visit(stories(), { hash: hash("Second line") });
    world.fault = fault;
    await page.click(".back");
    await page.waitForSelector("[data-state='down']");
    assert.ok((await page.locator("[data-state='down']").innerText()).includes(words));
    world.fault = undefined;
    await page.waitForSelector(".rows > li");
    await leave({ complain: [/503/, /ERR_EMPTY_RESPONSE/] });
  });
}

test("what was loaded stays when the API goes down, with a notice, until it is back", async () => {
  const { page, world, leave } = await visit(stories(), { hash: hash("talking now") });
  await drawn(page);
  world.fault = "down";
  await page.waitForSelector("[data-notice='down']");
  assert.equal(await page.locator("canvas.canvas").count(), 1);
  world.fault = undefined;
  await page.click("[data-notice='down'] >> text=Try now");
  await page.waitForSelector("[data-notice='down']", { state: "detached" });
  await leave({ complain: [/503/] });
});

test("a slow answer shows a frame first, and then what came", async () => {
  const { page, world, leave } = await visit(stories());
  const release = world.hold();
  await page.click(".rows a.row");
  await page.waitForSelector("[data-state='loading']");
  assert.equal(await page.locator("[aria-busy='true']").count(), 1);
  release();
  await page.waitForSelector(".split");
  await leave();
});

test("leaving before a slow answer has come shows what was left for", async () => {
  const { page, world, leave } = await visit(stories());
  const release = world.hold();
  await page.click(".rows a.row >> nth=0");
  await page.waitForSelector("[data-state='loading']");
  await page.evaluate((id) => (location.hash = `#/j/${id}`), journeyOf("Second line").id);
  release();
  await untilDrawn(page, (chart, id) => chart.journey === id, journeyOf("Second line").id);
  await leave();
});

test("an answer that cannot be read says so", async () => {
  const { page, world, leave } = await visit(stories());
  world.fault = "garbled";
  await page.click(".rows a.row >> nth=0");
  await page.waitForSelector("[data-state='garbled']");
  await leave();
});

test("a journey that is not there leads to the search", async () => {
  const { page, leave } = await visit(stories(), { hash: `#/j/${hex("nobody")}` });
  await page.waitForSelector("[data-state='missing']");
  await page.click("text=Search all journeys");
  await page.waitForSelector(".rows");
  await leave({ complain: [/404/] });
});

test("an id that is none is refused in words", async () => {
  const { page, leave } = await visit(stories(), { hash: "#/j/nonsense" });
  await page.waitForSelector("[data-state='refused']");
  assert.ok((await page.locator("[data-state='refused']").innerText()).includes("32 hexadecimal digits"));
  await leave({ complain: [/400/] });
});

test("still arriving, revised and quarantined are said above the chart", async () => {
  const { page, url, leave } = await visit(stories());
  const states = {
    "called Sales, waited 15 s": "arriving",
    "wrote in the chat": "revised",
    "was in the IVR for 1 min 24 s": "quarantined",
  };
  for (const [title, state] of Object.entries(states)) {
    await page.goto(`${url}/${hash(title)}`);
    await page.waitForSelector(`[data-state='${state}']`);
  }
  assert.ok((await page.locator("[data-state='quarantined']").innerText()).includes("crm.case:test-1"));
  await page.goto(`${url}/${hash("called Sales, waited 15 s")}`);
  await page.waitForSelector("[data-state='arriving']");
  assert.ok((await page.locator("[data-state='arriving']").innerText()).includes("12:10:00"));
  await leave();
});

test("a journey that goes away while one looks says so", async () => {
  const { page, world, leave } = await visit(stories(), { hash: hash("talking now") });
  await drawn(page);
  world.remove(journeyOf("talking now").id);
  await page.waitForSelector("[data-state='missing']");
  await leave({ complain: [/404/] });
});

test("the evidence can fail by itself, and be asked for again", async () => {
  const { page, world, leave } = await visit(stories(), { hash: hash("waited 9 s") });
  await drawn(page);
  world.fault = "down";
  await page.click("#tab-linked");
  await page.waitForSelector(".panel [data-state='down']");
  world.fault = undefined;
  await page.click(".panel >> text=Try again now");
  await until(page, () => document.querySelector(".linked").textContent.includes("nothing had to be linked"));
  await leave({ complain: [/503/] });
});

const SIGN_IN = { config: { poll_ms: 250, client_id: "page", audience: "cxtrace" }, token: "token-1" };

async function withIssuer(options = {}) {
  const { World, start } = await import("./server.mjs");
  const world = new World(stories());
  const issuer = await start(world);
  // The issuer is the page's own origin here, as the policy of a laptop knows no other.
  await issuer.close();
  Object.assign(world, SIGN_IN);
  const visited = await visit([], { world, ready: false, ...options });
  world.config = { ...SIGN_IN.config, issuer: `${visited.url}/issuer` };
  await visited.page.reload();
  await visited.page.waitForSelector("[data-state='sign-in']");
  return visited;
}

test("where people sign in, one signs in with a proof, and comes back to the same place", async () => {
  const { page, world, leave } = await withIssuer({ hash: hash("Second line") });
  await page.click("main button:has-text('Sign in')");
  await page.waitForSelector(".split");
  assert.ok(page.url().endsWith(hash("Second line")), "the code does not stay in the address");
  assert.equal(world.attempt.code_challenge_method, "S256");
  assert.deepEqual(
    [world.attempt.response_type, world.attempt.client_id, world.attempt.audience],
    ["code", "page", "cxtrace"],
  );
  assert.equal(world.asked.at(-1).headers.authorization, "Bearer token-1");
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("token-1")), false);
  await leave({ complain: [/401/] });
});

test("a sign-in that ends while one looks asks for a new one", async () => {
  const { page, world, leave } = await withIssuer({ hash: hash("talking now") });
  await page.click("main button:has-text('Sign in')");
  await page.waitForSelector(".split");
  world.token = "token-2";
  await page.waitForSelector("[data-state='signed-out']");
  await page.click("main button:has-text('Sign in')");
  await page.waitForSelector(".split");
  assert.ok(page.url().endsWith(hash("talking now")));
  await leave({ complain: [/401/] });
});

test("a sign-in that is refused, or was begun elsewhere, says so", async () => {
  const { page, world, url, leave } = await withIssuer();
  world.fault = "refused";
  await page.click("main button:has-text('Sign in')");
  await until(page, () => document.querySelector("[data-state='sign-in']")?.textContent.includes("refused"));
  world.fault = undefined;
  await page.goto(`${url}/?code=stolen&state=other`);
  await until(page, () =>
    document.querySelector("[data-state='sign-in']")?.textContent.includes("not begun in this tab"),
  );
  assert.ok(!page.url().includes("stolen"));
  await leave({ complain: [/401/] });
});
