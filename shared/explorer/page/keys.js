// The keys of the whole page, and the help that lists them.

import { h } from "./dom.js";

const HELP = [
  [
    "Anywhere",
    [
      ["/", "search"],
      ["?", "this help"],
      ["Esc", "close, deselect"],
    ],
  ],
  [
    "In the list",
    [
      ["↑ ↓ or K J", "from journey to journey"],
      ["Enter", "open"],
    ],
  ],
  [
    "On a journey",
    [
      ["J K", "next, previous journey of the list"],
      ["T", "timeline or table"],
      ["L", "why linked"],
      ["O", "overview"],
      ["G", "find in this journey"],
      ["U", "fold or unfold idle time"],
      ["R", "corrected or reported times"],
      ["Z", "local time or UTC"],
      ["M", "clock time or since start"],
    ],
  ],
  [
    "On the timeline",
    [
      ["← →", "previous, next span"],
      ["↑ ↓", "span in the row above, below"],
      ["W S or + −", "zoom"],
      ["A D or Shift ← →", "move"],
      ["Enter or F", "zoom to the span"],
      ["0", "everything"],
      ["Home End", "first, last span"],
      ["PgUp PgDn", "scroll the lanes"],
    ],
  ],
  [
    "With the pointer",
    [
      ["wheel", "zoom"],
      ["drag", "move"],
      ["Shift drag", "measure, then zoom there"],
      ["double click", "zoom to the span"],
      ["click a leg or gap", "zoom to it"],
    ],
  ],
];

export function help() {
  const open = document.querySelector("dialog.help");
  if (open) return open.close();
  const dialog = h(
    "dialog",
    { class: "help", "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "Keys"),
    h(
      "div",
      { class: "help-columns" },
      HELP.map(([name, keys]) =>
        h(
          "section",
          {},
          h("h3", {}, name),
          h(
            "dl",
            {},
            keys.map(([key, text]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, text)]),
          ),
        ),
      ),
    ),
    h(
      "p",
      { class: "actions" },
      h("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Close"),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  return dialog.showModal();
}

/** Hears the keys; `page()` is what is shown now. */
export function hearKeys(page, prefer, preferences) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    const typing = target.matches?.("input:not([type='checkbox']), select, textarea, [contenteditable]");
    if (document.querySelector("dialog[open]") && event.key !== "?") return;
    const shown = page();
    if (typing) {
      if (event.key === "ArrowDown" && target.id === "search" && shown.enter) (event.preventDefault(), shown.enter());
      return;
    }
    const act = action(event.key, shown, prefer, preferences);
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function action(key, page, prefer, preferences) {
  if (key === "?") return help;
  if (key === "/") {
    return () => {
      if (page.filterBar) page.filterBar.input.focus();
      else location.hash = "#/";
    };
  }
  if (page.enter && (key === "j" || key === "ArrowDown") && document.activeElement === document.body)
    return () => page.enter();
  if (!page.toggleTable || !page.journey) return undefined;
  const swap = (name, values) => () =>
    prefer({ [name]: values[(values.indexOf(preferences()[name]) + 1) % values.length] });
  const acts = {
    j: () => page.go(1),
    k: () => page.go(-1),
    t: () => page.toggleTable(),
    l: () => page.details.open("linked"),
    o: () => page.details.open("overview"),
    g: () => page.toolbar.input.focus(),
    u: swap("fold", [true, false]),
    r: swap("times", ["corrected", "raw"]),
    z: swap("zone", ["local", "utc"]),
    m: swap("mode", ["clock", "relative"]),
    Escape: page.chart.selected === undefined ? undefined : () => page.chart.select(undefined),
  };
  return acts[key.length === 1 ? key.toLowerCase() : key];
}
