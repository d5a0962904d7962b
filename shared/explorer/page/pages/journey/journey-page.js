// @ts-check
// The page of one journey: loads it, keeps it up to date, and shows failures.

import { getEvidence, getJourney } from "../../client/requests.js";
import { clock } from "../../lib/clock-time.js";
import { announce, fill, h } from "../../lib/dom.js";
import { Poll } from "../../lib/poll.js";
import { preferences } from "../../lib/preferences.js";
import { failed } from "../../parts/failure.js";
import { notices } from "../../parts/notices.js";
import { loading } from "../../parts/page-state.js";
import { differences } from "./differences.js";
import { JourneyViewer } from "./journey-viewer.js";

/** @import { Failure } from "../../client/requests.js" */
/** @import { DecisionAct } from "../../client/types.js" */
/** @import { PageConfig } from "../../client/sign-in.js" */
/** @import { Picked } from "../picked.js" */

/** The pause between two requests in milliseconds. It is longer for a settled journey. */
const PAUSE = 5000;
const SETTLED_FACTOR = 6;

export class JourneyPage {
  /**
   * @param {string} id
   * @param {URLSearchParams} parameters
   * @param {{ config: PageConfig, picked: Picked }} options
   */
  constructor(id, parameters, { config, picked }) {
    this.id = id;
    /** The address that named this page. The reader may have left it when the journey arrives. */
    this.address = location.hash;
    this.config = config;
    this.picked = picked;
    this.wanted = { span: parameters.get("span") ?? undefined, table: parameters.get("view") === "table" };
    /** The API's last response. */
    /** @type {string | undefined} */
    this.text = undefined;
    this.taken = 0;
    /** @type {JourneyViewer | undefined} */
    this.viewer = undefined;
    this.element = h("main", { class: "journey-page", id: "main", tabIndex: -1 });
    fill(this.element, loading("journey", "The journey"));
    this.poll = new Poll(
      (signal) => this.refresh(signal),
      () => this.pause(),
      (failure) => this.onFailure(failure),
    );
    this.poll.now();
  }

  close() {
    this.poll.close();
    this.viewer?.close();
  }

  pause() {
    const base = this.config.poll_ms ?? PAUSE;
    const status = this.viewer?.journey.status;
    return status === "settled" || status === "revised" ? base * SETTLED_FACTOR : base;
  }

  /** @param {AbortSignal} signal */
  async refresh(signal) {
    const { journey, text, movedFrom } = await getJourney(this.id, signal, this.text);
    notices.hide("down");
    if (!journey) return;
    this.text = text;
    this.taken = Date.now();
    if (movedFrom) this.moved(movedFrom, journey.id);
    if (!this.viewer) {
      this.viewer = new JourneyViewer(this.element, journey, {
        picked: this.picked,
        wanted: this.wanted,
        address: this.address,
        evidence: () => getEvidence(this.id),
        decided: (act) => this.decided(act),
      });
      announce(journey.summary);
      return;
    }
    const changes = differences(this.viewer.journey, journey);
    this.viewer.show(journey);
    if (movedFrom) this.viewer.writeAddressSoon();
    if (!changes) return;
    notices.show("revised", { kind: "info", text: `This journey changed while you were viewing it: ${changes}.` });
    announce(`The journey changed: ${changes}`);
  }

  /**
   * The journey is now part of another one: requests that one from now on, and tells the reader.
   *
   * @param {string} from
   * @param {string} to
   */
  moved(from, to) {
    this.id = to;
    notices.show("moved", {
      kind: "info",
      text: `The journey that you opened (${from.slice(0, 8)}…) is now part of this one. Its old address still works.`,
    });
  }

  /** @param {Failure} failure */
  onFailure(failure) {
    if (this.viewer && failure.kind !== "signed_out" && failure.kind !== "missing") {
      const time = clock(this.taken, preferences().zone);
      notices.show("down", {
        kind: "warning",
        text: `${failure.message} The page shows the journey as it was at ${time}. Trying again.`,
        actions: [["Try now", () => this.poll.now()]],
      });
      return;
    }
    this.viewer?.close();
    this.viewer = this.text = undefined;
    fill(
      this.element,
      failed(failure, "The journey", () => this.poll.now()),
    );
  }

  /**
   * An edge was retracted or restored, so the journey is about to change.
   *
   * @param {DecisionAct} act
   */
  decided(act) {
    const done = act === "retract" ? "retracted" : "restored";
    notices.show("decided", {
      kind: "info",
      text: `The link is ${done}. Cxtrace is rebuilding the journey, and this page updates in a moment.`,
    });
    this.poll.now();
  }
}
