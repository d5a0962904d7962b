// @ts-check
// The panel beside the chart, with three tabs: an overview, one span, and why the journey's parts are linked.

import { fill, h } from "../../lib/dom.js";
import { Linked } from "./linked.js";
import { overview } from "./overview.js";
import { spanDetails } from "./span-details.js";

/** @import { Journey } from "../../client/types.js" */
/** @import { Chart } from "../../chart/chart.js" */
/** @import { Preferences } from "../../lib/preferences.js" */
/** @import { DetailsContext, DetailsEvents } from "./contract.js" */

/** @typedef {"overview" | "span" | "linked"} TabName */

/** @type {[TabName, string][]} */
const TABS = [
  ["overview", "Overview"],
  ["span", "Span"],
  ["linked", "Why linked"],
];

export class Details {
  /** @param {DetailsEvents} on */
  constructor(on) {
    this.on = on;
    /** @type {TabName} */
    this.tab = "overview";
    /** @type {string | undefined} */
    this.selectedKey = undefined;
    /** @type {DetailsContext | undefined} */
    this.context = undefined;
    this.linked = new Linked(on);
    this.buttons = new Map(TABS.map(([name, label]) => [name, this.tabButton(name, label)]));
    this.tabs = h(
      "div",
      { class: "tabs", role: "tablist", "aria-label": "Details" },
      TABS.map(([name]) => this.buttons.get(name)),
    );
    this.panel = h("div", { class: "panel", id: "details-panel", role: "tabpanel", tabIndex: 0 });
    this.element = h("aside", { class: "details", "aria-label": "Details" }, this.tabs, this.panel);
  }

  /**
   * @param {TabName} name
   * @param {string} label
   */
  tabButton(name, label) {
    return h(
      "button",
      {
        type: "button",
        role: "tab",
        id: `tab-${name}`,
        "aria-controls": "details-panel",
        onclick: () => this.open(name),
        onkeydown: (event) => this.key(event),
      },
      label,
    );
  }

  /**
   * @param {Journey} journey
   * @param {Chart} chart
   * @param {Preferences} settings
   */
  show(journey, chart, settings) {
    if (this.context?.journey.id !== journey.id) this.linked.reset();
    this.context = { journey, chart, settings, on: this.on };
    this.draw();
  }

  /**
   * Shows a span. Without a key, it leaves the tab of the span.
   *
   * @param {string | undefined} key
   */
  select(key) {
    this.selectedKey = key;
    if (key !== undefined) this.tab = "span";
    else if (this.tab === "span") this.tab = "overview";
    this.draw();
  }

  /** @param {TabName} tab */
  open(tab) {
    this.tab = tab;
    this.draw();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    const names = TABS.map(([name]) => name);
    this.open(names[(names.indexOf(this.tab) + by + names.length) % names.length]);
    this.buttons.get(this.tab)?.focus();
  }

  draw() {
    const { context } = this;
    for (const [name, button] of this.buttons) {
      button.setAttribute("aria-selected", String(name === this.tab));
      button.tabIndex = name === this.tab ? 0 : -1;
    }
    this.panel.setAttribute("aria-labelledby", `tab-${this.tab}`);
    if (!context) return;
    if (this.tab === "linked") {
      fill(this.panel, this.linked.element);
      this.linked.show(context.journey, context.settings);
    } else if (this.tab === "span") fill(this.panel, spanDetails(this.selectedKey, context));
    else fill(this.panel, overview(context));
  }
}
