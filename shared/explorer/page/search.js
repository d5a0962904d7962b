// What somebody typed into the search: a phone number, an id of some system, or a journey's own id. And what of it may
// stand in the address of the page.

/** The namespaces that are offered for a value that does not tell its own. */
export const NAMESPACES = [
  "genesys.conversation",
  "sip.call_id",
  "trace",
  "crm.case",
  "web.session",
  "connect.contact",
  "twilio.call",
];

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const NAMESPACED = /^([a-z][a-z0-9._]{1,39}):(.+)$/;
const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/i;

/**
 * Reads a search. Returns one of `{kind: "none"}`, `{kind: "phone", value}`, `{kind: "journey", value}`,
 * `{kind: "id", value, others}` (`others`: more ids that it may be), and `{kind: "unclear", value}`.
 */
export function readSearch(text) {
  const value = text.trim();
  if (!value) return { kind: "none" };
  if (isPhone(value)) return { kind: "phone", value };
  if (/^(tel|sips?):/i.test(value)) return { kind: "phone", value };
  const link = /#\/j\/([0-9a-f]{32})/i.exec(value);
  if (link) return { kind: "journey", value: link[1].toLowerCase() };
  const namespaced = NAMESPACED.exec(value);
  if (namespaced) return { kind: "id", value, others: [] };
  if (UUID.test(value)) {
    const lower = value.toLowerCase();
    return { kind: "id", value: `genesys.conversation:${lower}`, others: [`connect.contact:${lower}`] };
  }
  const parent = TRACEPARENT.exec(value);
  if (parent) return { kind: "id", value: `trace:${parent[1].toLowerCase()}`, others: [] };
  // A journey's id and a trace's have the same shape.
  if (/^[0-9a-f]{32}$/i.test(value)) {
    const lower = value.toLowerCase();
    return { kind: "journey", value: lower, others: [`trace:${lower}`] };
  }
  if (/^CA[0-9a-f]{32}$/i.test(value)) return { kind: "id", value: `twilio.call:${value}`, others: [] };
  if (/^[^\s@]+@[^\s@]+$/.test(value) && /\d/.test(value))
    return { kind: "id", value: `sip.call_id:${value}`, others: [] };
  return { kind: "unclear", value };
}

/** Whether a text is written like a phone number: 7 to 15 digits, and nothing but what people put between them. */
export function isPhone(text) {
  const digits = text.replace(/\D/g, "").length;
  return /^\+?[\d\s\-().]+$/.test(text.trim()) && digits >= 7 && digits <= 17;
}

/**
 * Whether an id may stand in the page's address, which people share and browsers keep. One that could hold a phone
 * number, a card number, a name or a mail address may not: it is searched by, and forgotten with the tab.
 */
export function mayBeShared(id) {
  const value = id.slice(id.indexOf(":") + 1);
  if (UUID.test(value) || /^~[0-9a-f]{32}$/.test(value)) return true;
  if (!/^[A-Za-z0-9\-_.:/=]+$/.test(value) || !/\d/.test(value)) return false;
  const runs = value.replace(/[-._/]/g, "").match(/\d+/g) ?? [];
  const most = Math.max(0, ...runs.map((run) => run.length));
  const letters = (value.match(/[a-z]/gi) ?? []).length;
  return most < 7 || (value.length >= 16 && letters >= 4 && most < 12);
}

const MINUTE = 60_000;

/** Ranges that end now. */
export const RANGES = {
  "15m": ["Last 15 minutes", 15 * MINUTE],
  "1h": ["Last hour", 60 * MINUTE],
  "4h": ["Last 4 hours", 240 * MINUTE],
  "24h": ["Last 24 hours", 1440 * MINUTE],
  "7d": ["Last 7 days", 7 * 1440 * MINUTE],
  "30d": ["Last 30 days", 30 * 1440 * MINUTE],
};

export const DEFAULT_RANGE = "24h";
export const STATUSES = ["live", "provisional", "settled", "revised"];
export const INSIGHTS = [
  "dropped_call",
  "failed_transfer",
  "abandoned_in_queue",
  "long_queue",
  "long_gap",
  "slow_backend",
  "ai_escalation",
  "repeated_handoffs",
  "clock_skew",
  "missing_source",
  "quarantined_id",
];

/** The filters that stand in an address. What cannot be is left out. */
export function readFilters(parameters) {
  const filters = { range: DEFAULT_RANGE };
  const range = parameters.get("range");
  if (range in RANGES) filters.range = range;
  const from = Date.parse(parameters.get("from"));
  const to = Date.parse(parameters.get("to"));
  if (!Number.isNaN(from) && !Number.isNaN(to) && from < to) Object.assign(filters, { range: "custom", from, to });
  const platform = parameters.get("platform");
  if (platform && platform.length <= 64) filters.platform = platform;
  const insight = parameters.get("insight");
  if (INSIGHTS.includes(insight)) filters.insight = insight;
  const status = parameters.get("status");
  if (STATUSES.includes(status)) filters.status = status;
  const id = parameters.get("id");
  if (id && NAMESPACED.test(id)) filters.id = id;
  return filters;
}

/** The filters as they stand in an address. A phone number never does, nor an id that could hold one. */
export function writeFilters(filters) {
  const parameters = new URLSearchParams();
  if (filters.range === "custom") {
    parameters.set("from", new Date(filters.from).toISOString());
    parameters.set("to", new Date(filters.to).toISOString());
  } else if (filters.range !== DEFAULT_RANGE) parameters.set("range", filters.range);
  for (const name of ["platform", "insight", "status"]) if (filters[name]) parameters.set(name, filters[name]);
  if (filters.id && mayBeShared(filters.id)) parameters.set("id", filters.id);
  return parameters;
}

/** The filters as the API takes them, at `now`. */
export function queryOf(filters, now) {
  const custom = filters.range === "custom";
  // An id is looked for in all that is kept, unless somebody chose a time.
  const all = filters.id && filters.range === DEFAULT_RANGE;
  const from = custom ? filters.from : now - (RANGES[filters.range]?.[1] ?? 0);
  return {
    phone: filters.phone,
    id: filters.id,
    from: all ? undefined : new Date(from).toISOString(),
    // A journey that has just begun, on a clock a little ahead of this one, is in a range that ends now.
    to: all ? undefined : new Date(custom ? filters.to : now + 5 * MINUTE).toISOString(),
    platform: filters.platform,
    insight: filters.insight,
    status: filters.status,
  };
}
