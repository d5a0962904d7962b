// A server with the page's files and an API that serves given journeys. A test can make the API fail or wait.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { REASONS } from "../../../shared/explorer/page/client/vocabulary.js";
import { row } from "./journeys.mjs";

const PAGE = fileURLToPath(new URL("../../../shared/explorer/page/", import.meta.url));
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};
/** The policy that the Journey Explorer sends. */
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'";

/** Journeys by id, and how the API answers requests for them. */
export class FakeApi {
  constructor(journeys) {
    this.journeys = new Map();
    this.evidence = new Map();
    this.moved = new Map();
    this.phones = new Map();
    /** Responses as bytes by the journey's id, so that a measurement times the page alone. */
    this.written = new Map();
    this.asked = [];
    this.config = { poll_ms: 250 };
    /** How the API fails: "down", "cut", "signed-out", "unreadable", "refused" or not. `slow` delays its responses. */
    this.fault = undefined;
    /** An answer to every request: status, code and message. */
    this.refusal = undefined;
    /** What the sign-in service says its name is, unless it is its own. */
    this.otherIssuer = undefined;
    this.slow = undefined;
    for (const each of journeys) this.put(each);
  }

  put({ journey, evidence }) {
    this.journeys.set(journey.id, journey);
    if (evidence) this.evidence.set(journey.id, evidence);
  }

  remove(id) {
    this.journeys.delete(id);
    this.evidence.delete(id);
  }

  /** Delays every response of the API until the returned function is called. */
  hold() {
    let release;
    this.slow = new Promise((done) => (release = done));
    return () => {
      this.slow = undefined;
      release();
    };
  }

  list(query) {
    const get = (name) => query.get(name) || undefined;
    const from = Date.parse(get("from") ?? 0);
    const to = Date.parse(get("to") ?? "9999-01-01");
    const digits = get("phone")?.replace(/\D/g, "");
    const found = [...this.journeys.values()]
      .filter((journey) => Date.parse(journey.started_at) >= from && Date.parse(journey.started_at) < to)
      .filter((journey) => !get("platform") || journey.platforms.includes(get("platform")))
      .filter((journey) => !get("status") || journey.status === get("status"))
      .filter((journey) => !get("insight") || journey.insights.some((insight) => insight.rule === get("insight")))
      .filter((journey) => !get("id") || journey.id === get("id") || journey.ids.some((id) => isSame(id, get("id"))))
      .filter((journey) => !get("metric") || metricsOf(journey).includes(get("metric").toLowerCase()))
      .filter((journey) => !digits || journey.phones.some((phone) => digits.endsWith(phone.masked.slice(-2))))
      .sort((a, b) => Date.parse(b.started_at) - Date.parse(a.started_at) || (a.id < b.id ? -1 : 1));
    const limit = Number(get("limit") ?? 50);
    const begin = Number(get("cursor") ?? 0);
    const rows = found.slice(begin, begin + limit).map((journey) => ({ ...row(journey), ...matchedBy(journey, query) }));
    return {
      rows,
      ...(begin + limit < found.length ? { next: String(begin + limit) } : {}),
      searched_to: get("from") ?? "2025-11-20T12:00:00.000Z",
    };
  }
}

/**
 * Starts the server on `port`, or on a free one. Without `page`, it serves the page's files as they are. With `page`, the
 * address of a running Cxtrace, it serves the page as it is deployed: one script and one style sheet.
 */
export async function start(api, { port = 0, page } = {}) {
  const read = page ? (path) => fetched(page, path) : plain;
  const server = createServer((request, response) => {
    answer(api, read, request, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  await new Promise((done) => server.listen(port, "127.0.0.1", done));
  const url = `http://127.0.0.1:${server.address().port}`;
  const close = () =>
    new Promise((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
  return { url, close };
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", "cache-control": "no-store", ...headers });
  response.end(typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body));
}

function refuse(response, status, code, message) {
  json(response, status, { error: { code, message } });
}

async function answer(api, read, request, response) {
  const url = new URL(request.url, "http://127.0.0.1");
  const steps = url.pathname.split("/").slice(1);
  if (url.pathname === "/config.json") return json(response, 200, api.config);
  if (steps[0] === "issuer") return issue(api, url, request, response, steps[1]);
  if (steps[0] !== "api") return file(read, url.pathname, response);
  api.asked.push({ method: request.method, path: url.pathname, query: url.searchParams, headers: request.headers });
  if (api.slow) await api.slow;
  if (api.fault === "cut") return request.socket.destroy();
  if (api.fault === "down")
    return refuse(response, 503, "unavailable", "The journeys cannot be read now. Try again in a few seconds.");
  if (api.token && request.headers.authorization !== `Bearer ${api.token}`)
    return refuse(
      response,
      401,
      "not_signed_in",
      "Nobody is signed in, or the token has expired. Sign in and try again.",
    );
  if (api.fault === "signed-out")
    return refuse(
      response,
      401,
      "not_signed_in",
      "Nobody is signed in, or the token has expired. Sign in and try again.",
    );
  if (api.refusal) return refuse(response, ...api.refusal);
  if (api.fault === "unreadable") return json(response, 200, '{"rows": [');
  if (steps[1] === "edges" && ["retract", "restore"].includes(steps[3]) && request.method === "POST")
    return decide(api, request, response, steps[2], steps[3]);
  if (steps[1] === "journeys" && steps.length === 2) return json(response, 200, api.list(url.searchParams));
  if (steps[1] !== "journeys" || steps.length > 4)
    return refuse(response, 404, "not_found", "There is nothing under this path. Check the address, or search for it.");
  return journey(api, response, steps);
}

function journey(api, response, [, , id, part]) {
  if (!/^[0-9a-f]{32}$/.test(id))
    return refuse(
      response,
      400,
      "invalid_id",
      "This is not the id of a journey. Ids are 32 hexadecimal digits in lower case.",
    );
  const moved = api.moved.get(id);
  if (moved) return json(response, 308, { moved_to: moved }, { location: part ? `../${moved}/${part}` : moved });
  const found = part === "evidence" ? api.evidence.get(id) : api.journeys.get(id);
  if (!found)
    return refuse(response, 404, "not_found", "There is no such journey. Check the address, or search for it.");
  return json(response, 200, (!part && api.written.get(id)) || found);
}

async function decide(api, request, response, edge, act) {
  let body = "";
  for await (const part of request) body += part;
  const { journey: id, reason } = JSON.parse(body);
  if (!REASONS.includes(reason)) return refuse(response, 400, "invalid_body", "The body has no reason. Send one.");
  const held = api.evidence.get(id)?.edges.find((each) => each.id === edge);
  if (!held)
    return refuse(
      response,
      404,
      "not_found",
      "The journey has no such edge. Read its evidence again: it may have changed.",
    );
  const retracted = act === "retract";
  const already = held.retracted === retracted;
  held.retracted = retracted;
  if (!already)
    held.decisions = [{ act, at: new Date().toISOString(), by: "6f9619ff-8b86-4d01-b42d-00cf4fc964ff", reason }, ...(held.decisions ?? [])];
  return json(response, 200, { edge, journey: id, retracted, already });
}

/** An OpenID Connect provider that lets everybody in who follows the protocol. */
async function issue(api, url, request, response, step) {
  const base = `http://${request.headers.host}`;
  if (step === ".well-known")
    return json(response, 200, {
      issuer: api.otherIssuer ?? `${base}/issuer`,
      authorization_endpoint: `${base}/issuer/authorize`,
      token_endpoint: `${base}/issuer/token`,
    });
  if (step === "authorize") {
    api.attempt = Object.fromEntries(url.searchParams);
    const back = new URL(api.attempt.redirect_uri);
    back.searchParams.set("state", api.attempt.state);
    if (api.fault === "refused") back.searchParams.set("error", "access_denied");
    else back.searchParams.set("code", "one-time");
    response.writeHead(302, { location: back.href }).end();
    return undefined;
  }
  let body = "";
  for await (const part of request) body += part;
  const asked = new URLSearchParams(body);
  const proof = createHash("sha256").update(asked.get("code_verifier")).digest("base64url");
  const valid =
    asked.get("code") === "one-time" &&
    proof === api.attempt.code_challenge &&
    asked.get("redirect_uri") === api.attempt.redirect_uri;
  return valid
    ? json(response, 200, { access_token: api.token, token_type: "Bearer", expires_in: 3600 })
    : json(response, 400, { error: "invalid_grant" });
}

function plain(name) {
  return readFile(join(PAGE, name));
}

/** A file of the page on `url`, fetched once. */
const files = new Map();
async function fetched(url, name) {
  const address = new URL(name === "/index.html" ? "/" : name, url).href;
  if (!files.has(address)) {
    const found = await fetch(address);
    if (!found.ok) throw new Error(`${address}: ${found.status}`);
    files.set(address, Buffer.from(await found.arrayBuffer()));
  }
  return files.get(address);
}

async function file(read, path, response) {
  const name = normalize(path === "/" ? "/index.html" : path);
  try {
    const bytes = await read(name);
    response.writeHead(200, {
      "content-type": TYPES[extname(name)] ?? "application/octet-stream",
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-cache",
    });
    response.end(bytes);
  } catch {
    refuse(response, 404, "not_found", "There is nothing under this path.");
  }
}

/** How a search found a journey, as the API says it. */
function matchedBy(journey, query) {
  if (query.get("phone")) return { matched: { by: "phone_number" } };
  if (query.get("metric")) return { matched: { by: "flow_metric" } };
  if (!query.get("id")) return {};
  const own = journey.ids.filter((id) => isSame(id, query.get("id")));
  if (!own.length) return { matched: { by: "journey_id" } };
  const by = own.every(({ namespace }) => namespace === "trace") ? "trace_id" : "native_id";
  return { matched: { by, ids: own.map(({ namespace, value }) => `${namespace}:${value}`) } };
}

/** The flow metrics of a journey, in lower case. */
function metricsOf(journey) {
  const points = journey.spans.flatMap((span) => span.events).map(({ attributes }) => attributes);
  return points.filter((each) => each.flow && each.metric).map((each) => `${each.flow}.${each.metric}`.toLowerCase());
}

/** Whether an id is the searched one, which may have no namespace. */
function isSame({ namespace, value }, searched) {
  return `${namespace}:${value}` === searched || value.toLowerCase() === searched.toLowerCase();
}
