// The search and the filters of the list: what they recognise, and what the address may hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { queryOf, readFilters, writeFilters } from "../../../shared/explorer/page/pages/list/filter-address.js";
import { isPhone, mayBeShared, readSearch } from "../../../shared/explorer/page/pages/list/search-text.js";
import { NOW } from "../support/journeys.mjs";

test("the search recognises phone numbers and ids", () => {
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
    hello: "id",
    12345: "id",
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(readSearch(text).kind, kind, text);
  // The API searches for an id without a namespace in every namespace.
  assert.equal(readSearch(" 500Hs00001abcde ").value, "500Hs00001abcde");
  assert.equal(
    readSearch("00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").value,
    "trace:0af7651916cd43dd8448eb211c80319c",
  );
});

test("an id that could be personal is never in the address", () => {
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

test("filters are read from the address as they were written, and invalid ones are ignored", () => {
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
  // Datadog's links have times in milliseconds.
  assert.deepEqual(readFilters(new URLSearchParams("from=1700000000000&to=1700003600000")), {
    range: "custom", from: 1_700_000_000_000, to: 1_700_003_600_000,
  });
});

test("a link to a search by an id covers everything that is kept", () => {
  assert.equal(readFilters(new URLSearchParams("id=web.session:s-1")).range, "all");
  assert.equal(readFilters(writeFilters({ range: "all", id: "web.session:s-1" })).range, "all");
  assert.equal(readFilters(writeFilters({ range: "24h", id: "web.session:s-1" })).range, "24h");
  assert.equal(queryOf({ range: "all", id: "a.b:c" }, NOW).from, undefined);
  assert.equal(queryOf({ range: "all", phone: "+44 7700 900123" }, NOW).from, "2025-11-19T12:05:00.000Z");
  assert.equal(queryOf({ range: "1h", id: "a.b:c" }, NOW).from, "2026-11-20T11:00:00.000Z");
});
