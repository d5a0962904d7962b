// Durations, times and names as texts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { duration, exactDuration, relative, roughDuration } from "../../../shared/explorer/page/lib/duration.js";
import { plainLine } from "../../../shared/explorer/page/lib/format.js";

test("durations and times have a readable form", () => {
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

test("where there is no room for two units, a duration is rounded and says so", () => {
  const hours = 3_600_000;
  assert.deepEqual([350, 42_900, 60_000, 419_000, 5 * hours, 4.98 * hours, 30 * hours].map(roughDuration), [
    "350 ms", "42 s", "1 min", "≈7 min", "5 h", "≈5 h", "≈1 d",
  ]);
});

test("characters that change the writing direction become visible", () => {
  assert.equal(plainLine("\u202Egnp.exe\u0000"), "\ufffdgnp.exe\ufffd");
  assert.equal(plainLine("مرحبا"), "مرحبا");
});
