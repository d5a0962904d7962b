// @ts-check
// The export menu: a journey as JSON, its chart as a picture, or a link.

import { pictureOf } from "../../chart/picture.js";
import { copy } from "../../lib/clipboard.js";
import { h } from "../../lib/dom.js";
import { download } from "../../lib/download.js";

/** @import { Journey } from "../../client/types.js" */
/** @import { Chart } from "../../chart/chart.js" */

/**
 * @param {Chart} chart
 * @param {Journey} journey
 */
export function exportMenu(chart, journey) {
  const menu = h("div", { class: "menu", role: "menu" });
  const summary = h("summary", {}, "Export");
  const details = h("details", { class: "export" }, summary, menu);
  /** @type {(id: string, label: string, act: () => unknown) => Node} */
  const item = (id, label, act) => {
    const close = () => {
      details.open = false;
      act();
    };
    return h("button", { type: "button", role: "menuitem", id, onclick: close }, label);
  };
  menu.append(
    item("export-json", "Journey as JSON", () => saveJson(journey)),
    item("export-png", "Timeline as PNG", () => savePicture(chart)),
    item("copy-link", "Copy link to this view", () => copy(location.href)),
  );
  details.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    details.open = false;
    summary.focus();
  });
  details.addEventListener("focusout", ({ relatedTarget }) => {
    if (relatedTarget instanceof Node && !details.contains(relatedTarget)) details.open = false;
  });
  return details;
}

/** @param {Journey} journey */
function saveJson(journey) {
  const text = `${JSON.stringify(journey, null, 2)}\n`;
  download(new Blob([text], { type: "application/json" }), `${nameOf(journey)}.json`);
}

/** @param {Chart} chart */
async function savePicture(chart) {
  if (!chart.scene) return;
  const picture = await pictureOf(chart.scene, chart);
  if (picture) download(picture, `${nameOf(chart.scene.journey)}.png`);
}

/** @param {Journey} journey */
function nameOf({ id }) {
  return `journey-${id.slice(0, 12)}`;
}
