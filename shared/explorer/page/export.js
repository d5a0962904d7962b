// Taking a journey away: as JSON, as a picture, or as a link.

import { announce, copy, h } from "./dom.js";
import { font } from "./canvas-text.js";
import { draw } from "./draw.js";
import { duration, plainLine, stamp, millis } from "./format.js";
import { Geometry } from "./geometry.js";
import { TYPES } from "./scene.js";
import { swatch, theme, typeName } from "./theme.js";
import { View } from "./view.js";

/** The menu of a journey's page. */
export function exportMenu(page) {
  const menu = h("div", { class: "menu", role: "menu" });
  const details = h("details", { class: "export" }, h("summary", {}, "Export"), menu);
  const item = (id, label, act) =>
    h("button", { type: "button", role: "menuitem", id, onclick: () => ((details.open = false), act()) }, label);
  menu.append(
    item("export-json", "Journey as JSON", () => saveJson(page.journey)),
    item("export-png", "Timeline as PNG", () => savePicture(page.chart)),
    item("copy-link", "Copy link to this view", () => copy(location.href)),
  );
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape") ((details.open = false), details.firstChild.focus());
  });
  details.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !details.contains(event.relatedTarget)) details.open = false;
  });
  return details;
}

function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // The download has its own hold on the content once it has begun.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
  announce(`Saved ${name}`);
}

export function saveJson(journey) {
  save(
    new Blob([`${JSON.stringify(journey, null, 2)}\n`], { type: "application/json" }),
    `journey-${journey.id.slice(0, 12)}.json`,
  );
}

const HEADING = 84;
const FOOT = 34;
const TALLEST = 8000;

/** What the chart shows, at full height, with a heading that says what it is and a legend; light, to be printed. */
export async function savePicture(chart) {
  const { scene, settings } = chart;
  const geometry = new Geometry(scene);
  const width = Math.max(1200, chart.width);
  const height = Math.min(TALLEST, geometry.top + geometry.height + 8);
  const ratio = 2;
  const canvas = document.createElement("canvas");
  canvas.width = width * ratio;
  canvas.height = (height + HEADING + FOOT) * ratio;
  const ctx = canvas.getContext("2d");
  const colours = theme(true);
  const view = new View(scene.length, width);
  view.show(chart.view.from, chart.view.to, 0);
  const { marked, selected, shifts } = chart;
  ctx.setTransform(ratio, 0, 0, ratio, 0, HEADING * ratio);
  draw(ctx, { scene, view, geometry, scroll: 0, width, height, theme: colours, settings, marked, selected, shifts });
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = colours.ground;
  ctx.fillRect(0, 0, width, HEADING);
  ctx.fillRect(0, height + HEADING, width, FOOT);
  writeHeading(ctx, scene.journey, settings, colours, width);
  writeLegend(ctx, scene, colours, height + HEADING + FOOT / 2);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  if (blob) save(blob, `journey-${scene.journey.id.slice(0, 12)}.png`);
}

function writeHeading(ctx, journey, { zone }, colours, width) {
  ctx.textAlign = "left";
  ctx.fillStyle = colours.ink;
  ctx.font = font({ unit: 1 }, 15, "600");
  const lines = [""];
  for (const word of plainLine(journey.summary ?? "").split(" ")) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (ctx.measureText(longer).width <= width - 24) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  if (lines.length > 2) lines[1] += " …";
  lines.slice(0, 2).forEach((line, i) => ctx.fillText(line, 12, 20 + i * 20, width - 24));
  ctx.fillStyle = colours.quiet;
  ctx.font = font({ unit: 1 }, 12);
  const long = journey.duration_ms === undefined ? "still open" : duration(journey.duration_ms);
  const parts = [
    journey.id,
    journey.status,
    `revision ${journey.revision}`,
    stamp(millis(journey.started_at), zone),
    long,
  ];
  ctx.fillText(parts.join(" · "), 12, Math.min(lines.length, 2) * 20 + 22, width - 24);
}

function writeLegend(ctx, scene, colours, y) {
  ctx.font = font({ unit: 1 }, 12);
  const used = TYPES.filter((_, code) => scene.type.includes(code));
  let x = 12;
  for (const type of used) {
    ctx.drawImage(swatch(type, colours), x, y - 6, 18, 12);
    ctx.fillStyle = colours.ink;
    ctx.fillText(typeName(type), x + 24, y);
    x += 24 + ctx.measureText(typeName(type)).width + 20;
  }
}
