// Journeys for tests: the stories, large ones, one that is hard to draw, and a hostile one. The same `now` gives the same
// journeys.

import { DAY, HOUR, MINUTE, NOW, JourneyBuilder, time, uuid } from "./journey-builder.mjs";

export { NOW, hex, time } from "./journey-builder.mjs";
export { stories } from "./stories.mjs";

/** A random number generator with a seed: mulberry32. */
export function rng(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const KINDS = [
  "ivr",
  "queue",
  "agent_interaction",
  "hold",
  "backend",
  "wrap_up",
  "crm",
  "ai_conversation",
  "message",
  "web",
];
const PLATFORMS = ["genesys", "sbc", "web", "crm", "backend", "connect"];

/** A journey of `n` spans. */
export function sized(n, now = NOW) {
  const s = new JourneyBuilder(`sized ${n}`, now - 20 * HOUR);
  const next = rng(n);
  const whole = n * 400;
  for (let i = 0; i < n; i++) {
    const at = Math.floor(next() * whole);
    const long = next() < 0.7 ? Math.floor(next() * 900) : Math.floor(next() * 30_000);
    const status = next() < 0.01 ? "error" : "ok";
    s.span(
      `s${i}`,
      KINDS[Math.floor(next() * KINDS.length)],
      PLATFORMS[Math.floor(next() * PLATFORMS.length)],
      `Step ${i}`,
      at,
      at + long,
      { status, events: i % 20 ? [] : [[at + Math.floor(long / 2), "mark"]] },
    );
  }
  s.legs(["genesys", 0, whole]);
  return s.build(`A made-up journey of ${n} spans.`);
}

/** A journey of thirty days with spans that are hard to draw and to find. */
export function hard(now = NOW) {
  const s = new JourneyBuilder("hard", now - 30 * DAY - HOUR);
  s.span("chat", "message", "genesys", "Conversation of thirty days", 0, 30 * DAY)
    .span("first", "ivr", "genesys", "First", 1000, 61_000)
    .span("one", "backend", "backend", "One millisecond", 13 * DAY + 7, 13 * DAY + 8)
    .span("zero", "backend", "backend", "Zero length", 17 * DAY + 12_345, 17 * DAY + 12_345)
    .span("equal:a", "crm", "crm", "Equal A", 20 * DAY, 20 * DAY + 5000)
    .span("equal:b", "crm", "crm", "Equal B", 20 * DAY, 20 * DAY + 5000)
    .span("equal:c", "crm", "crm", "Equal C", 20 * DAY, 20 * DAY + 5000)
    .span("backwards", "backend", "backend", "Ends before it starts", 22 * DAY, undefined, {
      flags: ["ends_before_it_starts"],
    })
    .span("last", "agent_interaction", "genesys", "Last", 30 * DAY - 90_000, 30 * DAY)
    .legs(["genesys", 0, 30 * DAY])
    .gap(13 * DAY + 8, 13 * DAY + 9, "clock_artefact", "One millisecond.")
    .gap(20 * DAY + 5000, 21 * DAY, "missing_data", "A day without a word.");
  s.span("open", "agent_interaction", "connect", "Never ended", 30 * DAY - 30_000, undefined, { sources: ["connect"] });
  return s.build("A conversation of thirty days.");
}

/** The platforms of a crowded journey. */
const MANY = [
  "company-web-shop", "audiocodes", "twilio", "vapi", "genesys", "lambda-bridge", "salesforce", "amazon-connect", "zendesk",
  "outsourcer-voice", "fraud-check-service", "homer",
];

/** A journey of three days with many platforms, legs, insights, ids and numbers. */
export function crowded(now = NOW) {
  const s = new JourneyBuilder("crowded", now - 3 * DAY);
  const types = ["web", "ivr", "ai_conversation", "queue", "agent_interaction", "hold", "message"];
  const legs = [];
  for (let i = 0; i < 36; i++) {
    const platform = MANY[i % MANY.length];
    const from = i * 2 * HOUR;
    legs.push([platform, from, from + 40 * MINUTE]);
    s.span(`line:${i}`, "telephony", platform, `Call number ${i + 1}`, from, from + 40 * MINUTE);
    s.span(`part:${i}`, types[i % types.length], platform, `Conversation number ${i + 1}`, from + 5000, from + 39 * MINUTE);
    s.gap(from + 40 * MINUTE, from + 2 * HOUR, "expected_transition", "The next contact began 1 h 20 min later.");
    s.anchor(`system${i}.conversation`, uuid(`crowded ${i}`));
    s.phone(String(10 + i), String(50 + i));
  }
  s.legs(...legs);
  const rules = ["dropped_call", "failed_transfer", "abandoned_in_queue", "long_queue", "slow_backend", "repeated_handoffs", "missing_source", "clock_skew"];
  rules.forEach((rule, i) => {
    s.insight(rule, i < 3 ? "error" : i < 6 ? "warning" : "info", `What the rule ${rule} found in call number ${i + 1} after 1 h 20 min.`, s.key(`line:${i}`, MANY[i]));
  });
  s.journey.clocks = [{ source: "vapi", shift_ms: -2590, reference: "genesys" }];
  return s.build(
    "Ended with the sixth agent, 2 d 22 h after the start. Waited 8 h 12 min: queue 4 h 6 min, hold 4 h 6 min. From company-web-shop to homer in 36 legs. In all: 6 h in self-service (web and IVR), 3 h with an AI agent and 3 h with 6 agents. In all, 1 d 22 h passed between contacts.",
    { revision: 3 },
  );
}

/** Texts that try to run scripts, or to look like other texts. */
export const HOSTILE = [
  "<img src=x onerror=alert(1)>",
  '"><script>alert(1)</script>',
  "javascript:alert(1)",
  "\u202Egnp.exe\u202C reversed",
  "مرحبا بالعالم",
  "A\u0000B\u0007C",
  "{{7*7}} ${7*7} #{7*7}",
  "a".repeat(4000),
  "👩‍👩‍👧‍👦 z̸̢̛a̷l̵g̶o̷",
  "</style><style>*{display:none}</style>",
];

export function hostile(now = NOW) {
  const s = new JourneyBuilder("hostile", now - 90 * MINUTE);
  HOSTILE.forEach((text, i) => {
    s.span(`h${i}`, "ivr", i % 2 ? text.slice(0, 60) : "genesys", text, i * 10_000, i * 10_000 + 9000, {
      reason: text,
      attributes: { [text]: text },
      events: [[i * 10_000 + 5, text, { [text]: text }]],
      sources: [text],
    });
    s.insight("dropped_call", "error", text, `genesys:${s.conversation}:h${i}`);
    s.anchor("x.y", text);
    s.edge(s.self(), `x.y:${text}`, "reference", text, 5);
  });
  s.gap(9000, 10_000, "missing_data", HOSTILE[0]).legs([HOSTILE[0], 0, 50_000], [HOSTILE[3], 50_000, 99_000]);
  s.journey.phones = [{ party: "customer", masked: HOSTILE[1] }];
  s.journey.quarantined = [`x.y:${HOSTILE[0]}`];
  s.journey.unconfirmed = [{ id: `x.y:${HOSTILE[0]}`, sources: [HOSTILE[0]] }];
  s.journey.kept_out = [{ source: HOSTILE[0], what: "links", count: 1, text: HOSTILE[0] }];
  return s.build(HOSTILE[0] + HOSTILE[3]);
}

/** A journey's row, as the list has it. */
export function row(journey) {
  const { id, revision, status, started_at, ended_at, duration_ms, platforms, phones, legs, summary, outcome } = journey;
  const ids = journey.ids.filter((each) => each.role === "self").map((each) => `${each.namespace}:${each.value}`);
  const insights = journey.insights.slice(0, 12).map(({ rule, severity, text }) => ({ rule, severity, text }));
  return {
    id,
    revision,
    status,
    started_at,
    ended_at,
    duration_ms,
    platforms: platforms.slice(0, 24),
    ids: ids.slice(0, 10),
    phones,
    legs: legs.slice(0, 32),
    insights,
    outcome,
    waited_ms: journey.time.waited_ms,
    time: journey.time.parts,
    summary,
  };
}
