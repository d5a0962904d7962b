// Eleven stories of one contact centre: good ones, bad ones, and ones that are not over yet.

import { HOUR, MINUTE, NOW, SECOND, JourneyBuilder, hex, time, uuid } from "./journey-builder.mjs";

const GENESYS = (more) => ({ "genesys.media_type": "VOICE", "genesys.direction": "INBOUND", ...more });
const QUEUE = {
  "genesys.queue_id": uuid("queue billing"),
  "genesys.acd_outcome": "ANSWERED",
  "genesys.media_type": "VOICE",
};
const AGENT = {
  "genesys.user_id": uuid("agent ada"),
  "genesys.queue_id": uuid("queue billing"),
  "genesys.media_type": "VOICE",
};

/** The stories, newest first. */
export function stories(now = NOW) {
  return [
    live(now),
    dropped(now),
    abandoned(now),
    webToVoice(now),
    slowBackend(now),
    escalation(now),
    provisional(now),
    clean(now),
    revised(now),
    shared(now),
    callBack(now),
  ];
}

function live(now) {
  const s = new JourneyBuilder("live", now - 4 * MINUTE);
  s.span("customer:1", "telephony", "genesys", "Customer", 0, undefined, { attributes: GENESYS() })
    .span("flow:1", "ivr", "genesys", "Main menu", 400, 41_000, {
      reason: "TRANSFER",
      attributes: { "genesys.flow_id": uuid("flow main"), "genesys.exit_reason": "TRANSFER" },
    })
    .span("acd:1", "queue", "genesys", "Billing", 41_200, 96_000, { reason: "ANSWERED", attributes: QUEUE })
    .span("user:1", "agent_interaction", "genesys", "Agent", 96_000, undefined, {
      attributes: AGENT,
      events: [
        [96_000, "alerted"],
        [99_400, "answered"],
      ],
    })
    .span("case", "crm", "crm", "Open case", 131_000, undefined, { attributes: { "http.request.method": "POST" } })
    .legs(["genesys", 0, undefined])
    .phone("41", "00")
    .segments({ ivr: 40_600, queue: 54_800 });
  return s.build("A customer reached an agent in Billing after 55 s in the queue. They are talking now.", {
    status: "live",
    revision: 0,
    settles_at: time(now + 24 * HOUR),
  });
}

function dropped(now) {
  const s = new JourneyBuilder("dropped", now - 2 * HOUR - 50 * MINUTE + 12 * SECOND);
  const call = `sip.call_id:${hex("sip").slice(0, 12)}@10.20.0.7`;
  s.span("leg", "telephony", "sbc", "Inbound trunk", 0, 402_310, {
    status: "error",
    reason: "BYE 503",
    sources: ["sbc"],
    attributes: { "sip.response.status_code": "503", "sip.trunk": "trunk-2" },
  })
    .span("customer:1", "telephony", "genesys", "Customer", 640, 401_900, {
      status: "error",
      reason: "TRANSPORT_FAILURE",
      attributes: GENESYS({ "genesys.disconnect_type": "TRANSPORT_FAILURE" }),
    })
    .span("flow:1", "ivr", "genesys", "CustomerRouting", 900, 62_400, {
      reason: "TRANSFER",
      attributes: { "genesys.flow_id": uuid("flow routing"), "genesys.exit_reason": "TRANSFER" },
      events: [
        [31_120, "CustomerRouting Identified"],
        [58_002, "CustomerRouting Billing"],
      ],
    })
    .span("lookup", "backend", "backend", "GET /customers/{id}", 28_300, 30_950, {
      attributes: { "http.response.status_code": "200" },
    })
    .span("acd:1", "queue", "genesys", "Billing", 62_400, 171_000, { reason: "ANSWERED", attributes: QUEUE })
    .span("user:1", "agent_interaction", "genesys", "Agent 1", 171_000, 355_200, {
      reason: "TRANSFER",
      attributes: AGENT,
      events: [
        [171_000, "alerted"],
        [176_300, "answered"],
      ],
    })
    .span("hold:1", "hold", "genesys", "On hold", 290_000, 355_000, {
      parent: s.key("user:1"),
      attributes: { position: "estimated" },
    })
    .span("acd:2", "queue", "genesys", "Second line", 355_800, 401_900, {
      status: "error",
      reason: "TRANSPORT_FAILURE",
      attributes: { ...QUEUE, "genesys.acd_outcome": "DISCONNECT" },
    })
    .span("acw:1", "wrap_up", "genesys", "Wrap-up", 355_200, 395_200, {
      attributes: { "genesys.wrapup_code": "BILLING_DISPUTE" },
    })
    .legs(["sbc", 0, 640], ["genesys", 640, 402_310])
    .phone("23", "00")
    .gap(355_200, 355_800, "expected_transition", "This is how long a transfer takes.")
    .insight(
      "dropped_call",
      "error",
      "The call ended by a transport failure while the customer waited for the second line.",
      s.key("customer:1"),
      s.key("leg", "sbc"),
    )
    .insight("failed_transfer", "error", "No source reported an answer to a transfer from the agent.", s.key("acd:2"), s.key("user:1"))
    .segments({
      carrier_latency: 640,
      ivr: 61_500,
      queue: 154_700,
      data_retrieval: 2650,
      agent: 184_200,
      total: 402_310,
    })
    .anchor("sip.call_id", call.slice(12))
    .edge(s.self(), call, "reference", "sbc", 700);
  s.journey.ids[0].console = `https://console.example/interactions/${s.conversation}`;
  s.journey.endings = [
    { platform: "genesys", span: s.key("customer:1"), ended_at: time(s.start + 401_900), reason: "TRANSPORT_FAILURE" },
    {
      platform: "sbc",
      span: s.key("leg", "sbc"),
      ended_at: time(s.start + 402_310),
      later_ms: 410,
      reason: "BYE 503",
    },
  ];
  return s.build(
    "A customer called, was identified in CustomerRouting, and waited 1 min 48 s for Billing. Agent 1 transferred the call to Second line; it dropped there after 46 s, by a fault of the trunk.",
    { revision: 2 },
  );
}

function abandoned(now) {
  const s = new JourneyBuilder("abandoned", now - 3 * HOUR);
  s.span("customer:1", "telephony", "genesys", "Customer", 0, 391_000, {
    status: "abandoned",
    reason: "PEER",
    attributes: GENESYS({ "genesys.disconnect_type": "PEER" }),
  })
    .span("flow:1", "ivr", "genesys", "Main menu", 300, 38_000, { reason: "TRANSFER" })
    .span("acd:1", "queue", "genesys", "Claims", 38_100, 391_000, {
      status: "abandoned",
      reason: "ABANDON",
      attributes: { ...QUEUE, "genesys.acd_outcome": "ABANDON" },
      events: [
        [158_000, "Position 3"],
        [278_000, "Position 2"],
      ],
    })
    .legs(["genesys", 0, 391_000])
    .phone("78", "00")
    .insight("abandoned_in_queue", "error", "The customer left the queue after a wait of 5 min 52 s.", s.key("acd:1"))
    .insight("long_queue", "warning", "The customer waited 5 min 52 s in the queue.", s.key("acd:1"))
    .segments({ ivr: 37_700, queue: 352_900, total: 391_000 });
  return s.build("A customer called and waited 5 min 52 s for Claims, then hung up.");
}

function webToVoice(now) {
  const s = new JourneyBuilder("web to voice", now - 4 * HOUR);
  const session = "web.session:s-81f20c";
  s.span("session", "web", "web", "Web session", 0, 470_000, {
    sources: ["web"],
    raw: -1850,
    attributes: { "url.template": "/account/{page}" },
    events: [
      [214_000, "code shown"],
      [40_000, "page bills"],
    ],
  })
    .span("flow:1", "ivr", "genesys", "Verified entry", 268_000, 301_000, {
      reason: "TRANSFER",
      events: [[283_000, "code used"]],
    })
    .span("customer:1", "telephony", "genesys", "Customer", 267_500, 740_000, {
      reason: "ENDPOINT",
      attributes: GENESYS(),
    })
    .span("acd:1", "queue", "genesys", "Accounts", 301_000, 330_500, { reason: "ANSWERED", attributes: QUEUE })
    .span("user:1", "agent_interaction", "genesys", "Agent", 330_500, 740_000, { attributes: AGENT })
    .span("acw:1", "wrap_up", "genesys", "Wrap-up", 740_000, 771_000)
    .legs(["web", 0, 267_500], ["genesys", 267_500, 771_000])
    .phone("09", "00")
    .anchor("web.session", "s-81f20c")
    .insight(
      "clock_skew",
      "info",
      "The clock of web is 1.9 s behind; its times were corrected.",
      s.key("session", "web"),
    )
    .segments({ ivr: 33_000, queue: 29_500, agent: 409_500, total: 771_000 })
    .edge(s.self(), session, "verification_code", "genesys", 283_000, 0.95);
  s.journey.clocks = [{ source: "web", shift_ms: 1850, reference: "genesys" }];
  return s.build(
    "A customer was on the web site for 4 min 27 s, then called with a code from it and was known at once. An agent of Accounts helped for 6 min 49 s.",
  );
}

function slowBackend(now) {
  const s = new JourneyBuilder("slow backend", now - 5 * HOUR);
  const trace = `trace:${hex("trace")}`;
  s.span("customer:1", "telephony", "genesys", "Customer", 0, 152_000, { attributes: GENESYS() })
    .span("flow:1", "ivr", "genesys", "Balance", 400, 152_000, {
      reason: "DISCONNECT",
      events: [
        [12_000, "Balance Asked"],
        [58_200, "Balance JourneyBuilder"],
      ],
    })
    .span("balance", "backend", "backend", "GET /accounts/{id}/balance", 14_000, 56_400, {
      status: "error",
      reason: "504",
      attributes: { "http.response.status_code": "504", "url.template": "/accounts/{id}/balance" },
    })
    .span("ledger", "backend", "backend", "SELECT ledger", 14_400, 56_000, {
      parent: s.key("balance", "backend"),
      attributes: { "db.system.name": "postgresql" },
    })
    .span("retry", "backend", "backend", "GET /accounts/{id}/balance", 56_600, 57_900, {
      attributes: { "http.response.status_code": "200" },
    })
    .legs(["genesys", 0, 152_000])
    .phone("15", "00")
    .anchor("trace", hex("trace"), "reference")
    .insight(
      "slow_backend",
      "warning",
      "A backend took 42.4 s, and answered with an error.",
      s.key("balance", "backend"),
    )
    .segments({ ivr: 151_600, data_retrieval: 43_700, total: 152_000 })
    .edge(s.self(), trace, "reference", "backend", 14_000);
  return s.build(
    "A customer asked for a balance in the IVR. The backend took 42 s and failed once; the second try answered. Nobody had to be spoken to.",
  );
}

function escalation(now) {
  const s = new JourneyBuilder("escalation", now - 6 * HOUR);
  const contact = `connect.contact:${uuid("contact")}`;
  s.span("customer:1", "telephony", "genesys", "Customer", 0, 96_000, {
    reason: "TRANSFER",
    attributes: GENESYS({ "genesys.transfer_type": "NUMBER" }),
  })
    .span("bot:1", "ai_conversation", "ai-voice", "Assistant", 1200, 74_000, {
      reason: "escalated",
      raw: 2600,
      sources: ["ai-voice"],
      attributes: { "gen_ai.request.model": "voice-2" },
      events: [
        [22_000, "intent: cancel"],
        [70_500, "asked for a person"],
      ],
    })
    .span("flow:1", "ivr", "genesys", "Assistant", 400, 96_000, { reason: "TRANSFER" })
    .span("tool", "backend", "backend", "POST /contracts/search", 30_000, 31_400, {
      attributes: { "http.response.status_code": "200" },
    })
    .span("contact", "telephony", "connect", "Partner desk", 97_300, 431_000, {
      sources: ["connect"],
      raw: -1300,
      attributes: { "aws.connect.channel": "VOICE" },
    })
    .span("wait", "queue", "connect", "Retention", 97_500, 148_000, { raw: -1300, sources: ["connect"] })
    .span("agent", "agent_interaction", "connect", "Partner agent", 148_000, 431_000, {
      raw: -1300,
      sources: ["connect"],
      reason: "CUSTOMER_DISCONNECT",
    })
    .legs(["genesys", 0, 96_000], ["connect", 97_300, 431_000])
    .phone("66", "04")
    .gap(96_000, 97_300, "clock_artefact", "It is no longer than the clocks of genesys and connect differ.")
    .insight(
      "ai_escalation",
      "info",
      "The assistant handed over to a person after 1 min 13 s.",
      s.key("bot:1", "ai-voice"),
    )
    .insight(
      "clock_skew",
      "info",
      "The clock of connect is 1.3 s ahead; its times were corrected.",
      s.key("contact", "connect"),
    )
    .segments({ ivr: 95_600, queue: 50_500, data_retrieval: 1400, agent: 283_000, total: 431_000 })
    .edge(s.self(), contact, "number_handoff", "connect", 97_300, 0.9)
    .edge(`ai-voice.session:v-${hex("v").slice(0, 10)}`, s.self(), "parent", "ai-voice", 1200);
  s.journey.handoffs = [{ from: s.key("customer:1"), to: s.key("contact", "connect") }];
  s.journey.clocks = [
    { source: "connect", shift_ms: 1300, reference: "genesys" },
    { source: "ai-voice", shift_ms: -2600, reference: "genesys" },
  ];
  return s.build(
    "A customer spoke with the assistant for 1 min 13 s and asked for a person. The call was handed to the partner's number, waited 50 s in Retention there, and was helped for 4 min 43 s.",
  );
}

function provisional(now) {
  const s = new JourneyBuilder("provisional", now - 12 * MINUTE);
  s.span("customer:1", "telephony", "genesys", "Customer", 0, 402_000, { reason: "CLIENT", attributes: GENESYS() })
    .span("flow:1", "ivr", "genesys", "Main menu", 300, 29_000, { reason: "TRANSFER" })
    .span("acd:1", "queue", "genesys", "Sales", 29_000, 44_000, { reason: "ANSWERED" })
    .span("user:1", "agent_interaction", "genesys", "Agent", 91_000, 402_000)
    .gap(44_000, 91_000, "data_delay", "A source may still tell of it: sbc is usually 15 min late.")
    .legs(["genesys", 0, 402_000])
    .phone("30")
    .insight("long_gap", "warning", "47 s are unaccounted for.");
  return s.build("A customer called Sales, waited 15 s, and spoke with an agent for 5 min 11 s.", {
    status: "provisional",
    revision: 0,
    settles_at: time(now + 10 * MINUTE),
  });
}

function clean(now) {
  const s = new JourneyBuilder("clean", now - 7 * HOUR);
  s.span("customer:1", "telephony", "genesys", "Customer", 0, 241_000, { reason: "CLIENT", attributes: GENESYS() })
    .span("flow:1", "ivr", "genesys", "Main menu", 300, 22_000, { reason: "TRANSFER" })
    .span("acd:1", "queue", "genesys", "Sales", 22_000, 31_000, { reason: "ANSWERED", attributes: QUEUE })
    .span("user:1", "agent_interaction", "genesys", "Agent", 31_000, 241_000, { attributes: AGENT })
    .span("acw:1", "wrap_up", "genesys", "Wrap-up", 241_000, 262_000)
    .legs(["genesys", 0, 262_000])
    .phone("02", "00")
    .segments({ ivr: 21_700, queue: 9000, agent: 210_000, total: 262_000 });
  return s.build("A customer called Sales, waited 9 s, and spoke with an agent for 3 min 30 s.");
}

function revised(now) {
  const s = new JourneyBuilder("revised", now - 9 * HOUR);
  s.span("customer:1", "message", "genesys", "Chat", 0, 1_260_000, { attributes: { "genesys.media_type": "MESSAGE" } })
    .span("flow:1", "ai_conversation", "genesys", "Digital bot", 100, 180_000, {
      events: [[60_000, "intent: delivery"]],
    })
    .span("acd:1", "queue", "genesys", "Chat", 180_000, 460_000, { reason: "ANSWERED" })
    .span("user:1", "agent_interaction", "genesys", "Agent", 460_000, 1_260_000)
    .span("case", "crm", "crm", "Update case", 900_000, 930_000)
    .legs(["genesys", 0, 1_260_000])
    .phone("55")
    .insight("long_queue", "warning", "The customer waited 4 min 40 s in the queue.", s.key("acd:1"))
    .insight("missing_source", "info", "web was expected to report this journey, but did not.");
  return s.build(
    "A customer wrote in the chat. The bot asked for 3 min, then the customer waited 4 min 40 s for an agent.",
    { status: "revised", revision: 3 },
  );
}

function shared(now) {
  const s = new JourneyBuilder("shared", now - 10 * HOUR);
  s.span("customer:1", "telephony", "genesys", "Customer", 0, 84_000, { attributes: GENESYS() })
    .span("flow:1", "ivr", "genesys", "Main menu", 200, 84_000, { reason: "DISCONNECT" })
    .legs(["genesys", 0, 84_000])
    .insight("quarantined_id", "info", "crm.case:test-1 is shared by more than 200 others and was not followed.");
  return s.build("A customer was in the IVR for 1 min 24 s and hung up.", {
    quarantined: ["crm.case:test-1"],
    unconfirmed: [{ id: "crm.case:c-2", sources: ["partner"] }],
    kept_out: [
      {
        source: "crm",
        what: "spans",
        count: 300,
        text: "crm sent more than 20,000 spans of this journey. 300 further reports are left out.",
      },
    ],
  });
}

function callBack(now) {
  const s = new JourneyBuilder("call back", now - 23 * HOUR);
  const later = 20 * HOUR + 5 * MINUTE;
  s.span("session", "web", "web", "Web session", 0, 610_000, { events: [[480_000, "call-back asked for"]] })
    .span("form", "backend", "backend", "POST /callbacks", 478_000, 479_200)
    .span("customer:1", "telephony", "genesys", "Customer", 900_000, 1_560_000, { attributes: GENESYS() })
    .span("flow:1", "ivr", "genesys", "Main menu", 900_300, 931_000, { reason: "TRANSFER" })
    .span("acd:1", "queue", "genesys", "Repairs", 931_000, 1_079_000, { reason: "ANSWERED", attributes: QUEUE })
    .span("user:1", "agent_interaction", "genesys", "Agent 1", 1_079_000, 1_560_000, { attributes: AGENT })
    .span("hold:1", "hold", "genesys", "On hold", 1_400_000, 1_555_000, { parent: s.key("user:1") })
    .span("case", "crm", "crm", "Create case", 1_130_000, 1_190_000, { attributes: { "crm.case": "500Hs00001abcde" } })
    .span("acw:1", "wrap_up", "genesys", "Wrap-up", 1_560_000, 1_620_000)
    .span("customer:2", "telephony", "genesys", "Call-back", later, later + 420_000, {
      attributes: GENESYS({ "genesys.direction": "OUTBOUND" }),
    })
    .span("user:2", "agent_interaction", "genesys", "Agent 2", later + 18_000, later + 420_000, {
      attributes: { ...AGENT, "genesys.user_id": uuid("agent grace") },
    })
    .span("case:2", "crm", "crm", "Close case", later + 390_000, later + 412_000)
    .span("voicemail", "voicemail", "genesys", "Voicemail", 19 * HOUR, 19 * HOUR + 34_000, { reason: "NO_ANSWER" })
    .legs(["web", 0, 610_000], ["genesys", 900_000, 1_620_000], ["genesys", 19 * HOUR, later + 420_000])
    .phone("87", "00")
    .gap(610_000, 900_000, "missing_data", "Nothing is known between the web session and the call.")
    .gap(1_620_000, 19 * HOUR, "expected_transition", "The customer was waiting for the call-back.")
    .gap(19 * HOUR + 34_000, later, "expected_transition", "The customer was waiting for the call-back.")
    .insight("long_queue", "warning", "The customer waited 2 min 28 s in the queue.", s.key("acd:1"))
    .insight("repeated_handoffs", "warning", "The customer was handed over 3 times, between agents or platforms.", s.key("user:1"), s.key("user:2"))
    .insight("long_gap", "info", "4 min 50 s are unaccounted for.")
    .segments({ ivr: 30_700, queue: 148_000, data_retrieval: 1200, agent: 883_000, total: later + 420_000 })
    .anchor("crm.case", "500Hs00001abcde", "reference")
    .anchor("web.session", "s-0a77c1")
    .edge(s.self(), "crm.case:500Hs00001abcde", "reference", "crm", 1_130_000)
    .edge("web.session:s-0a77c1", s.self(), "reference", "web", 480_000)
    .edge(`genesys.conversation:${uuid("second call")}`, s.self(), "previous", "genesys", later);
  return s.build(
    "A customer asked for a call-back on the web, called all the same, and waited 2 min 28 s for Repairs. A voicemail was left the next morning; Agent 2 called back and closed the case.",
    { revision: 2 },
  );
}
