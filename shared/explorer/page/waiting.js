// How long a customer waited, pure.

import { millis } from "./format.js";

const WAITING = new Set(["queue", "hold"]);

/** Milliseconds in which a queue or a hold went on, each moment once; open ones go on until `now`. */
export function waitedIn(spans, now) {
  const waits = spans
    .filter((span) => WAITING.has(span.type))
    .map((span) => [millis(span.started_at), millis(span.ended_at) ?? now])
    .sort((a, b) => a[0] - b[0]);
  let sum = 0;
  let reached = -Infinity;
  for (const [from, to] of waits) {
    if (to <= reached) continue;
    sum += to - Math.max(from, reached);
    reached = to;
  }
  return sum;
}
