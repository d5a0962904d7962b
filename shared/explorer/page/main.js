// @ts-check
// The page's entry: signs the reader in where that is needed, and shows what the address names.
//
//   #/?range=…&platform=…&insight=…&status=…&id=…   the list
//   #/j/<journey>?span=…&view=table                  a journey
//   #/compare/<journey>/<journey>                    two journeys

import { charts } from "./chart/chart.js";
import { readBack } from "./chart/read-back.js";
import { Failure } from "./client/requests.js";
import { finishSignIn, loadConfig, signOut, signsIn, token } from "./client/sign-in.js";
import { byId, button, fill, h } from "./lib/dom.js";
import { attemptSignIn, failed } from "./parts/failure.js";
import { notices } from "./parts/notices.js";
import { pageState } from "./parts/page-state.js";
import { ComparePage } from "./pages/compare/compare-page.js";
import { JourneyPage } from "./pages/journey/journey-page.js";
import { ListPage } from "./pages/list/list-page.js";
import { Picked } from "./pages/picked.js";
import { toggleHelp } from "./pages/shortcuts-help.js";
import { listenForKeys } from "./pages/shortcuts.js";

/** @import { PageConfig } from "./client/sign-in.js" */
/** @import { Page } from "./pages/contract.js" */

const JOURNEY_ID = /^[0-9a-f]{32}$/;

/** How long the page waits before it loads again when it cannot load its configuration, in milliseconds. */
const RELOAD_PAUSE = 15_000;

const holder = byId("app");
const picked = new Picked();
/** @type {PageConfig} */
let config = {};
/** @type {Page | undefined} */
let page;

/** What the charts on the page drew last. Tests compare it with the documents. */
export function drawn() {
  return [...charts].map((chart) => readBack(chart));
}

/** Shows the page that the address names. */
function route() {
  const [path, text = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parameters = new URLSearchParams(text);
  const [first, ...ids] = path.split("/").map(decode);
  const routed = page !== undefined;
  page?.close();
  notices.clear();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  document.title = "Journeys · Cxtrace";
  page = pageOf(first, ids, parameters);
  document.body.dataset.page = first || "list";
  fill(holder, page.element);
  if (routed) page.element.focus({ preventScroll: true });
  else page.begin?.();
  scrollTo(0, 0);
}

/**
 * @param {string} first
 * @param {string[]} ids
 * @param {URLSearchParams} parameters
 * @returns {Page}
 */
function pageOf(first, ids, parameters) {
  if (first === "j" && ids.length === 1) return new JourneyPage(ids[0], parameters, { config, picked });
  if (first === "compare" && ids.length === 2 && ids.every((id) => JOURNEY_ID.test(id))) return new ComparePage(ids);
  return new ListPage(parameters, { config, picked });
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Sets up what stands around every page. */
function setUpFrame() {
  if (signsIn()) {
    const leave = () => {
      signOut();
      location.reload();
    };
    const signedIn = token() !== undefined;
    fill(byId("account"), signedIn ? button("Sign out", leave) : button("Sign in", attemptSignIn));
  }
  byId("help").addEventListener("click", toggleHelp);
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  });
  byId("notices").append(notices.element);
}

async function start() {
  try {
    config = await loadConfig();
  } catch {
    const failure = new Failure("offline", "The API cannot be reached.");
    const state = failed(failure, "The Journey Explorer", () => location.reload());
    fill(holder, h("main", { id: "main" }, state));
    setTimeout(() => location.reload(), RELOAD_PAUSE);
    return;
  }
  let problem;
  try {
    await finishSignIn();
  } catch (error) {
    problem = error instanceof Error ? error.message : String(error);
  }
  setUpFrame();
  if (signsIn() && !token()) {
    const state = pageState("sign-in", {
      icon: "lock",
      title: "Sign in to see journeys",
      text: problem ?? "Only people with access can see journeys.",
      actions: [["Sign in", attemptSignIn]],
    });
    fill(holder, h("main", { id: "main" }, state));
    return;
  }
  listenForKeys(() => page);
  addEventListener("hashchange", route);
  addEventListener("hashchange", rememberList);
  route();
  rememberList();
}

/** Remembers the list's address, so that the reader can return to it. It never holds personal data. */
function rememberList() {
  if (/^#\/(\?|$)/.test(location.hash) || location.hash === "")
    sessionStorage.setItem("cxtrace.list", location.hash || "#/");
}

start();
