// @ts-check
// How the ids of a journey link to each other, as a tree over its edges.

/** @import { Edge } from "../../client/types.js" */

/** An id, how many edges lead to it, and the last of these. The first id has no edge. */
/** @typedef {{ id: string, depth: number, edge?: Edge }} Step */

/**
 * The ids that `edges` link to `first`, each below the id that leads to it, by the shortest way. Retracted edges do not
 * count.
 *
 * @param {string} first
 * @param {Edge[]} edges
 * @returns {Step[]}
 */
export function chainOf(first, edges) {
  /** @type {Map<string, { to: string, edge: Edge }[]>} */
  const links = new Map();
  /** @type {(from: string, to: string, edge: Edge) => void} */
  const add = (from, to, edge) => {
    const held = links.get(from);
    if (held) held.push({ to, edge });
    else links.set(from, [{ to, edge }]);
  };
  for (const edge of edges) {
    if (edge.retracted) continue;
    add(edge.a, edge.b, edge);
    add(edge.b, edge.a, edge);
  }
  /** @type {Map<string, { id: string, edge: Edge }[]>} */
  const below = new Map([[first, []]]);
  const reached = [first];
  for (const id of reached) {
    for (const { to, edge } of links.get(id) ?? []) {
      if (below.has(to)) continue;
      below.set(to, []);
      below.get(id)?.push({ id: to, edge });
      reached.push(to);
    }
  }
  const found = [];
  /** @type {Step[]} */
  const open = [{ id: first, depth: 0 }];
  for (let step = open.pop(); step; step = open.pop()) {
    found.push(step);
    for (const next of (below.get(step.id) ?? []).toReversed()) open.push({ ...next, depth: step.depth + 1 });
  }
  return found;
}
