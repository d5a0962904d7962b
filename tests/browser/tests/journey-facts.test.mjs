// What the page computes from a journey: the chain of its ids, and the time that goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chainOf } from "../../../shared/explorer/page/pages/journey/id-chain.js";
import { partsUntil } from "../../../shared/explorer/page/lib/customer-time.js";
import { NOW } from "../support/journeys.mjs";

test("the chain of ids takes the shortest way and no retracted edge", () => {
  const edge = (a, b, retracted = false) => ({ id: `${a}${b}`, a, b, retracted });
  const edges = [edge("call", "case"), edge("web", "call"), edge("case", "back"), edge("web", "back", true)];
  const steps = chainOf("web", edges).map(({ id, depth, edge: by }) => [id, depth, by?.id]);
  assert.deepEqual(steps, [
    ["web", 0, undefined],
    ["call", 1, "webcall"],
    ["case", 2, "callcase"],
    ["back", 3, "caseback"],
  ]);
  assert.deepEqual(chainOf("alone", edges), [{ id: "alone", depth: 0 }]);
});

test("a time that goes on is added to its kind, and every other figure is the API's", () => {
  const at = (ms) => new Date(NOW + ms).toISOString();
  const time = {
    waited_ms: 20,
    parts: [
      { kind: "queue", duration_ms: 20 },
      { kind: "agent", duration_ms: 30 },
    ],
    stretches: [
      { kind: "queue", started_at: at(0), ended_at: at(20) },
      { kind: "agent", started_at: at(20), ended_at: at(50) },
      { kind: "queue", started_at: at(50) },
    ],
  };
  const parts = (now) => partsUntil(time, NOW + now).map(({ kind, duration_ms: ms }) => [kind, ms]);
  assert.deepEqual(parts(60), [
    ["queue", 30],
    ["agent", 30],
  ]);
  assert.deepEqual(partsUntil({ ...time, stretches: time.stretches.slice(0, 2) }, NOW + 60), time.parts);
});
