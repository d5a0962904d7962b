// @ts-check
// Why the parts of a journey are linked: how one id leads to the next, and every edge with its evidence.

import { fill, foreign, h } from "../../lib/dom.js";
import { count } from "../../lib/format.js";
import { failed } from "../../parts/failure.js";
import { certaintyOf, edgeItem, ruleName } from "./edge-item.js";
import { chainOf } from "./id-chain.js";
import { confirmDecision } from "./decision-dialog.js";
import { searchLink } from "./sections.js";

/** @import { Failure } from "../../client/requests.js" */
/** @import { DecisionAct, Edge, EvidenceLine, Journey } from "../../client/types.js" */
/** @import { Preferences } from "../../lib/preferences.js" */
/** @import { DetailsEvents } from "./contract.js" */
/** @import { Step } from "./id-chain.js" */

/** The most edges and steps that are shown. */
const MAX_EDGES = 300;
const MAX_STEPS = 60;
/** A chain of fewer ids is not shown: the edges say the same. */
const MIN_STEPS = 3;

export class Linked {
  /** @param {DetailsEvents} on */
  constructor(on) {
    this.on = on;
    this.element = h("div", { class: "linked" });
    /** @type {Edge[] | undefined} */
    this.edges = undefined;
    /** The state of the journey that the edges are of. */
    /** @type {string | undefined} */
    this.loadedFor = undefined;
  }

  reset() {
    this.edges = undefined;
    this.loadedFor = undefined;
  }

  /**
   * Shows the edges of a journey. Loads them when the journey has changed since the last time.
   *
   * @param {Journey} journey
   * @param {Preferences} settings
   */
  show(journey, settings) {
    const wanted = wantedOf(journey);
    if (this.edges) this.draw(this.edges, journey, settings);
    if (this.loadedFor !== wanted) this.load(wanted, journey, settings);
  }

  /**
   * @param {string} wanted
   * @param {Journey} journey
   * @param {Preferences} settings
   */
  async load(wanted, journey, settings) {
    this.loadedFor = wanted;
    if (!this.edges) fill(this.element, h("p", { class: "quiet", role: "status" }, "Loading the evidence…"));
    try {
      const { edges } = await this.on.evidence();
      if (this.loadedFor !== wanted) return;
      this.edges = edges;
      this.draw(edges, journey, settings);
    } catch (failure) {
      if (this.loadedFor !== wanted) return;
      this.loadedFor = undefined;
      fill(
        this.element,
        failed(/** @type {Failure} */ (failure), "The evidence", () => this.load(wanted, journey, settings)),
      );
    }
  }

  /**
   * @param {Edge[]} edges
   * @param {Journey} journey
   * @param {Preferences} settings
   */
  draw(edges, journey, settings) {
    if (!edges.length) {
      const text = "One system reported everything under one id, so no links were needed.";
      fill(this.element, h("p", { class: "quiet" }, text));
      return;
    }
    const order = [...edges].sort(
      (a, b) => Number(a.retracted) - Number(b.retracted) || certaintyOf(a) - certaintyOf(b),
    );
    const inferred = edges.filter((edge) => !edge.retracted && certaintyOf(edge) < 1).length;
    /** @type {(edge: Edge, act: DecisionAct) => void} */
    const decide = (edge, act) =>
      confirmDecision(edge, act, journey.id, (reason) => {
        edge.retracted = act === "retract";
        edge.decisions = [{ act, at: new Date().toISOString(), reason }, ...(edge.decisions ?? [])];
        this.draw(edges, journey, settings);
        this.on.decided(act);
        this.load(wantedOf(journey), journey, settings);
      });
    fill(
      this.element,
      h(
        "p",
        {},
        `${count(edges.length, "link")} hold${edges.length === 1 ? "s" : ""} this journey together. `,
        originOf(edges.length, inferred),
        " A phone number alone never links journeys.",
      ),
      this.chain(edges, journey),
      h(
        "ol",
        { class: "edges" },
        order.slice(0, MAX_EDGES).map((edge) => edgeItem(edge, settings.zone, decide)),
      ),
      order.length > MAX_EDGES && h("p", { class: "quiet" }, `and ${order.length - MAX_EDGES} more`),
    );
  }

  /**
   * How one id leads to the next.
   *
   * @param {Edge[]} edges
   * @param {Journey} journey
   */
  chain(edges, journey) {
    const ids = (journey.ids ?? []).map(({ namespace, value }) => `${namespace}:${value}`);
    const first = ids.find((id) => edges.some(({ a, b, retracted }) => !retracted && (a === id || b === id)));
    const steps = first ? chainOf(first, edges) : [];
    if (steps.length < MIN_STEPS) return undefined;
    return h(
      "ol",
      { class: "chain", "aria-label": "How one id leads to the next" },
      steps.slice(0, MAX_STEPS).map((step) => this.step(step)),
      steps.length > MAX_STEPS && h("li", { class: "quiet" }, `and ${steps.length - MAX_STEPS} more`),
    );
  }

  /** @param {Step} step */
  step({ id, depth, edge }) {
    const colon = id.indexOf(":");
    const value = id.slice(colon + 1);
    const name = [
      foreign(id.slice(0, colon)),
      " ",
      searchLink(id, value.length > 12 ? `${value.slice(0, 8)}…` : value),
    ];
    const line = h("li", {});
    line.style.paddingInlineStart = `${14 + Math.min(depth, 8) * 12}px`;
    if (!edge) line.append(...name);
    else {
      // The fact that proves a restored edge may belong to the other journey until both are joined again.
      const [{ rule, confidence, source } = RESTORED] = edge.evidence;
      const how = `${rule ? ruleName(rule) : "restored"}${confidence < 1 ? `, ${Math.round(confidence * 100)}\u00a0%` : ""}`;
      line.append(
        h("span", { class: "quiet", "aria-hidden": "true" }, "└ "),
        ...name,
        " ",
        h(
          "button",
          { type: "button", class: "link quiet", title: "Show the evidence of this link", onclick: () => this.goTo(edge) },
          `${how}, `,
          foreign(source),
        ),
      );
    }
    return line;
  }

  /** @param {Edge} edge */
  goTo(edge) {
    const found = this.element.querySelector(`[data-edge="${CSS.escape(edge.id)}"]`);
    found?.scrollIntoView({ block: "nearest" });
    /** @type {HTMLElement | null | undefined} */ (found?.querySelector("a, button"))?.focus();
  }
}

/** @type {Partial<EvidenceLine> & { confidence: number, source: string }} */
const RESTORED = { confidence: 1, source: "" };

/**
 * The state of a journey whose evidence is wanted.
 *
 * @param {Journey} journey
 */
function wantedOf(journey) {
  return `${journey.id} ${journey.revision} ${journey.facts}`;
}

/**
 * Where the links come from, as a sentence.
 *
 * @param {number} all
 * @param {number} inferred
 */
function originOf(all, inferred) {
  if (!inferred) return all === 1 ? "A source reported it." : "Sources reported all of them.";
  if (all === 1) return "Cxtrace inferred it: no source reported it.";
  return `Cxtrace inferred ${inferred} of them: no source reported ${inferred === 1 ? "it" : "them"}. The least certain come first.`;
}
