// The parts of the page that draw nothing: scenes, timelines, views and searches.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";
import { dice, hard, sized, stories, NOW } from "./fixtures.mjs";
import { chainOf } from "../../shared/explorer/page/chain.js";
import { duration, exactDuration, millis, plainLine, relative } from "../../shared/explorer/page/format.js";
import { Geometry, eachVisible, hit } from "../../shared/explorer/page/geometry.js";
import { sceneOf } from "../../shared/explorer/page/scene.js";
import { Timeline, foldsOf } from "../../shared/explorer/page/timeline.js";
import { View } from "../../shared/explorer/page/view.js";
import { waitedIn } from "../../shared/explorer/page/waiting.js";
import {
  isPhone,
  mayBeShared,
  queryOf,
  readFilters,
  readSearch,
  writeFilters,
} from "../../shared/explorer/page/search.js";

const scene = (journey, settings = {}) => sceneOf(journey, { now: NOW, ...settings });

test("no two spans of a row overlap, and every one has a row in its platform's lane", () => {
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

test("a span is drawn below the one that it is part of", () => {
  const { journey } = stories().find((each) => each.journey.summary.includes("Second line"));
  const s = scene(journey);
  const hold = journey.spans.find((span) => span.type === "hold");
  assert.ok(s.row[s.positionOf(hold.key)] > s.row[s.positionOf(hold.parent)]);
});

test("rows are as few as spans overlap at one time", () => {
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

test("raw times are those that the source reported", () => {
  const { journey } = stories().find((each) => each.journey.clocks.length === 2);
  const s = scene(journey, { times: "raw", fold: false });
  for (const span of journey.spans.filter((each) => each.raw)) {
    assert.equal(s.origin + s.start[s.positionOf(span.key)], millis(span.raw.started_at));
  }
});

test("times and places turn into each other outside of folds, exactly", () => {
  const next = dice(7);
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

test("idle days are folded, and what is within them is not", () => {
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

test("zooming keeps what is under the pointer there, and ends at the whole", () => {
  const view = new View(1e6, 1000);
  const place = view.place(300);
  for (let i = 0; i < 30; i++) view.zoom(1.3, 300);
  assert.ok(Math.abs(view.place(300) - place) < 1e-6);
  for (let i = 0; i < 90; i++) view.zoom(0.7, 800);
  assert.ok(view.fitted);
  assert.ok(view.x(0) > 0 && view.x(1e6) < 1000);
});

test("every span that is seen can be hit where it is drawn", () => {
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

test("of a hundred thousand spans only as many are drawn as there are pixels", () => {
  const s = scene(sized(100_000).journey);
  const geometry = new Geometry(s);
  const view = new View(s.length, 1200);
  let drawn = 0;
  eachVisible(s, view, geometry, 0, 600, () => drawn++);
  assert.ok(drawn > 1000 && drawn < 1200 * 30, String(drawn));
});

test("a search is read as what it is", () => {
  const kinds = {
    "": "none",
    "+44 7700 900123": "phone",
    "(0)20 7946-0000": "phone",
    "tel:+15555550123": "phone",
    "6EFD5506-3fd6-49a1-8a51-7c1b8a3f2d10": "id",
    "crm.case:500Hs00001abcde": "id",
    "abc123@10.0.0.1": "id",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": "id",
    "0af7651916cd43dd8448eb211c80319c": "journey",
    "http://x/#/j/0af7651916cd43dd8448eb211c80319c?span=a": "journey",
    hello: "unclear",
    12345: "unclear",
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(readSearch(text).kind, kind, text);
  assert.equal(
    readSearch("6EFD5506-3fd6-49a1-8a51-7c1b8a3f2d10").value,
    "genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10",
  );
});

test("what could be personal never stands in the address", () => {
  const personal = [
    "crm.case:+447700900123",
    "crm.case:44-7700-900-123",
    "crm.case:4111111111111111",
    "x.y:Ada Lovelace",
    "x.y:ada@example.com",
    "sip.call_id:447700900123@10.0.0.1",
  ];
  for (const id of personal) {
    assert.equal(mayBeShared(id), false, id);
    assert.equal(writeFilters({ range: "24h", id }).toString(), "", id);
  }
  for (const id of [
    "genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10",
    "crm.case:500Hs00001abcde",
    "web.session:s-81f2",
  ]) {
    assert.equal(mayBeShared(id), true, id);
  }
  const written = writeFilters({ range: "7d", phone: "+447700900123", status: "live" }).toString();
  assert.equal(written, "range=7d&status=live");
  assert.ok(isPhone("+44 7700 900123") && !isPhone("123456") && !isPhone("s-81f2"));
});

test("filters come back from the address as they were written, and nonsense does not", () => {
  const filters = {
    range: "custom",
    from: NOW - 5000,
    to: NOW,
    platform: "genesys",
    insight: "long_queue",
    status: "settled",
    id: "web.session:s-81f2",
  };
  assert.deepEqual(readFilters(writeFilters(filters)), filters);
  assert.deepEqual(readFilters(new URLSearchParams("range=x&status=y&insight=z&from=1&id=%00")), { range: "24h" });
});

test("an id is looked for in all that is kept, unless a time was chosen", () => {
  assert.equal(queryOf({ range: "24h", id: "a.b:c" }, NOW).from, undefined);
  assert.equal(queryOf({ range: "1h", id: "a.b:c" }, NOW).from, "2026-11-20T11:00:00.000Z");
  assert.equal(queryOf({ range: "24h", phone: "+44 7700 900123" }, NOW).from, "2026-11-19T12:00:00.000Z");
});

test("durations and times are written as they are read", () => {
  assert.deepEqual([0, 1, 999, 1000, 1500, 59_999, 60_000, 192_000, 3_600_000, 9_000_000, 187_200_000].map(duration), [
    "0 ms",
    "1 ms",
    "999 ms",
    "1 s",
    "1.5 s",
    "59 s",
    "1 min",
    "3 min 12 s",
    "1 h",
    "2 h 30 min",
    "2 d 4 h",
  ]);
  assert.deepEqual([1, 1001, 62_345, 2_592_000_001].map(exactDuration), [
    "1 ms",
    "1.001 s",
    "1 min 02.345 s",
    "30 d 00:00:00.001",
  ]);
  assert.deepEqual(
    [relative(0), relative(62_345), relative(90_061_001), relative(-5), relative(62_345, 1000)],
    ["+0:00.000", "+1:02.345", "+1 d 1:01:01.001", "−0:00.005", "+1:02"],
  );
});

test("what would turn the writing direction is made visible", () => {
  assert.equal(plainLine("\u202Egnp.exe\u0000"), "\ufffdgnp.exe\ufffd");
  assert.equal(plainLine("مرحبا"), "مرحبا");
});

test("every module of the page is asked for at once, not one after the other", async () => {
  const page = new URL("../../shared/explorer/page/", import.meta.url);
  const modules = (await readdir(page)).filter((name) => name.endsWith(".js") && name !== "main.js");
  const markup = await readFile(new URL("index.html", page), "utf8");
  const named = [...markup.matchAll(/rel="modulepreload" href="\/([^"]+)"/g)].map(([, name]) => name);
  assert.deepEqual(named.sort(), modules.sort());
});

test("the way from one id to the next takes few steps and none that was retracted", () => {
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

test("a moment of waiting counts once, in whichever queues and holds it is", () => {
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
  assert.equal(waitedIn(spans, NOW + 100), 40);
  assert.equal(waitedIn([...spans, span("hold", 90)], NOW + 100), 50);
  assert.equal(waitedIn([], NOW), 0);
});
