// The page of one journey: loads it, keeps it up to date, and holds its chart, table and details together.

import { getEvidence, getJourney } from "./api.js";
import { Chart } from "./chart.js";
import { differences } from "./changes.js";
import { Details } from "./details.js";
import { announce, fill, h } from "./dom.js";
import { clock, millis } from "./format.js";
import { header } from "./header.js";
import { HoverCard } from "./hover.js";
import { legend } from "./legend.js";
import { listedBefore } from "./list.js";
import { lengthOf } from "./pieces.js";
import { Poll } from "./poll.js";
import { onPreference, prefer, preferences } from "./prefs.js";
import { failed, loading, notices } from "./states.js";
import { Table } from "./table.js";
import { onThemeChange } from "./theme.js";
import { Toolbar } from "./toolbar.js";

export class JourneyPage {
  constructor(id, parameters, { config, picked }) {
    this.id = id;
    this.config = config;
    this.picked = picked;
    this.wanted = parameters.get("span") ?? undefined;
    this.tableShown = parameters.get("view") === "table";
    this.element = h("main", { class: "journey-page", id: "main", tabIndex: -1 });
    fill(this.element, loading("journey", "The journey"));
    this.poll = new Poll(
      (signal) => this.refresh(signal),
      () => this.pause(),
    );
    this.poll.failed = (failure) => this.onFailure(failure);
    const ticking = setInterval(() => this.tick(), 1000);
    this.endings = [
      () => clearInterval(ticking),
      onPreference((settings) => this.onSettings(settings)),
      onThemeChange(() => this.redrawTexts()),
    ];
    this.poll.now();
  }

  close() {
    clearTimeout(this.pending);
    this.poll.close();
    this.chart?.close();
    this.hover?.close();
    for (const end of this.endings) end();
    this.closed = true;
  }

  pause() {
    const base = this.config.poll_ms ?? 5000;
    const moving = !this.journey || this.journey.status === "live" || this.journey.status === "provisional";
    return moving ? base : base * 6;
  }

  async refresh(signal) {
    const { journey, text, movedFrom } = await getJourney(this.id, signal, this.text);
    notices.hide("down");
    if (!journey) return undefined;
    if (movedFrom) this.moved(movedFrom, journey.id);
    if (!this.journey) return this.open(journey, text);
    const changes = differences(this.journey, journey);
    this.take(journey, text);
    if (changes) {
      notices.show("revised", { kind: "info", text: `This journey has changed while you look: ${changes}.` });
      announce(`The journey has changed: ${changes}`);
    }
    return undefined;
  }

  /** The journey is part of another by now: the address follows, and the reader is told. */
  moved(from, to) {
    this.id = to;
    this.address();
    notices.show("moved", {
      kind: "info",
      text: `The journey you asked for (${from.slice(0, 8)}…) turned out to be part of this one. Its address goes on leading here.`,
    });
  }

  onFailure(failure) {
    if (this.journey && failure.kind !== "signed_out" && failure.kind !== "missing") {
      notices.show("down", {
        kind: "warning",
        text: `${failure.message} What you see is as it was at ${clock(this.taken, preferences().zone)}; trying again.`,
        actions: [["Try now", () => this.poll.now()]],
      });
      return;
    }
    this.chart?.close();
    this.chart = this.journey = this.text = undefined;
    fill(
      this.element,
      failed(failure, "The journey", () => this.poll.now()),
    );
  }

  open(journey, text) {
    const settings = preferences();
    this.hover = new HoverCard();
    this.chart = new Chart({
      settings,
      now: () => Date.now(),
      label: "Flame chart of the journey. Arrow keys step through spans, Enter zooms to one, plus and minus zoom.",
      tallest: () => Math.max(240, Math.min(innerHeight * 0.62, innerHeight - 250)),
      ample: () => innerHeight * 0.5,
      on: {
        selected: (p) => this.selected(p),
        hovered: (found, x, y) => this.hover.show(this.chart, found, x, y, preferences()),
        unfold: () => prefer({ fold: false }),
      },
    });
    this.table = new Table({ chosen: (key) => this.choose(key) });
    this.details = new Details({
      chosen: (key) => this.choose(key, true),
      highlighted: (keys) => this.highlight(keys),
      evidence: () => this.evidence(),
      retracted: () => this.retracted(),
    });
    this.toolbar = new Toolbar(this);
    this.head = h("div", { class: "journey-head" });
    this.legend = h("div", { class: "legend-holder" });
    this.stage = h("section", { class: "stage", "aria-label": "Timeline" });
    fill(
      this.element,
      this.head,
      h("div", { class: "split" }, h("div", { class: "left" }, this.toolbar.element, this.stage), this.details.element),
      this.hover.element,
    );
    this.take(journey, text);
    this.showView();
    if (this.wanted) this.choose(this.wanted);
    announce(journey.summary);
  }

  take(journey, text) {
    this.journey = journey;
    this.text = text;
    this.taken = Date.now();
    document.title = `${journey.summary?.slice(0, 60) || "Journey"} · Cxtrace`;
    this.chart.show(journey);
    if (this.tableShown) this.table.show(journey, preferences(), this.chart.selectedKey);
    this.toolbar.find();
    this.details.show(journey, this.chart, preferences());
    this.redrawTexts();
  }

  redrawTexts() {
    if (!this.journey) return;
    fill(this.head, header(this, preferences()));
    fill(
      this.legend,
      legend(this.chart.scene, (type) => this.highlightType(type)),
    );
  }

  /** While it goes on, its length does. */
  tick() {
    const length = this.journey && !this.journey.ended_at && this.head.querySelector(".facts strong");
    if (length) length.textContent = lengthOf(this.journey, Date.now());
  }

  onSettings(settings) {
    if (!this.journey) return;
    this.chart.set(settings);
    this.toolbar.draw();
    if (this.tableShown) this.table.show(this.journey, settings, this.chart.selectedKey);
    this.details.show(this.journey, this.chart, settings);
    this.redrawTexts();
  }

  /** The chart or the table. */
  showView() {
    if (this.tableShown) {
      this.table.show(this.journey, preferences(), this.chart.selectedKey);
      fill(this.stage, this.table.element);
    } else {
      fill(this.stage, this.chart.element, this.legend, h("p", { class: "keys quiet", id: "keys-hint" }, KEYS));
      this.chart.measure();
    }
    this.stage.setAttribute("aria-label", this.tableShown ? "Table" : "Timeline");
    this.toolbar.draw();
    this.address();
  }

  toggleTable(shown = !this.tableShown) {
    this.tableShown = shown;
    this.showView();
  }

  /** Chooses a span by key, wherever that was done. */
  choose(key, reveal = true) {
    const p = this.chart.scene.positionOf(key);
    if (p === undefined) return;
    this.chart.select(p, { reveal });
  }

  selected(p) {
    const key = p === undefined ? undefined : this.chart.scene.span(p).key;
    this.details.select(key);
    if (this.tableShown) this.table.select(key);
    this.address();
  }

  /** Lets some spans stand out, and brings them into view. */
  highlight(keys) {
    if (!keys?.length) return this.chart.mark(undefined);
    const positions = keys.map((key) => this.chart.scene.positionOf(key)).filter((p) => p !== undefined);
    if (!positions.length) return undefined;
    if (this.tableShown) this.toggleTable(false);
    this.chart.mark(positions);
    const { scene } = this.chart;
    const from = Math.min(...positions.map((p) => scene.from[p]));
    const to = Math.max(...positions.map((p) => scene.reach(p)));
    this.chart.showPlaces(from, to, 0.5);
    return this.chart.select(positions[0]);
  }

  highlightType(type) {
    const { scene } = this.chart;
    if (type === undefined) return this.chart.mark(undefined);
    return this.chart.mark(scene.positionsWhere((p) => scene.span(p).type === type));
  }

  evidence() {
    return getEvidence(this.id);
  }

  /** After an edge was retracted: the journey is assembled anew. */
  retracted() {
    notices.show("retracted", {
      kind: "info",
      text: "The link is retracted. The journey is being put together anew; this page follows in a moment.",
    });
    this.poll.now();
  }

  /** What is looked at stands in the address; browsers refuse to be told of it too often. */
  address() {
    clearTimeout(this.pending);
    const wait = ADDRESS_PAUSE - (performance.now() - (this.told ?? -ADDRESS_PAUSE));
    if (wait <= 0) this.writeAddress();
    else this.pending = setTimeout(() => this.writeAddress(), wait);
  }

  writeAddress() {
    this.told = performance.now();
    const parameters = new URLSearchParams();
    if (this.chart?.selectedKey) parameters.set("span", this.chart.selectedKey);
    if (this.tableShown) parameters.set("view", "table");
    const text = parameters.toString();
    history.replaceState(null, "", `#/j/${this.id}${text ? `?${text}` : ""}`);
  }

  /** To the journey before or after this one in the list. */
  neighbour(by) {
    const ids = listedBefore();
    const at = ids.indexOf(this.id);
    return at < 0 ? undefined : ids[at + by];
  }

  go(by) {
    const id = this.neighbour(by);
    if (id) location.hash = `#/j/${id}${this.tableShown ? "?view=table" : ""}`;
  }

  /** Until when it may still change; `undefined` when it is settled. */
  arriving() {
    const { status, settles_at: settles } = this.journey;
    return status === "live" || status === "provisional" ? millis(settles) : undefined;
  }
}

/** Milliseconds between two changes of the address. */
const ADDRESS_PAUSE = 300;

const KEYS =
  "Wheel zooms, drag moves, Shift+drag measures. Keys: ← → ↑ ↓ step through spans, + − 0 zoom, Enter to the span, ? for all.";
