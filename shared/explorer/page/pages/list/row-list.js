// @ts-check
// The rows of the list: keeps an element for each, draws only those that have changed, and moves the focus among them.

import { arrange, fill, h } from "../../lib/dom.js";
import { plainLine } from "../../lib/format.js";
import { preferences } from "../../lib/preferences.js";
import { rowElement } from "./row.js";

/** @import { Row } from "../../client/types.js" */
/** @import { RowGroup } from "./match-groups.js" */

export class RowList {
  /** @param {(row: Row) => Node} box makes the box that selects a row for comparing */
  constructor(box) {
    this.box = box;
    /** The elements of rows, each with the content that it shows. */
    /** @type {Map<string, { written: string, element: HTMLElement }>} */
    this.elements = new Map();
    /** The lists by their headings. */
    /** @type {Map<string, { section: HTMLElement, heading: HTMLElement, list: HTMLElement }>} */
    this.lists = new Map();
    this.element = h("div", { class: "row-groups" });
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  /** Forgets all elements, so that the next drawing makes them again. */
  clear() {
    this.elements.clear();
  }

  /** @param {string} id */
  remove(id) {
    this.elements.delete(id);
  }

  /**
   * @param {RowGroup[]} groups with at least one row
   * @param {string[]} fresh the ids of new rows
   */
  draw(groups, fresh) {
    const focused = this.focused();
    const now = Date.now();
    const sections = groups.map((group) => {
      const { section, heading, list } = this.listOf(group.heading ?? "");
      heading.hidden = !group.heading;
      fill(heading, plainLine(group.heading ?? ""), " ", group.note && h("span", { class: "quiet" }, group.note));
      arrange(
        list,
        group.rows.map((row) => this.elementOf(row, now, fresh.includes(row.id))),
      );
      return section;
    });
    arrange(this.element, sections);
    if (!this.element.querySelector("[tabindex='0']")) this.links()[0].tabIndex = 0;
    return () => this.refocus(focused);
  }

  /**
   * The list below a heading, which stays the same element.
   *
   * @param {string} name
   */
  listOf(name) {
    const held = this.lists.get(name);
    if (held) return held;
    const heading = h("h2", {});
    const list = h("ol", { class: "rows", "aria-label": name || "Journeys" });
    const made = { section: h("section", { class: "row-group" }, heading, list), heading, list };
    this.lists.set(name, made);
    return made;
  }

  focused() {
    return this.element.contains(document.activeElement) ? rowOf(document.activeElement)?.dataset.id : undefined;
  }

  /**
   * Focuses a row whose element has been replaced.
   *
   * @param {string | undefined} id
   */
  refocus(id) {
    if (!id || this.element.contains(document.activeElement)) return;
    const row = this.element.querySelector(`[data-id="${CSS.escape(id)}"]`);
    if (row) linkOf(row).focus({ preventScroll: true });
  }

  /**
   * The element of a row. It is the existing one unless the row has changed.
   *
   * @param {Row} row
   * @param {number} now
   * @param {boolean} fresh
   */
  elementOf(row, now, fresh) {
    const written = JSON.stringify(row) + (row.ended_at ? "" : Math.floor(now / 1000));
    const held = this.elements.get(row.id);
    if (held?.written === written) {
      held.element.classList.remove("fresh");
      return held.element;
    }
    const tabIndex = held ? linkOf(held.element).tabIndex : -1;
    const element = rowElement(row, { now, zone: preferences().zone, tabIndex, box: this.box(row) });
    if (fresh) element.classList.add("fresh");
    this.elements.set(row.id, { written, element });
    return element;
  }

  links() {
    return /** @type {HTMLAnchorElement[]} */ ([...this.element.querySelectorAll("a.row")]);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const links = this.links();
    const at = links.findIndex((link) => link === document.activeElement);
    /** @type {Record<string, number | undefined>} */
    const targets = { ArrowDown: at + 1, ArrowUp: at - 1, j: at + 1, k: at - 1, Home: 0, End: links.length - 1 };
    const to = targets[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.focusRow(links, to);
  }

  /**
   * @param {HTMLAnchorElement[]} links
   * @param {number} to
   */
  focusRow(links, to) {
    const link = links[Math.max(0, Math.min(links.length - 1, to))];
    if (!link) return;
    for (const other of links) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
    link.scrollIntoView({ block: "nearest" });
  }

  /** Moves the focus from the search to the rows. */
  enter() {
    const links = this.links();
    const at = links.findIndex((link) => link.tabIndex === 0);
    this.focusRow(links, Math.max(0, at));
  }
}

/** @param {Element | null} element */
function rowOf(element) {
  return /** @type {HTMLElement | null | undefined} */ (element?.closest("[data-id]"));
}

/** @param {Element} row */
function linkOf(row) {
  return /** @type {HTMLAnchorElement} */ (row.querySelector("a"));
}
