// @ts-check
// The account of the customer's time, as numbers. Every figure is the API's own; only the time that goes on is added.

import { TIME_KINDS } from "../client/vocabulary.js";
import { millis } from "./clock-time.js";
import { SECOND, precision } from "./duration.js";

/** @import { TimeAccount, TimeKind, TimePart } from "../client/types.js" */

/**
 * The parts of the time until `now`, with the stretch that goes on.
 *
 * @param {TimeAccount} time
 * @param {number} now
 * @returns {TimePart[]}
 */
export function partsUntil(time, now) {
  const sums = new Map(time.parts.map(({ kind, duration_ms: ms }) => [kind, ms]));
  const open = time.stretches.find((stretch) => stretch.ended_at === undefined);
  if (open) sums.set(open.kind, (sums.get(open.kind) ?? 0) + Math.max(0, now - (millis(open.started_at) ?? now)));
  return TIME_KINDS.filter((kind) => sums.has(kind)).map((kind) => ({ kind, duration_ms: sums.get(kind) ?? 0 }));
}

/** The kinds in which the customer waits. @type {readonly TimeKind[]} */
const WAITS = ["queue", "hold"];

/**
 * Which parts are shown longer last: insights name these times. @type {readonly TimeKind[][]}
 */
const NAMED = [["ai", "gap"], ["hold"], ["queue"]];

/**
 * The parts as texts show them: each is rounded down or up, so that their sum has the text of the exact sum. Queue and
 * hold add up to the waiting time. `shown_time.rs` rounds in the same way for summaries.
 *
 * @param {TimePart[]} parts
 * @param {(ms: number) => number} [precisionOf] the precision of the text of a duration
 * @returns {TimePart[]}
 */
export function shownParts(parts, precisionOf = precision) {
  const exact = parts.map((part) => part.duration_ms);
  const own = exact.map((ms) => precisionOf(ms));
  /** @type {(ms: number) => number} */
  const down = (ms) => ms - (ms % precisionOf(ms));
  const lost = exact.map((ms, n) => ms % own[n]);
  const rank = parts.map(({ kind }) => NAMED.findIndex((kinds) => kinds.includes(kind)) + 1);
  const waiting = parts.map(({ kind }) => WAITS.includes(kind));
  /** @type {(n: number, step: number) => number} */
  const raised = (n, step) => (Math.floor(exact[n] / step) + 1) * step;
  /** @type {(all: number[]) => number} */
  const waited = (all) => sum(all.filter((_, n) => waiting[n]));
  let shown = exact.map((ms, n) => ms - lost[n]);

  const waits = [...shown];
  const losing = [...exact.keys()].filter((n) => lost[n] > 0);
  for (const n of losing.filter((each) => waiting[each]).sort((a, b) => rank[a] - rank[b])) {
    if (waited(waits) < down(waited(exact))) waits[n] = raised(n, own[n]);
  }
  if (waited(waits) <= waited(exact)) shown = waits;

  const total = sum(exact);
  const common = Math.min(SECOND, precisionOf(total));
  const steps = [
    ...losing.map((n) => ({ n, step: own[n] })),
    ...[...exact.keys()].filter((n) => own[n] < common).map((n) => ({ n, step: common })),
  ].sort(
    (a, b) =>
      rank[a.n] - rank[b.n] || Number(a.step !== own[a.n]) - Number(b.step !== own[b.n]) || lost[b.n] - lost[a.n],
  );
  for (const { n, step } of steps) {
    if (sum(shown) < down(total)) shown[n] = Math.max(shown[n], raised(n, step));
  }
  return parts.map(({ kind }, n) => ({ kind, duration_ms: shown[n] }));
}

/**
 * The time in queues and on hold.
 *
 * @param {TimePart[]} parts
 */
export function waitOf(parts) {
  return sum(parts.filter(({ kind }) => WAITS.includes(kind)).map((part) => part.duration_ms));
}

/** @param {number[]} all */
function sum(all) {
  return all.reduce((total, each) => total + each, 0);
}

/**
 * The parts of the time between two times in milliseconds since 1970.
 *
 * @param {TimeAccount} time
 * @param {number} from
 * @param {number} to
 * @returns {TimePart[]}
 */
export function partsBetween(time, from, to) {
  const sums = new Map();
  for (const { kind, started_at: start, ended_at: end } of time.stretches) {
    const long = Math.min(to, millis(end) ?? to) - Math.max(from, millis(start) ?? from);
    if (long > 0) sums.set(kind, (sums.get(kind) ?? 0) + long);
  }
  return TIME_KINDS.filter((kind) => sums.has(kind)).map((kind) => ({ kind, duration_ms: sums.get(kind) }));
}
