// How the ids of a journey lead from one to the next: a tree over its links, pure.

/**
 * The ids that `edges` join to `first`, each below the one that it is reached from, in as few steps as can be:
 * `[{id, depth, edge}]`, the first without an edge. Retracted edges lead nowhere.
 */
export function chainOf(first, edges) {
  const links = new Map();
  const add = (from, to, edge) => {
    if (!links.has(from)) links.set(from, []);
    links.get(from).push({ to, edge });
  };
  for (const edge of edges) {
    if (edge.retracted) continue;
    add(edge.a, edge.b, edge);
    add(edge.b, edge.a, edge);
  }
  const below = new Map([[first, []]]);
  const reached = [first];
  for (const id of reached) {
    for (const { to, edge } of links.get(id) ?? []) {
      if (below.has(to)) continue;
      below.set(to, []);
      below.get(id).push({ id: to, edge });
      reached.push(to);
    }
  }
  const found = [];
  const open = [{ id: first, depth: 0 }];
  while (open.length) {
    const each = open.pop();
    found.push(each);
    for (const next of below.get(each.id).toReversed()) open.push({ ...next, depth: each.depth + 1 });
  }
  return found;
}
