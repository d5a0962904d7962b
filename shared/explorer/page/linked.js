// Why the parts of a journey belong together: every edge with what proves it, and taking one back.

import { retractEdge } from "./api.js";
import { chainOf } from "./chain.js";
import { copyButton, fill, foreign, h } from "./dom.js";
import { count, millis, stamp } from "./format.js";
import { button, failed } from "./states.js";

const RULES = {
  same: "says that both are the same",
  root: "names one as the beginning of the other's chain",
  parent: "names one as what the other is part of",
  previous: "names one as what came before the other",
  related: "names them as related",
  reference: "carries one as a reference in the other",
  verification_code: "A code that was shown in the one was used in the other",
  number_handoff: "A call was sent to a number, and only one call was answered there then",
};
// The same in two words, for the way from one id to the next.
const SHORT = {
  same: "the same",
  root: "its chain's root",
  parent: "part of it",
  previous: "came before",
  related: "related",
  reference: "a reference",
  verification_code: "a code",
  number_handoff: "a hand-off",
};
const CONCLUDED = new Set(["verification_code", "number_handoff"]);

export class Linked {
  constructor(on) {
    this.on = on;
    this.element = h("div", { class: "linked" });
    this.reset();
  }

  reset() {
    this.edges = undefined;
    this.loadedFor = undefined;
  }

  /** Shows the edges; loads them when the journey is another, or has other facts, than those were of. */
  show(journey, settings) {
    this.journey = journey;
    this.settings = settings;
    const wanted = `${journey.id} ${journey.revision} ${journey.facts}`;
    if (this.edges) this.draw();
    if (this.loadedFor !== wanted) this.load(wanted);
  }

  async load(wanted) {
    this.loadedFor = wanted;
    if (!this.edges) fill(this.element, h("p", { class: "quiet", role: "status" }, "Loading the evidence…"));
    try {
      const { edges } = await this.on.evidence();
      if (this.loadedFor !== wanted) return;
      this.edges = edges;
      this.draw();
    } catch (failure) {
      if (this.loadedFor !== wanted) return;
      this.loadedFor = undefined;
      fill(
        this.element,
        failed(failure, "The evidence", () => this.load(wanted)),
      );
    }
  }

  draw() {
    const { edges } = this;
    if (!edges.length) {
      fill(
        this.element,
        h("p", { class: "quiet" }, "One system told of all of this under one id: nothing had to be linked."),
      );
      return;
    }
    const sure = (edge) => Math.max(0, ...edge.evidence.map((line) => line.confidence));
    const order = [...edges].sort((a, b) => a.retracted - b.retracted || sure(a) - sure(b));
    const concluded = edges.filter((edge) => !edge.retracted && sure(edge) < 1).length;
    fill(
      this.element,
      h(
        "p",
        {},
        `${count(edges.length, "link")} hold${edges.length === 1 ? "s" : ""} this journey together. `,
        howSure(edges.length, concluded),
        " A phone number alone never joins.",
      ),
      this.chain(),
      h(
        "ol",
        { class: "edges" },
        order.slice(0, 300).map((edge) => this.edge(edge, sure(edge))),
      ),
      order.length > 300 && h("p", { class: "quiet" }, `and ${order.length - 300} more, in the export`),
    );
  }

  /** How one id leads to the next, when that is more than one step. */
  chain() {
    const { edges, journey } = this;
    const first = journey.ids?.find(({ namespace, value }) => joins(edges, `${namespace}:${value}`));
    const steps = first ? chainOf(`${first.namespace}:${first.value}`, edges) : [];
    if (steps.length < 3) return undefined;
    return h(
      "ol",
      { class: "chain", "aria-label": "How one leads to the next" },
      steps.slice(0, 60).map((step) => this.step(step)),
      steps.length > 60 && h("li", { class: "quiet" }, `and ${steps.length - 60} more`),
    );
  }

  step({ id, depth, edge }) {
    const colon = id.indexOf(":");
    const value = id.slice(colon + 1);
    const words = [
      foreign(id.slice(0, colon)),
      " ",
      h("code", {}, foreign(value.length > 12 ? `${value.slice(0, 8)}…` : value)),
    ];
    const line = h("li", { title: id });
    line.style.paddingInlineStart = `${14 + Math.min(depth, 8) * 12}px`;
    if (!edge) line.append(...words);
    else {
      const [{ rule, confidence: sure, source }] = edge.evidence;
      const how = `${SHORT[rule] ?? rule}${sure < 1 ? `, ${Math.round(sure * 100)}\u00a0%` : ""}`;
      line.append(
        h("span", { class: "quiet", "aria-hidden": "true" }, "└ "),
        h("button", { type: "button", class: "link", onclick: () => this.goTo(edge) }, words),
        h("span", { class: "quiet" }, ` ${how}, `, foreign(source)),
      );
    }
    return line;
  }

  goTo(edge) {
    const found = this.element.querySelector(`[data-edge="${CSS.escape(edge.id)}"]`);
    found?.scrollIntoView({ block: "nearest" });
    found?.querySelector("button")?.focus();
  }

  edge(edge, sure) {
    return h(
      "li",
      { class: `edge ${edge.retracted ? "retracted" : ""}`, data: { edge: edge.id } },
      h(
        "p",
        { class: "ends" },
        idText(edge.a),
        h("span", { class: "joint", "aria-label": "linked with" }, "⟷"),
        idText(edge.b),
      ),
      edge.retracted
        ? h("p", { class: "outcome abandoned" }, "Retracted: it joins nothing any more.")
        : confidence(sure),
      h(
        "ul",
        { class: "evidence" },
        edge.evidence.slice(0, 20).map((line) => this.evidence(line)),
      ),
      !edge.retracted && button("Retract this link…", () => this.confirm(edge), "plain retract"),
    );
  }

  evidence({ rule, source, at, fact, confidence: sure }) {
    const text = RULES[rule] ?? `joins them by the rule ${rule}`;
    return h(
      "li",
      {},
      h("p", {}, CONCLUDED.has(rule) ? [`${text}, as `, foreign(source), " tells."] : [foreign(source), ` ${text}.`]),
      h("p", { class: "quiet" }, `rule ${rule} · confidence ${sure} · ${stamp(millis(at), this.settings.zone)}`),
      h("p", { class: "quiet id-line" }, "fact ", h("code", {}, fact), copyButton(fact, "the fact's id")),
    );
  }

  confirm(edge) {
    const status = h("p", { class: "outcome error", role: "alert" });
    const dialog = h(
      "dialog",
      { class: "confirm", "aria-labelledby": "confirm-title" },
      h("h2", { id: "confirm-title" }, "Retract this link?"),
      h("p", { class: "ends" }, idText(edge.a), h("span", { class: "joint" }, "⟷"), idText(edge.b)),
      h(
        "p",
        {},
        "From now on these two never join again, whatever else says so. The journey is put together anew, and may fall into two. Everybody sees the change; where people sign in, it is kept who made it. It cannot be taken back here.",
      ),
      status,
      h(
        "p",
        { class: "actions" },
        button("Keep it", () => dialog.close()),
        button(
          "Retract",
          async (event) => {
            event.target.disabled = true;
            try {
              await retractEdge(edge.id, this.journey.id);
              dialog.close();
              this.loadedFor = undefined;
              edge.retracted = true;
              this.draw();
              this.on.retracted();
            } catch (failure) {
              event.target.disabled = false;
              fill(status, `${failure.message} Nothing was changed.`);
            }
          },
          "danger",
        ),
      ),
    );
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

function joins(edges, id) {
  return edges.some((edge) => !edge.retracted && (edge.a === id || edge.b === id));
}

function howSure(all, concluded) {
  if (!concluded) return all === 1 ? "A source told it." : "All of them were told by a source.";
  if (all === 1) return "It was concluded rather than told.";
  return `${concluded} of them ${concluded === 1 ? "was" : "were"} concluded rather than told; what is least sure comes first.`;
}

function idText(id) {
  const colon = id.indexOf(":");
  return h(
    "span",
    { class: "id-text" },
    h("span", { class: "quiet" }, id.slice(0, colon)),
    h("code", {}, foreign(id.slice(colon + 1))),
  );
}

function confidence(sure) {
  const meter = h("span", { class: "meter", "aria-hidden": "true" }, h("span", { class: "meter-fill" }));
  meter.firstChild.style.width = `${Math.round(sure * 100)}%`;
  return h(
    "p",
    { class: "confidence" },
    meter,
    sure >= 1 ? "certain: a source says so" : `concluded, ${Math.round(sure * 100)} %`,
  );
}
