// The search and the filters of the list: what they recognise, and what the address may hold.

import assert from "node:assert/strict";
import { test } from "node:test";
import { queriesOf, queryOf, readFilters, writeFilters } from "../../../shared/explorer/page/pages/list/filter-address.js";
import { isPhone, mayBeShared, readSearch } from "../../../shared/explorer/page/pages/list/search-text.js";
import { NOW } from "../support/journeys.mjs";

test("the search recognises phone numbers, ids and flow metrics", () => {
  const kinds = {
    "": "",
    "+44 7700 900123": "phone",
    "(0)20 7946-0000": "phone",
    "020 7946 0958 ext. 12": "phone",
    "030/12345678": "phone",
    "+44\u00a07700\u2011900\u2011123": "phone",
    "tel:+15555550123": "phone",
    // Digits alone may be the number of a case.
    "02079460958": "phone id",
    "6EFD5506-3fd6-49a1-8a51-7c1b8a3f2d10": "id",
    "crm.case:500Hs00001abcde": "id",
    "abc123@10.0.0.1": "id",
    "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01": "id",
    "0af7651916cd43dd8448eb211c80319c": "id",
    "http://x/#/j/0af7651916cd43dd8448eb211c80319c?span=a": "open",
    "CustomerRouting.Unknown": "id metric",
    "genesys.flow.CustomerRouting.Unknown": "id metric",
    "CustomerRoutingMetric_Unknown(2023-03-05T08:18:04.568Z)": "metric",
    "ada@example.com": "id",
    hello: "id",
    12345: "id",
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(Object.keys(readSearch(text)).join(" "), kind, text);
  // The API searches for an id without a namespace in every namespace.
  assert.equal(readSearch(" 500Hs00001abcde ").id, "500Hs00001abcde");
});

test("a span's key is searched by the id that it is about", () => {
  const keys = {
    "sbc:sip.call_id:a84b4c76@10.0.0.1:call": "sip.call_id:a84b4c76@10.0.0.1",
    "web:web.session:s-81f2:visit": "web.session:s-81f2",
    "otlp:trace:0af7651916cd43dd8448eb211c80319c:b7ad6b7169203331": "trace:0af7651916cd43dd8448eb211c80319c",
    "genesys:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10:agent:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d11":
      "genesys.conversation:6efd5506-3fd6-49a1-8a51-7c1b8a3f2d10",
    "crm.case:500Hs00001abcde": "crm.case:500Hs00001abcde",
  };
  for (const [key, id] of Object.entries(keys)) assert.deepEqual(readSearch(key), { id }, key);
});

test("a traceparent is read in every form in which people copy it", () => {
  const parent = "00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  for (const text of [parent, `traceparent: ${parent}`, `traceparent=${parent}`, `"traceparent": "${parent}",`]) {
    assert.deepEqual(readSearch(text), { id: "trace:0af7651916cd43dd8448eb211c80319c" }, text);
  }
});

test("a text is searched as everything that it may be", () => {
  const ways = (filters) => queriesOf({ range: "all", ...filters }, NOW).map(([way, query]) => [way, query[way]]);
  assert.deepEqual(ways({}), [["time", undefined]]);
  assert.deepEqual(ways({ id: "A.b", metric: "A.b" }), [
    ["id", "A.b"],
    ["metric", "A.b"],
  ]);
  const [[, query]] = queriesOf({ range: "all", metric: "A.b", status: "live" }, NOW);
  assert.deepEqual([query.metric, query.id, query.status, query.from], ["A.b", undefined, "live", undefined]);
});

test("a flow metric is in the address only when a flow has set it", () => {
  assert.equal(writeFilters({ range: "all", metric: "ada.lovelace" }).toString(), "range=all");
  assert.equal(writeFilters({ range: "all", metric: "Billing.Paid", isMetric: true }).toString(), "metric=Billing.Paid");
  assert.deepEqual(readFilters(new URLSearchParams("metric=Billing.Paid")), {
    range: "all", metric: "Billing.Paid", isMetric: true,
  });
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
