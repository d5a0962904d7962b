// What the page computes from a journey: the chain of its ids, and the time that the customer waited.

import assert from "node:assert/strict";
import { test } from "node:test";
import { chainOf } from "../../../shared/explorer/page/pages/journey/id-chain.js";
import { waitingTime } from "../../../shared/explorer/page/pages/journey/waiting-time.js";
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

test("overlapping queues and holds count once", () => {
  const span = (type, from, to) => ({
    type,
    started_at: new Date(NOW + from).toISOString(),
    ...(to === undefined ? {} : { ended_at: new Date(NOW + to).toISOString() }),
  });
  const spans = [
    span("hold", 50, 60),
    span("queue", 0, 20),
    span("queue", 10, 30),
    span("ivr", 0, 99),
    span("queue", 12, 15),
  ];
  assert.equal(waitingTime(spans, NOW + 100), 40);
  assert.equal(waitingTime([...spans, span("hold", 90)], NOW + 100), 50);
  assert.equal(waitingTime([], NOW), 0);
});
