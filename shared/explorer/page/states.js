// What stands where there is nothing to show, and the notices above what is shown: each says what is wrong and what can
// be done.

import { signIn, signsIn } from "./auth.js";
import { fill, h } from "./dom.js";

const MARKS = {
  search: "M10.5 3a7.5 7.5 0 1 0 4.7 13.3l4.3 4.2M7 10.5h7",
  cloud: "M4 4l16 16M8.5 8.2A4.5 4.5 0 0 0 6.5 17H17m2.6-1.2A3.8 3.8 0 0 0 17 9.3 6 6 0 0 0 10.4 7",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  clock: "M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16M12 8v4.5l3 2",
  empty: "M4 7h7M13 12h7M6 17h5M3 3v18",
  warning: "M12 4L3 20h18zM12 10v4.5M12 17v.5",
};

function mark(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "mark");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", MARKS[name]);
  svg.append(path);
  return svg;
}

/** A page-filling state: `{icon, title, text, list, actions: [[label, act]]}`. */
export function state(name, { icon, title, text, list, actions = [], note }) {
  return h(
    "section",
    { class: "state", data: { state: name }, role: name === "loading" ? undefined : "status" },
    mark(icon),
    h("h2", {}, title),
    text && h("p", {}, text),
    list &&
      h(
        "ul",
        {},
        list.map((item) => h("li", {}, item)),
      ),
    actions.length > 0 &&
      h(
        "p",
        { class: "actions" },
        actions.map(([label, act], i) => button(label, act, i ? "plain" : "primary")),
      ),
    note && h("p", { class: "quiet" }, note),
  );
}

export function button(label, act, kind = "plain") {
  return h("button", { type: "button", class: kind, onclick: act }, label);
}

const DOWN = {
  slow: "The API takes too long",
  offline: "The API cannot be reached",
  broken: "The API cannot answer now",
};

/** The state for a failure; `retry` tries again, `what` names what was asked for. */
export function failed(failure, what, retry) {
  const note = [failure.status && `status ${failure.status}`, failure.code].filter(Boolean).join(", ");
  switch (failure.kind) {
    case "signed_out":
      return state("signed-out", {
        icon: "lock",
        title: "You are signed out",
        text: signsIn()
          ? "Your sign-in has ended, or you have not signed in yet. You will come back to this place."
          : "The API does not let you in. Ask who runs Cxtrace here for access.",
        actions: signsIn() ? [["Sign in", () => attemptSignIn()]] : [["Try again", retry]],
        note,
      });
    case "missing":
      return state("missing", {
        icon: "search",
        title: "There is no such journey",
        text: "It may have been deleted after its retention, 30 days, or the address was cut when it was copied.",
        list: ["Look for the customer's phone number or for an id of the conversation instead."],
        actions: [["Search all journeys", () => (location.hash = "#/")]],
        note,
      });
    case "refused":
      return state("refused", { icon: "warning", title: `${what} cannot be shown`, text: failure.message, note });
    case "slow":
    case "offline":
    case "broken":
      return state("down", {
        icon: "cloud",
        title: DOWN[failure.kind],
        text: `${what} cannot be loaded now. Nothing is lost: facts go on being stored, and this page tries again by itself.`,
        list: [
          "Is your network up, and the VPN if you need one?",
          "On a laptop: is the twin still running?",
          "On AWS: look at the alarms of the journey-explorer function.",
        ],
        actions: [["Try again now", retry]],
        note,
      });
    default:
      return state("garbled", {
        icon: "warning",
        title: `${what} could not be read`,
        text: "The answer is not what this page expects. Page and API may be of different versions: load the page again.",
        actions: [["Load the page again", () => location.reload()]],
        note: failure.message,
      });
  }
}

/** Goes to sign in, and says when that does not work. */
export async function attemptSignIn() {
  try {
    await signIn();
  } catch (error) {
    notices.show("sign-in", { kind: "error", text: error.message });
  }
}

/** Grey shapes where rows or a chart will be; after a while it says that it takes long. */
export function loading(kind, what) {
  const shapes = kind === "list" ? 8 : 5;
  const slow = h("p", { class: "quiet slow" }, `${what} takes longer than usual. It is still being loaded.`);
  return h(
    "section",
    { class: `loading ${kind}`, data: { state: "loading" }, "aria-busy": "true" },
    h("p", { class: "visually-hidden", role: "status" }, `Loading ${what.toLowerCase()}`),
    Array.from({ length: shapes }, () => h("div", { class: "shape", "aria-hidden": "true" })),
    slow,
  );
}

/** Notices by key, in one place above the content. */
class Notices {
  constructor() {
    this.element = h("div", { class: "notices", role: "status", "aria-live": "polite" });
    this.held = new Map();
  }

  /** `{kind: "info"|"warning"|"error", text, actions, lasting}`; the same key replaces. */
  show(key, { kind = "info", text, actions = [] }) {
    const dismiss = h(
      "button",
      { type: "button", class: "dismiss", "aria-label": "Dismiss", onclick: () => this.hide(key) },
      "×",
    );
    const line = h(
      "div",
      { class: `notice ${kind}`, data: { notice: key } },
      h("span", {}, text),
      actions.map(([label, act]) => button(label, act)),
      dismiss,
    );
    this.hide(key);
    this.held.set(key, line);
    this.element.append(line);
  }

  hide(key) {
    this.held.get(key)?.remove();
    this.held.delete(key);
  }

  clear() {
    this.held.clear();
    fill(this.element);
  }
}

export const notices = new Notices();
