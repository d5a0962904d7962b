// Pictures of the page to look at: node shots.mjs FOLDER

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { hard, hostile, sized, stories } from "./fixtures.mjs";
import { drawn, quit, visit } from "./harness.mjs";

const folder = process.argv[2] ?? "shots";
const only = process.argv[3];
await mkdir(folder, { recursive: true });

async function shot(name, told, options = {}, act = async () => {}) {
  if (only && !name.includes(only)) return;
  const { page, world, context, server } = await visit(told, options);
  await act(page, world);
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: options.full ?? false });
  await context.close();
  await server.close();
}

const all = () => [...stories(), hostile()];
const find = (title) => stories().find(({ journey }) => journey.summary.includes(title)).journey;
const open = (title) => `#/j/${find(title).id}`;
const chart = (page) => drawn(page);
const dark = { colorScheme: "dark" };
const narrow = { viewport: { width: 360, height: 760 }, hasTouch: true, isMobile: true, full: true };

await shot("list", stories());
await shot("list-dark", stories(), dark);
await shot("list-narrow", stories(), narrow);
await shot("journey", all(), { hash: open("Second line") }, chart);
await shot("journey-dark", all(), { ...dark, hash: open("Second line") }, chart);
await shot("journey-narrow", all(), { ...narrow, hash: open("Second line") }, chart);
await shot("journey-span", all(), { hash: open("Second line") }, async (page) => {
  await chart(page);
  await page.locator("canvas.canvas").focus();
  for (let i = 0; i < 6; i++) await page.keyboard.press("ArrowRight");
  await drawn(page);
});
await shot("journey-linked", all(), { hash: open("code from it") }, async (page) => {
  await page.click("#tab-linked");
  await page.waitForSelector(".edge");
});
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
await shot("hard", [hard()], { hash: `#/j/${hard().journey.id}` }, chart);
await shot("hostile", [hostile()], { hash: `#/j/${hostile().journey.id}` }, chart);
await shot("large", [sized(10_000)], { hash: `#/j/${sized(10_000).journey.id}` }, chart);
await shot("nothing", [], {});
await shot("nothing-found", stories(), { hash: "#/?status=live&insight=slow_backend&range=1h" });
await shot("missing", [], { hash: "#/j/00000000000000000000000000000000" });
await shot("down", [], { ready: false }, async (page, world) => {
  world.fault = "down";
  await page.reload();
  await page.waitForSelector("[data-state='down']");
});
await shot("signed-out-dark", [], dark, async (page, world) => {
  world.fault = "signed-out";
  await page.waitForSelector("[data-state='signed-out']");
});
await shot("loading", [], { ready: false }, async (page, world) => {
  world.hold();
  await page.reload();
  await page.waitForSelector("[data-state='loading']");
});
await shot("help", stories(), {}, async (page) => {
  await page.keyboard.press("?");
  await page.waitForSelector("dialog[open]");
});
await shot("wall", all(), { viewport: { width: 2560, height: 1440 }, hash: open("Second line") }, chart);
await quit();
