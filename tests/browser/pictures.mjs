// Pictures of the page, to look at.
//
//   node pictures.mjs                    docs/images: what README.md and docs/explorer.md show, from `cxtrace demo`
//   node pictures.mjs FOLDER [NAME]      every page and state of the made-up journeys; with NAME those whose name holds it

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { crowded, hard, hostile, sized, stories } from "./support/journeys.mjs";
import { drawn, openPage, quit, visit } from "./support/browser.mjs";
import { CXTRACE, endCxtrace, startCxtrace } from "./support/cxtrace.mjs";

const IMAGES = fileURLToPath(new URL("../../docs/images/", import.meta.url));
const dark = { colorScheme: "dark" };
const narrow = { viewport: { width: 360, height: 760 }, hasTouch: true, isMobile: true };
const chart = (page) => drawn(page);

async function linked(page) {
  await page.click("#tab-linked");
  await page.waitForSelector(".edge");
}

/** What the documents show. */
async function ofDemo() {
  if (!CXTRACE) throw new Error("cxtrace is not built. Build it with cargo build --workspace, or name it in CXTRACE.");
  const demo = await startCxtrace("demo", "--serve");
  const find = async (insight, platform) => {
    const { rows } = await (await fetch(`${demo.url}/api/journeys?insight=${insight}&platform=${platform}`)).json();
    return `#/j/${rows[0].id}`;
  };
  const shot = async (name, options, act) => {
    const { page, leave } = await openPage(demo.url, { viewport: { width: 1400, height: 880 }, ...options });
    await act?.(page);
    // The pictures do not show the focus.
    await page.evaluate(() => document.activeElement?.blur());
    await page.screenshot({ path: join(IMAGES, `${name}.png`) });
    await leave();
  };
  const [long, ai, dropped] = [
    await find("long_queue", "crm"),
    await find("clock_skew", "voiceai"),
    await find("dropped_call", "genesys"),
  ];
  await shot("list", { viewport: { width: 1400, height: 830 } });
  await shot("journey", { hash: long }, chart);
  await shot("journey-dark", { ...dark, hash: ai }, chart);
  await shot("journey-narrow", { ...narrow, viewport: { width: 360, height: 1060 }, hash: dropped }, chart);
  await shot("journey-linked", { hash: `#/?platform=web&insight=` }, async (page) => {
    // The shorter one of the two that began on the web: a code links it.
    await page.click(".rows > li:last-child a.row");
    await chart(page);
    await linked(page);
  });
  await demo.end();
}

/** Every page and state, in `folder`. */
async function ofStories(folder, only) {
  await mkdir(folder, { recursive: true });
  const shot = async (name, journeys, options = {}, act = async () => {}) => {
    if (only && !name.includes(only)) return;
    const { page, api, context, server } = await visit(journeys, options);
    await act(page, api);
    await page.screenshot({ path: join(folder, `${name}.png`), fullPage: options.full ?? false });
    await context.close();
    await server.close();
  };
  const all = () => [...stories(), hostile()];
  const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
  const open = (title) => `#/j/${find(title).id}`;
  const small = { ...narrow, full: true };

  await shot("list", stories());
  await shot("list-dark", stories(), dark);
  await shot("list-narrow", stories(), small);
  await shot("journey", all(), { hash: open("Second line") }, chart);
  await shot("journey-dark", all(), { ...dark, hash: open("Second line") }, chart);
  await shot("journey-narrow", all(), { ...small, hash: open("Second line") }, chart);
  await shot("journey-span", all(), { hash: open("Second line") }, async (page) => {
    await chart(page);
    await page.locator("canvas.canvas").focus();
    for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
    await drawn(page);
  });
  await shot("journey-linked", all(), { hash: open("code from it") }, linked);
  await shot("journey-confirm", all(), { hash: open("code from it") }, async (page) => {
    await page.click("#tab-linked");
    await page.click(".retract");
    await page.waitForSelector("dialog[open]");
  });
  await shot("escalation", all(), { hash: open("partner's number") }, chart);
  await shot("call-back", all(), { hash: open("call-back on the web") }, chart);
  await shot("live-dark", all(), { ...dark, hash: open("talking now") }, chart);
  await shot("provisional", all(), { hash: open("called Sales, waited 15 s") }, chart);
  await shot("quarantined", all(), { hash: open("was in the IVR for 1 min 24 s") }, chart);
  await shot("table", all(), { hash: `${open("Second line")}?view=table` });
  await shot("compare", all(), { hash: `#/compare/${find("Second line").id}/${find("waited 9 s").id}` }, chart);
  for (const [name, options] of Object.entries({ crowded: { viewport: { width: 1280, height: 640 } }, "crowded-dark": dark, "crowded-narrow": small })) {
    await shot(name, [crowded()], { ...options, hash: `#/j/${crowded().journey.id}` }, chart);
    await shot(`${name}-list`, [...stories(), crowded()], { ...options, hash: "#/?range=all" });
  }
  await shot("hard", [hard()], { hash: `#/j/${hard().journey.id}` }, chart);
  await shot("hostile", [hostile()], { hash: `#/j/${hostile().journey.id}` }, chart);
  await shot("large", [sized(10_000)], { hash: `#/j/${sized(10_000).journey.id}` }, chart);
  await shot("nothing", []);
  await shot("nothing-found", stories(), { hash: "#/?status=live&insight=slow_backend&range=1h" });
  await shot("missing", [], { hash: "#/j/00000000000000000000000000000000" });
  await shot("down", [], { ready: false }, async (page, api) => {
    api.fault = "down";
    await page.reload();
    await page.waitForSelector("[data-state='down']");
  });
  await shot("signed-out-dark", [], dark, async (page, api) => {
    api.fault = "signed-out";
    await page.waitForSelector("[data-state='signed-out']");
  });
  await shot("loading", [], { ready: false }, async (page, api) => {
    api.hold();
    await page.reload();
    await page.waitForSelector("[data-state='loading']");
  });
  await shot("help", stories(), {}, async (page) => {
    await page.click("#help");
    await page.waitForSelector("dialog[open]");
  });
  await shot("wall", all(), { viewport: { width: 2560, height: 1440 }, hash: open("Second line") }, chart);
}

const [folder, only] = process.argv.slice(2);
try {
  await (folder ? ofStories(folder, only) : ofDemo());
} finally {
  await quit();
  await endCxtrace();
}
