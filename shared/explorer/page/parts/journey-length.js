// @ts-check
// How long a journey took, or has taken so far.

import { millis } from "../lib/clock-time.js";
import { duration } from "../lib/duration.js";

/**
 * @param {{ started_at: string, ended_at?: string, duration_ms?: number }} journey
 * @param {number} now
 */
export function lengthOf(journey, now) {
  const from = millis(journey.started_at) ?? now;
  const long = journey.duration_ms ?? (millis(journey.ended_at) ?? now) - from;
  return journey.ended_at ? duration(long) : `${duration(Math.max(0, long))} so far`;
}
