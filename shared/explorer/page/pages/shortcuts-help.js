// @ts-check
// The help that lists the keys.

import { h } from "../lib/dom.js";

/**
 * Groups of keys, each with what it does.
 *
 * @type {[string, [string, string][]][]}
 */
const HELP = [
  [
    "Anywhere",
    [
      ["/", "search"],
      ["?", "this help"],
      ["Esc", "close, clear the selection"],
    ],
  ],
  [
    "In the list",
    [
      ["↑ ↓ or K J", "previous, next journey"],
      ["Enter", "open"],
    ],
  ],
  [
    "On a journey",
    [
      ["J K", "next, previous journey in the list"],
      ["T", "timeline or table"],
      ["L", "why linked"],
      ["O", "overview"],
      ["G", "find in this journey"],
      ["U", "fold or show idle time"],
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
      ["0", "show the whole journey"],
      ["Home End", "first, last span"],
      ["PgUp PgDn", "scroll the lanes"],
    ],
  ],
  [
    "With the pointer",
    [
      ["Ctrl wheel", "zoom"],
      ["Shift wheel", "move"],
      ["drag", "move"],
      ["Shift drag", "measure, then zoom there"],
      ["double click", "zoom to the span"],
      ["click a leg or gap", "zoom to it"],
    ],
  ],
];

/** Opens the help, or closes it when it is open. */
export function toggleHelp() {
  const open = /** @type {HTMLDialogElement | null} */ (document.querySelector("dialog.help"));
  if (open) return open.close();
  /** @type {HTMLDialogElement} */
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
