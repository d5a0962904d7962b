// When something is missing, slow or broken, the page says what is wrong and what to do, and recovers by itself.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { hex, stories } from "../support/journeys.mjs";
import { drawn, quit, until, untilDrawn, visit } from "../support/browser.mjs";
import { FakeApi, start } from "../support/server.mjs";

after(quit);

const journeyOf = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const hash = (title) => `#/j/${journeyOf(title).id}`;

for (const [fault, words] of [
  ["down", "The API is unavailable"],
  ["cut", "The API cannot be reached"],
]) {
  test(`the list shows that the API is ${fault}, and recovers by itself`, async () => {
    const { page, api, leave } = await visit(stories(), { hash: hash("Second line") });
    api.fault = fault;
    await page.click(".back");
    await page.waitForSelector("[data-state='down']");
    assert.ok((await page.locator("[data-state='down']").innerText()).includes(words));
    api.fault = undefined;
    await page.waitForSelector(".rows > li");
    await leave({ expected: [/503/, /ERR_EMPTY_RESPONSE/] });
  });
}

test("a loaded journey stays visible with a notice while the API is down", async () => {
  const { page, api, leave } = await visit(stories(), { hash: hash("talking now") });
  await drawn(page);
  api.fault = "down";
  await page.waitForSelector("[data-notice='down']");
  assert.equal(await page.locator("canvas.canvas").count(), 1);
  api.fault = undefined;
  await page.click("[data-notice='down'] >> text=Try now");
  await page.waitForSelector("[data-notice='down']", { state: "detached" });
  await leave({ expected: [/503/] });
});

test("a slow response shows a frame first, and then the journey", async () => {
  const { page, api, leave } = await visit(stories());
  const release = api.hold();
  await page.click(".rows a.row");
  await page.waitForSelector("[data-state='loading']");
  assert.equal(await page.locator("[aria-busy='true']").count(), 1);
  release();
  await page.waitForSelector(".split");
  await leave();
});

test("leaving before a slow response arrives shows the new page", async () => {
  const { page, api, leave } = await visit(stories());
  const release = api.hold();
  await page.click(".rows a.row >> nth=0");
  await page.waitForSelector("[data-state='loading']");
  await page.evaluate((id) => (location.hash = `#/j/${id}`), journeyOf("Second line").id);
  release();
  await untilDrawn(page, (chart, id) => chart.journey === id, journeyOf("Second line").id);
  await leave();
});

test("a response that cannot be read has its own state", async () => {
  const { page, api, leave } = await visit(stories());
  api.fault = "unreadable";
  await page.click(".rows a.row >> nth=0");
  await page.waitForSelector("[data-state='unreadable']");
  await leave();
});

test("a journey that does not exist leads to the search", async () => {
  const { page, leave } = await visit(stories(), { hash: `#/j/${hex("nobody")}` });
  await page.waitForSelector("[data-state='missing']");
  await page.click("text=Search all journeys");
  await page.waitForSelector(".rows");
  await leave({ expected: [/404/] });
});

test("an invalid id is refused with a reason", async () => {
  const { page, leave } = await visit(stories(), { hash: "#/j/nonsense" });
  await page.waitForSelector("[data-state='refused']");
  assert.ok((await page.locator("[data-state='refused']").innerText()).includes("32 hexadecimal digits"));
  await leave({ expected: [/400/] });
});

test("arriving, revised and quarantined journeys have a banner", async () => {
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
  const hidden = { quarantined: "crm.case:test-1", unconfirmed: "partner names crm.case:c-2", "kept-out": "shown in part" };
  await page.goto(`${url}/${hash("was in the IVR for 1 min 24 s")}`);
  for (const [state, text] of Object.entries(hidden)) {
    const banner = page.locator(`[data-state='${state}']`);
    await banner.waitFor();
    assert.ok((await banner.innerText()).includes(text), state);
  }
  await page.goto(`${url}/${hash("called Sales, waited 15 s")}`);
  await page.waitForSelector("[data-state='arriving']");
  assert.ok((await page.locator("[data-state='arriving']").innerText()).includes("12:10:00"));
  await leave();
});

test("a journey that is deleted while it is open shows that it does not exist", async () => {
  const { page, api, leave } = await visit(stories(), { hash: hash("talking now") });
  await drawn(page);
  api.remove(journeyOf("talking now").id);
  await page.waitForSelector("[data-state='missing']");
  await leave({ expected: [/404/] });
});

test("the evidence can fail on its own, and be requested again", async () => {
  const { page, api, leave } = await visit(stories(), { hash: hash("waited 9 s") });
  await drawn(page);
  api.fault = "down";
  await page.click("#tab-linked");
  await page.waitForSelector(".panel [data-state='down']");
  api.fault = undefined;
  await page.click(".panel >> text=Try again now");
  await until(page, () => document.querySelector(".linked").textContent.includes("no links were needed"));
  await leave({ expected: [/503/] });
});

const SIGN_IN = { config: { poll_ms: 250, client_id: "page", audience: "cxtrace" }, token: "token-1" };

async function withIssuer(options = {}) {

  const api = new FakeApi(stories());
  const issuer = await start(api);
  // The page's own origin is the issuer here, because the policy of a laptop allows no other.
  await issuer.close();
  Object.assign(api, SIGN_IN);
  const visited = await visit([], { api, ready: false, ...options });
  api.config = { ...SIGN_IN.config, issuer: `${visited.url}/issuer` };
  await visited.page.reload();
  await visited.page.waitForSelector("[data-state='sign-in']");
  return visited;
}

test("signing in uses PKCE and returns to the same page", async () => {
  const { page, api, leave } = await withIssuer({ hash: hash("Second line") });
  await page.click("main button:has-text('Sign in')");
  await page.waitForSelector(".split");
  assert.ok(page.url().endsWith(hash("Second line")), "the code does not stay in the address");
  assert.equal(api.attempt.code_challenge_method, "S256");
  assert.deepEqual(
    [api.attempt.response_type, api.attempt.client_id, api.attempt.audience],
    ["code", "page", "cxtrace"],
  );
  assert.equal(api.asked.at(-1).headers.authorization, "Bearer token-1");
  assert.equal(await page.evaluate(() => JSON.stringify(localStorage).includes("token-1")), false);
  await leave({ expected: [/401/] });
});

test("an expired sign-in asks for a new one", async () => {
  const { page, api, leave } = await withIssuer({ hash: hash("talking now") });
  await page.click("main button:has-text('Sign in')");
  await page.waitForSelector(".split");
  api.token = "token-2";
  await page.waitForSelector("[data-state='signed-out']");
  await page.click("main button:has-text('Sign in')");
  await page.waitForSelector(".split");
  assert.ok(page.url().endsWith(hash("talking now")));
  await leave({ expected: [/401/] });
});

test("a sign-in that is refused or was started in another tab shows why it failed", async () => {
  const { page, api, url, leave } = await withIssuer();
  api.fault = "refused";
  await page.click("main button:has-text('Sign in')");
  await until(page, () => document.querySelector("[data-state='sign-in']")?.textContent.includes("refused"));
  api.fault = undefined;
  await page.goto(`${url}/?code=stolen&state=other`);
  await until(page, () =>
    document.querySelector("[data-state='sign-in']")?.textContent.includes("not started in this tab"),
  );
  assert.ok(!page.url().includes("stolen"));
  await leave({ expected: [/401/] });
});

test("a sign-in service with another name is not used, and neither is another one's reply", async () => {
  const { page, api, url, leave } = await withIssuer();
  api.otherIssuer = "https://evil.example/issuer";
  await page.click("main button:has-text('Sign in')");
  const says = (text) =>
    until(page, (text) => document.body.textContent.includes(text), text);
  await says("names another issuer");
  assert.equal(api.attempt, undefined, "nobody was sent there");
  api.otherIssuer = undefined;
  const attempt = { verifier: "v", state: "s", place: "", redirect: `${url}/` };
  await page.evaluate((text) => sessionStorage.setItem("cxtrace.sign-in", text), JSON.stringify(attempt));
  await page.goto(`${url}/?code=c&state=s&iss=https%3A%2F%2Fevil.example`);
  await says("Another service answered");
  await leave({ expected: [/401/] });
});

test("somebody who may not search is told so and not signed out", async () => {
  const { page, api, leave } = await visit(stories(), { hash: "#/?range=24h" });
  api.refusal = [403, "not_allowed", "You may not search by a phone number. Ask who manages access for the scope search."];
  await until(page, () => document.body.textContent.includes("You may not search by a phone number"));
  assert.equal(await page.locator("[data-state='signed-out']").count(), 0);
  await leave({ expected: [/403/] });
});
