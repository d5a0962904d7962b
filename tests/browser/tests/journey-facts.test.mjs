// What the page computes from a journey: the chain of its ids, and the time that goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chainOf } from "../../../shared/explorer/page/pages/journey/id-chain.js";
import { partsUntil, shownParts, waitOf } from "../../../shared/explorer/page/lib/customer-time.js";
import { TIME_KINDS } from "../../../shared/explorer/page/client/vocabulary.js";
import { duration } from "../../../shared/explorer/page/lib/duration.js";
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

test("the parts of the customer's time add up to the total that is shown", () => {
  const texts = (...all) => shownParts(all.map(([kind, ms]) => ({ kind, duration_ms: ms }))).map((part) => duration(part.duration_ms));
  assert.deepEqual(texts(["queue", 47_600], ["hold", 22_700]), ["47 s", "23 s"]);
  assert.deepEqual(texts(["queue", 209_700], ["self_service", 39_800], ["transfer", 500]), ["3 min 29 s", "40 s", "1 s"]);
  // A sequence that is the same in every run.
  let seed = 14;
  const next = (most) => (seed = (seed * 48_271) % 2_147_483_647) % most;
  for (let i = 0; i < 5000; i++) {
    const parts = TIME_KINDS.map((kind) => ({ kind, duration_ms: next([1, 1500, 90_000, 7_200_000, 400_000_000][next(5)]) }));
    const exact = parts.filter((part) => part.duration_ms > 0);
    const shown = shownParts(exact);
    const sum = (all) => duration(all.reduce((total, part) => total + part.duration_ms, 0));
    assert.equal(sum(shown), sum(exact), JSON.stringify(exact));
    for (const [n, { duration_ms: ms }] of shown.entries()) {
      assert.ok(Math.abs(ms - exact[n].duration_ms) <= Math.max(1000, exact[n].duration_ms / 10), JSON.stringify(exact));
    }
  }
  assert.equal(waitOf(shownParts([{ kind: "queue", duration_ms: 47_600 }, { kind: "hold", duration_ms: 22_700 }])), 70_000);
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
