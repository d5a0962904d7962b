// Scenes, timelines and views of the chart: what is drawn where, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { eachVisible, Geometry } from "../../../shared/explorer/page/chart/geometry.js";
import { hit } from "../../../shared/explorer/page/chart/hit.js";
import { sceneOf } from "../../../shared/explorer/page/chart/scene.js";
import { Timeline, foldsOf } from "../../../shared/explorer/page/chart/timeline.js";
import { View } from "../../../shared/explorer/page/chart/view.js";
import { millis } from "../../../shared/explorer/page/lib/clock-time.js";
import { NOW, hard, rng, sized, stories } from "../support/journeys.mjs";

const scene = (journey, settings = {}) => sceneOf(journey, { now: NOW, ...settings });

test("spans of one row do not overlap, and every span is in its platform's lane", () => {
  for (const { journey } of [...stories(), hard(), sized(5000)]) {
    const s = scene(journey);
    assert.equal(s.count, journey.spans.length);
    for (let row = 0; row < s.rows; row++) {
      for (let p = s.rowStart[row] + 1; p < s.rowStart[row + 1]; p++) {
        assert.ok(s.start[p] >= Math.max(s.end[p - 1], s.start[p - 1] + 1), `${journey.summary}: row ${row}`);
      }
    }
    for (const lane of s.lanes) {
      for (let row = lane.first; row < lane.first + lane.rows; row++) {
        for (let p = s.rowStart[row]; p < s.rowStart[row + 1]; p++) assert.equal(s.span(p).platform, lane.platform);
      }
    }
  }
});

test("a span is drawn below the span that it is part of", () => {
  const { journey } = stories().find((each) => each.journey.summary.includes("Second line"));
  const s = scene(journey);
  const hold = journey.spans.find((span) => span.type === "hold");
  assert.ok(s.row[s.positionOf(hold.key)] > s.row[s.positionOf(hold.parent)]);
});

test("a lane has as many rows as spans that overlap", () => {
  const { journey } = sized(3000);
  const s = scene(journey);
  for (const lane of s.lanes) {
    const edges = [];
    for (let p = s.rowStart[lane.first]; p < s.rowStart[lane.first + lane.rows]; p++) {
      edges.push([s.start[p], 1], [Math.max(s.end[p], s.start[p] + 1), -1]);
    }
    edges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let open = 0;
    let most = 0;
    for (const [, change] of edges) most = Math.max(most, (open += change));
    assert.equal(lane.rows, most, lane.platform);
  }
});

test("starts and ends of a scene are those of the document, to the millisecond", () => {
  for (const { journey } of [...stories(), hard()]) {
    const s = scene(journey, { fold: false });
    journey.spans.forEach((span) => {
      const p = s.positionOf(span.key);
      assert.equal(s.origin + s.start[p], millis(span.started_at));
      if (span.ended_at) assert.equal(s.origin + s.end[p], millis(span.ended_at));
      else if (span.flags) assert.equal(s.end[p], s.start[p]);
      else assert.equal(s.end[p], Infinity);
    });
  }
});

test("raw times are the times that the source reported", () => {
  const { journey } = stories().find((each) => each.journey.clocks.length === 2);
  const s = scene(journey, { times: "raw", fold: false });
  for (const span of journey.spans.filter((each) => each.raw)) {
    assert.equal(s.origin + s.start[s.positionOf(span.key)], millis(span.raw.started_at));
  }
});

test("times and places map to each other exactly outside of folds", () => {
  const next = rng(7);
  for (let round = 0; round < 200; round++) {
    const covers = Array.from({ length: 1 + Math.floor(next() * 20) }, () => {
      const from = Math.floor(next() * 3e9);
      return [from, from + Math.floor(next() * 1e6)];
    });
    const end = Math.max(...covers.map(([, to]) => to));
    const folds = foldsOf(
      Float64Array.from(covers, ([from]) => from),
      Float64Array.from(covers, ([, to]) => to),
      end,
    );
    const timeline = new Timeline(end, folds);
    for (const [from, to] of covers) {
      for (const t of [from, to, Math.floor((from + to) / 2)]) {
        assert.equal(timeline.time(timeline.place(t)), t);
        assert.ok(Number.isInteger(timeline.place(t)));
      }
      assert.equal(timeline.place(to) - timeline.place(from), to - from, "what is covered keeps its length");
    }
    for (const fold of folds) {
      assert.ok(!covers.some(([from, to]) => from < fold.end && to > fold.start), "a fold holds nothing");
    }
  }
});

test("idle days are folded, and the spans between them are not", () => {
  const { journey } = hard();
  const folded = scene(journey);
  assert.ok(folded.timeline.folds.length >= 4);
  assert.ok(folded.timeline.length < 3 * 3600e3);
  const one = folded.positionOf(journey.spans.find((span) => span.name === "One millisecond").key);
  assert.equal(folded.to[one] - folded.from[one], 1);
  assert.equal(scene(journey, { fold: false }).timeline.folds.length, 0);
});

test("a view is exact to the millisecond in thirty days, at full zoom", () => {
  const view = new View(30 * 864e5, 1200);
  const at = 29 * 864e5 + (123_456_789 % 864e5);
  view.show(at, at + 1);
  for (let t = at - 3; t <= at + 3; t++) {
    assert.equal(Math.round(view.place(view.x(t))), t);
    assert.ok(Math.abs(view.x(t + 1) - view.x(t) - view.scale) < 1e-3);
  }
  assert.ok(view.scale > 50);
});

test("zooming keeps the place under the pointer, and stops at the whole journey", () => {
  const view = new View(1e6, 1000);
  const place = view.place(300);
  for (let i = 0; i < 30; i++) view.zoom(1.3, 300);
  assert.ok(Math.abs(view.place(300) - place) < 1e-6);
  for (let i = 0; i < 90; i++) view.zoom(0.7, 800);
  assert.ok(view.fitted);
  assert.ok(view.x(0) > 0 && view.x(1e6) < 1000);
});

test("every visible span is hit where it is drawn", () => {
  for (const { journey } of [...stories(), hard()]) {
    const s = scene(journey);
    const geometry = new Geometry(s);
    const view = new View(s.length, 1200);
    eachVisible(s, view, geometry, 0, 1e6, (p, x, width, y, alone) => {
      if (!alone || width < 10) return;
      const found = hit(s, view, geometry, 0, x + width / 2, y + 4);
      assert.ok(found.p !== undefined);
      if (found.kind === "span") assert.equal(found.p, p, s.span(p).name);
    });
  }
});

test("a hundred thousand spans need no more marks than there are pixels", () => {
  const s = scene(sized(100_000).journey);
  const geometry = new Geometry(s);
  const view = new View(s.length, 1200);
  let drawn = 0;
  eachVisible(s, view, geometry, 0, 600, () => drawn++);
  assert.ok(drawn > 1000 && drawn < 1200 * 30, String(drawn));
});
