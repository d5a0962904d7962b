// What the API sends and receives: shared/explorer/openapi.json as types, for the type check alone. Times are RFC 3339
// texts with milliseconds, durations are milliseconds. A test compares every interface with the API's own document.

import {
  ENDINGS,
  EVIDENCE_RULES,
  INSIGHT_RULES,
  REASONS,
  SEVERITIES,
  SPAN_TYPES,
  STATUSES,
  TIME_KINDS,
} from "./vocabulary.js";

export type Status = (typeof STATUSES)[number];
export type InsightRule = (typeof INSIGHT_RULES)[number];
export type Severity = (typeof SEVERITIES)[number];
export type SpanType = (typeof SPAN_TYPES)[number];
export type TimeKind = (typeof TIME_KINDS)[number];
export type Reason = (typeof REASONS)[number];
export type DecisionAct = "retract" | "restore";
export type EvidenceRule = (typeof EVIDENCE_RULES)[number];

export interface Config {
  issuer?: string;
  client_id?: string;
  audience?: string;
  scope?: string;
}

export interface Phone {
  party: "customer" | "centre";
  masked: string;
}

export interface Leg {
  number: number;
  platform: string;
  started_at: string;
  ended_at?: string;
}

export interface InsightLine {
  rule: InsightRule;
  severity: Severity;
  text: string;
}

export interface Ending {
  kind: (typeof ENDINGS)[number];
  text: string;
}

export interface TimePart {
  kind: TimeKind;
  duration_ms: number;
}

export interface Stretch {
  kind: TimeKind;
  started_at: string;
  ended_at?: string;
}

export interface TimeAccount {
  waited_ms: number;
  parts: TimePart[];
  stretches: Stretch[];
}

export interface Row {
  id: string;
  revision: number;
  status: Status;
  started_at: string;
  ended_at?: string;
  duration_ms?: number;
  platforms: string[];
  ids: string[];
  phones: Phone[];
  metrics?: string[];
  legs: Leg[];
  insights: InsightLine[];
  outcome?: Ending;
  waited_ms: number;
  time: TimePart[];
  summary: string;
  left_out?: object;
  matched?: Matched;
}

export interface Matched {
  by: "journey_id" | "native_id" | "trace_id" | "phone_number" | "flow_metric";
  ids?: string[];
}

export interface List {
  rows: Row[];
  next?: string;
  from: string;
  to: string;
  searched_to: string;
}

export interface NativeId {
  namespace: string;
  value: string;
  role: "self" | "same" | "root" | "parent" | "previous" | "related" | "reference";
  console?: string;
}

export interface Event {
  name: string;
  at: string;
  attributes: Record<string, string>;
}

export interface RawTimes {
  started_at: string;
  ended_at?: string;
}

export interface Span {
  key: string;
  parent?: string;
  type: SpanType;
  platform: string;
  name: string;
  started_at: string;
  ended_at?: string;
  ended_by?: string;
  raw?: RawTimes;
  status?: "ok" | "error" | "abandoned";
  reason?: string;
  flags?: string[];
  sources: string[];
  attributes: Record<string, string>;
  events: Event[];
}

export interface Handoff {
  from: string;
  to: string;
}

export interface CallEnding {
  platform: string;
  span: string;
  ended_at: string;
  later_ms?: number;
  reason?: string;
}

export interface Gap {
  started_at: string;
  ended_at: string;
  class: "expected_transition" | "queue_or_hold" | "data_delay" | "missing_data" | "clock_artefact";
  reason: string;
}

export interface Insight {
  rule: InsightRule;
  severity: Severity;
  text: string;
  spans: string[];
}

export interface Segment {
  name: "carrier_latency" | TimeKind | "data_retrieval" | "total";
  duration_ms: number;
}

export interface Clock {
  source: string;
  shift_ms: number;
  reference: string;
}

export interface Unconfirmed {
  id: string;
  sources: string[];
}

export interface KeptOut {
  source: string;
  what: "links" | "spans" | "facts";
  count: number;
  text: string;
}

export interface Journey {
  id: string;
  revision: number;
  status: Status;
  started_at: string;
  ended_at?: string;
  duration_ms?: number;
  platforms: string[];
  ids: NativeId[];
  phones: Phone[];
  legs: Leg[];
  spans: Span[];
  handoffs: Handoff[];
  endings?: CallEnding[];
  gaps: Gap[];
  insights: Insight[];
  time: TimeAccount;
  segments: Segment[];
  clocks: Clock[];
  quarantined: string[];
  unconfirmed?: Unconfirmed[];
  kept_out?: KeptOut[];
  settles_at: string;
  facts: number;
  outcome: Ending;
  summary: string;
}

export interface Evidence {
  id: string;
  edges: Edge[];
  quarantined: string[];
}

export interface Edge {
  id: string;
  a: string;
  b: string;
  retracted: boolean;
  decisions?: Decision[];
  evidence: EvidenceLine[];
}

export interface Decision {
  act: DecisionAct;
  at: string;
  by?: string;
  reason?: Reason;
}

export interface EvidenceLine {
  rule: EvidenceRule;
  confidence: number;
  source: string;
  fact: string;
  at: string;
}

export interface Decided {
  edge: string;
  journey: string;
  retracted: boolean;
  already: boolean;
}
