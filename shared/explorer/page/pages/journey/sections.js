// @ts-check
// Pieces of the details panel: sections, tables of names and values, and ids to copy.

import { copyButton } from "../../lib/clipboard.js";
import { foreign, h } from "../../lib/dom.js";
import { mayBeShared, readSearch } from "../list/search-text.js";
import { holdUnsharedSearch } from "../unshared-search.js";

/** @import { Child, Children } from "../../lib/children.js" */

/**
 * A section with a heading. An empty one shows the text `empty`.
 *
 * @param {string} name
 * @param {Children} content
 * @param {string} [empty]
 */
export function section(name, content, empty) {
  const list = /** @type {Child[]} */ (/** @type {unknown[]} */ ([content]).flat(Infinity)).filter(Boolean);
  return h("section", {}, h("h3", {}, name), list.length ? list : h("p", { class: "quiet" }, empty));
}

/**
 * Names and values. Rows without a value are left out.
 *
 * @param {[string, Children][]} rows
 */
export function factsTable(rows) {
  return h(
    "dl",
    { class: "facts-table" },
    rows
      .filter(([, value]) => value && !(Array.isArray(value) && value.length === 0))
      .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]),
  );
}

/**
 * Attributes of a span or an event, by name.
 *
 * @param {Record<string, string>} all
 */
export function attributesTable(all = {}) {
  const names = Object.keys(all).sort();
  if (!names.length) return undefined;
  return h(
    "dl",
    { class: "attributes" },
    names.flatMap((name) => [
      h("dt", {}, foreign(name)),
      h("dd", {}, foreign(all[name]), copyButton(String(all[name]), "the value")),
    ]),
  );
}

/**
 * An id as a link to a search by it, with a button that copies it with its namespace.
 *
 * @param {Children} label
 * @param {string} namespace
 * @param {string} value
 * @param {string} [console] the id's page in the system that issued it
 */
export function idLink(label, namespace, value, console) {
  const id = `${namespace}:${value}`;
  return h(
    "p",
    { class: "id-line" },
    h("span", { class: "quiet" }, label),
    searchLink(id, value),
    copyButton(id, "the id"),
    consoleLink(namespace, console),
  );
}

/**
 * An id as a link to a search by it. An id that could be personal does not go into the address.
 *
 * @param {string} id the id with its namespace, or a journey's own id
 * @param {string} text how the id is shown
 */
export function searchLink(id, text) {
  const shared = mayBeShared(id);
  const parameters = new URLSearchParams(shared ? { id } : { range: "all" });
  return h(
    "a",
    {
      class: "search-link",
      href: `#/?${parameters}`,
      title: `Search for journeys with ${id}`,
      onclick: !shared && (() => holdUnsharedSearch({ id })),
    },
    h("code", {}, foreign(text)),
  );
}

/**
 * The key of a span. If it is about an id, the key is a link to a search by that id.
 *
 * @param {string} key
 */
export function keyLink(key) {
  const { id } = readSearch(key);
  return [id ? searchLink(id, key) : h("code", {}, foreign(key)), copyButton(key, "the span's key")];
}

/**
 * A flow metric as a link to a search by it.
 *
 * @param {string} metric `Flow.Metric`
 */
export function metricLink(metric) {
  const title = `Search for journeys with the flow metric ${metric}`;
  return h("a", { href: `#/?${new URLSearchParams({ metric })}`, title }, foreign(metric));
}

/**
 * A link to an id's page in the system that issued it. It opens in a new tab, which learns nothing of this page. Nothing is
 * requested before a click.
 *
 * @param {string} namespace
 * @param {string | undefined} address
 */
function consoleLink(namespace, address) {
  if (!address?.startsWith("https://")) return undefined;
  const where = namespace === "trace" ? "the trace" : namespace.split(".")[0];
  return h(
    "a",
    {
      class: "console",
      href: address,
      target: "_blank",
      rel: "noopener noreferrer",
      title: `Open ${where} in a new tab: ${new URL(address).host}`,
    },
    "Open ",
    foreign(where),
    h("span", { "aria-hidden": "true" }, " ↗"),
    h("span", { class: "visually-hidden" }, " in a new tab"),
  );
}

/**
 * A journey's own id as a link to a search by it, with a button that copies it.
 *
 * @param {string} id
 */
export function journeyLink(id) {
  return h(
    "p",
    { class: "id-line" },
    h("span", { class: "quiet" }, "journey "),
    searchLink(id, id),
    copyButton(id, "the journey's id"),
  );
}
