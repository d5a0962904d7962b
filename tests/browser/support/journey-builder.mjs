// Builds journeys for tests: the document as the API sends it, and its evidence, from one line per span.

import { createHash } from "node:crypto";

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The present of the tests, unless a test sets another. */
export const NOW = Date.parse("2026-11-20T12:00:00.000Z");

export const hex = (text) => createHash("sha256").update(text).digest("hex").slice(0, 32);
export const uuid = (text) => hex(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
export const time = (ms) => new Date(ms).toISOString();

/** A journey under construction: offsets are milliseconds from its start. */
export class JourneyBuilder {
  constructor(name, start) {
    this.name = name;
    this.start = start;
    this.id = hex(`journey ${name}`);
    this.conversation = uuid(name);
    this.journey = {
      id: this.id,
      revision: 1,
      status: "settled",
      started_at: time(start),
      platforms: [],
      ids: [],
      phones: [],
      legs: [],
      spans: [],
      handoffs: [],
      gaps: [],
      insights: [],
      time: { waited_ms: 0, parts: [], stretches: [] },
      segments: [],
      clocks: [],
      quarantined: [],
      settles_at: time(start),
      facts: 0,
      outcome: { kind: "ended", text: "" },
      summary: "",
    };
    this.edges = [];
    this.anchor("genesys.conversation", this.conversation);
  }

  anchor(namespace, value, role = "self") {
    this.journey.ids.push({ namespace, value, role });
    return this;
  }

  span(key, type, platform, name, from, to, more = {}) {
    const { raw, events = [], ...rest } = more;
    this.journey.spans.push({
      key: `${platform}:${this.conversation}:${key}`,
      type,
      platform,
      name,
      started_at: time(this.start + from),
      ...(to === undefined ? {} : { ended_at: time(this.start + to) }),
      ...(raw === undefined
        ? {}
        : {
            raw: {
              started_at: time(this.start + from + raw),
              ...(to === undefined ? {} : { ended_at: time(this.start + to + raw) }),
            },
          }),
      sources: [platform],
      attributes: {},
      events: events.map(([at, event, attributes = {}]) => ({ name: event, at: time(this.start + at), attributes })),
      ...(to === undefined ? {} : { status: "ok" }),
      ...rest,
    });
    return this;
  }

  key(key, platform = "genesys") {
    return `${platform}:${this.conversation}:${key}`;
  }

  gap(from, to, kind, reason) {
    this.journey.gaps.push({
      started_at: time(this.start + from),
      ended_at: time(this.start + to),
      class: kind,
      reason,
    });
    return this;
  }

  insight(rule, severity, text, ...spans) {
    this.journey.insights.push({ rule, severity, text, spans });
    return this;
  }

  legs(...legs) {
    this.journey.legs = legs.map(([platform, from, to], i) => ({
      number: i + 1,
      platform,
      started_at: time(this.start + from),
      ...(to === undefined ? {} : { ended_at: time(this.start + to) }),
    }));
    this.journey.platforms = [
      ...new Set([...legs.map(([platform]) => platform), ...this.journey.spans.map((span) => span.platform)]),
    ];
    return this;
  }

  segments(all) {
    this.journey.segments = Object.entries(all).map(([name, ms]) => ({ name, duration_ms: ms }));
    return this;
  }

  phone(last, centre) {
    this.journey.phones.push({ party: "customer", masked: `•••• ${last}` });
    if (centre) this.journey.phones.push({ party: "centre", masked: `•••• ${centre}` });
    return this;
  }

  edge(a, b, rule, source, at, confidence = 1) {
    const [low, high] = a < b ? [a, b] : [b, a];
    this.edges.push({
      id: hex(`${low} ${high}`),
      a: low,
      b: high,
      retracted: false,
      evidence: [{ rule, confidence, source, fact: hex(`${rule} ${low} ${high}`), at: time(this.start + at) }],
    });
    return this;
  }

  self() {
    return `genesys.conversation:${this.conversation}`;
  }

  /** The journey as the API sends it, with its evidence. */
  build(summary, changes = {}) {
    const { journey } = this;
    const ends = journey.spans.map((span) => span.ended_at);
    if (!ends.includes(undefined)) {
      const end = Math.max(...ends.map((end) => Date.parse(end)));
      Object.assign(journey, {
        ended_at: time(end),
        duration_ms: end - this.start,
        settles_at: time(end + 15 * MINUTE),
      });
    }
    if (!journey.platforms.length) journey.platforms = [...new Set(journey.spans.map((span) => span.platform))];
    const outcome = { kind: journey.ended_at ? "ended" : "in_progress", text: `${summary.split(". ")[0].replace(/\.$/, "")}.` };
    Object.assign(journey, { summary, outcome, facts: journey.spans.length * 2 + 3 }, changes);
    journey.time = timeOf(journey);
    return { journey, evidence: { id: journey.id, edges: this.edges, quarantined: journey.quarantined } };
  }
}

/** The kinds of the customer's time by the types of spans, the strongest first. */
const KINDS = [
  ["hold", ["hold"]],
  ["agent", ["agent_interaction"]],
  ["ai", ["ai_conversation"]],
  ["queue", ["queue"]],
  ["self_service", ["ivr", "web", "message", "voicemail"]],
  ["transfer", ["platform_handoff"]],
  ["gap", ["telephony", "wrap_up", "backend", "crm"]],
];

/** The account of a made-up journey's time: each moment has the strongest kind of the spans at that time. */
function timeOf({ started_at: start, ended_at: end, spans }) {
  const all = spans.map((span) => ({
    rank: KINDS.findIndex(([, types]) => types.includes(span.type)),
    from: Date.parse(span.started_at),
    to: span.ended_at === undefined ? Infinity : Date.parse(span.ended_at),
  }));
  const until = end === undefined ? Infinity : Date.parse(end);
  const times = [...new Set([Date.parse(start), until, ...all.flatMap(({ from, to }) => [from, to])])]
    .filter((at) => at >= Date.parse(start) && at <= until)
    .sort((a, b) => a - b);
  const stretches = [];
  // A made-up journey with very many spans has no account: nothing that is tested with it shows one.
  if (spans.length > 2000) return { waited_ms: 0, parts: [], stretches };
  for (let i = 0; i + 1 < times.length; i++) {
    const there = all.filter(({ from, to }) => from <= times[i] && times[i + 1] <= to);
    const kind = KINDS[Math.min(KINDS.length - 1, ...there.map(({ rank }) => (rank < 0 ? KINDS.length - 1 : rank)))][0];
    const last = stretches.at(-1);
    const ended = times[i + 1] === Infinity ? {} : { ended_at: time(times[i + 1]) };
    if (last?.kind === kind) {
      delete last.ended_at;
      Object.assign(last, ended);
    } else stretches.push({ kind, started_at: time(times[i]), ...ended });
  }
  const lengthOf = (stretch) => (stretch.ended_at ? Date.parse(stretch.ended_at) - Date.parse(stretch.started_at) : 0);
  const sum = (kind) => stretches.filter((each) => each.kind === kind).reduce((ms, each) => ms + lengthOf(each), 0);
  const order = ["queue", "hold", "self_service", "ai", "agent", "transfer", "gap"];
  const parts = order.map((kind) => ({ kind, duration_ms: sum(kind) })).filter((part) => part.duration_ms > 0);
  return { waited_ms: sum("queue") + sum("hold"), parts, stretches };
}
