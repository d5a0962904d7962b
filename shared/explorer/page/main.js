// Where the page begins: signs in where that is needed, and shows what the address names.
//
//   #/?range=…&platform=…&insight=…&status=…&id=…   the list
//   #/j/<journey>?span=…&view=table                  a journey
//   #/compare/<journey>/<journey>                    two of them

import { attemptSignIn, failed, notices, state } from "./states.js";
import { finishSignIn, forget, loadConfig, signsIn, token } from "./auth.js";
import { ComparePage, Picked } from "./compare.js";
import { fill, h } from "./dom.js";
import { JourneyPage } from "./journey.js";
import { hearKeys, help } from "./keys.js";
import { List } from "./list.js";
import { prefer, preferences } from "./prefs.js";

const holder = document.getElementById("app");
const picked = new Picked();
let config = {};
let page = {};

function route() {
  const [path, text = ""] = location.hash.replace(/^#\/?/, "").split("?");
  const parameters = new URLSearchParams(text);
  const [first, ...ids] = path.split("/").map(plain);
  page.close?.();
  notices.clear();
  for (const dialog of document.querySelectorAll("dialog")) dialog.close();
  document.title = "Journeys · Cxtrace";
  const use = { config, picked };
  const journey = /^[0-9a-f]{32}$/;
  if (first === "j" && ids.length === 1) page = new JourneyPage(ids[0], parameters, use);
  else if (first === "compare" && ids.length === 2 && ids.every((id) => journey.test(id))) page = new ComparePage(ids);
  else page = new List(parameters, use);
  document.body.dataset.page = first || "list";
  fill(holder, page.element);
  if (routed) page.element.focus({ preventScroll: true });
  else page.begin?.();
  scrollTo(0, 0);
  routed = true;
}

let routed = false;

function plain(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function frame() {
  const account = document.getElementById("account");
  if (signsIn()) {
    const signed = token() !== undefined;
    fill(
      account,
      h(
        "button",
        { type: "button", class: "plain", onclick: () => (signed ? (forget(), location.reload()) : attemptSignIn()) },
        signed ? "Sign out" : "Sign in",
      ),
    );
  }
  document.getElementById("help").addEventListener("click", help);
  document.getElementById("skip").addEventListener("click", (event) => {
    event.preventDefault();
    document.getElementById("main")?.focus();
  });
  document.getElementById("notices").append(notices.element);
}

async function begin() {
  try {
    config = await loadConfig();
  } catch {
    fill(
      holder,
      h(
        "main",
        { id: "main" },
        failed({ kind: "offline" }, "The Journey Explorer", () => location.reload()),
      ),
    );
    setTimeout(() => location.reload(), 15_000);
    return;
  }
  let words;
  try {
    await finishSignIn();
  } catch (error) {
    words = error.message;
  }
  frame();
  if (signsIn() && !token()) {
    fill(
      holder,
      h(
        "main",
        { id: "main" },
        state("sign-in", {
          icon: "lock",
          title: "Sign in to see journeys",
          text: words ?? "Journeys are shown to people who may see them.",
          actions: [["Sign in", attemptSignIn]],
        }),
      ),
    );
    return;
  }
  hearKeys(() => page, prefer, preferences);
  addEventListener("hashchange", route);
  addEventListener("hashchange", rememberList);
  route();
  rememberList();
}

/** The list's address, to come back to. A search that may not stand there is not in it. */
function rememberList() {
  if (/^#\/(\?|$)/.test(location.hash) || location.hash === "")
    sessionStorage.setItem("cxtrace.list", location.hash || "#/");
}

begin();
