// @ts-check
// Requests to the JSON API, with a time limit. A failure has a kind, for which the page has a text.

import { token } from "./sign-in.js";

/** @import { Decided, DecisionAct, Evidence, Journey, List, Reason } from "./types.js" */
/** @typedef {"offline" | "slow" | "signed_out" | "missing" | "refused" | "unavailable" | "unreadable"} FailureKind */

/** How long a request may take, in milliseconds. */
const LIMIT = 30_000;

/** Why a request failed. */
export class Failure extends Error {
  /**
   * @param {FailureKind} kind
   * @param {string} message
   * @param {{ status?: number, code?: string }} [details]
   */
  constructor(kind, message, { status, code } = {}) {
    super(message);
    this.kind = kind;
    this.status = status;
    this.code = code;
  }
}

/**
 * Fetches JSON: `{body, text}`. There is no body when the text equals `known`. Rejects when `signal` aborts.
 *
 * @param {string} path
 * @param {{ method?: string, body?: object, signal?: AbortSignal, known?: string }} [options]
 * @returns {Promise<{ body?: any, text: string }>}
 */
async function request(path, { method = "GET", body, signal, known } = {}) {
  const limit = AbortSignal.timeout(LIMIT);
  /** @type {Record<string, string>} */
  const headers = { accept: "application/json" };
  if (body !== undefined) headers["content-type"] = "application/json";
  const bearer = token();
  if (bearer) headers.authorization = `Bearer ${bearer}`;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      credentials: "same-origin",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    if (limit.aborted) throw new Failure("slow", "The API did not answer within 30 seconds.");
    throw new Failure("offline", "The API cannot be reached.");
  }
  const text = await response.text().catch(() => "");
  if (signal?.aborted) throw new DOMException("", "AbortError");
  if (response.ok && text === known) return { text };
  const parsed = parse(text);
  if (!response.ok) throw failureOf(response.status, parsed);
  if (parsed === undefined) throw new Failure("unreadable", "The API's response is not valid JSON.");
  return { body: parsed, text };
}

/** @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * @param {number} status
 * @param {any} body
 */
function failureOf(status, body) {
  const { code, message } = body?.error ?? {};
  const details = { status, code };
  if (status === 401) return new Failure("signed_out", message ?? "You are not signed in.", details);
  if (status === 404) return new Failure("missing", message ?? "The API has nothing at this address.", details);
  if (status >= 500 || status === 429) {
    return new Failure("unavailable", message ?? `The API answered with status ${status}.`, details);
  }
  return new Failure("refused", message ?? `The API refused the request with status ${status}.`, details);
}

/**
 * One page of the list. `query` holds the API's own parameters.
 *
 * @param {Record<string, string | undefined>} query
 * @param {AbortSignal} [signal]
 * @returns {Promise<List>}
 */
export async function listJourneys(query, signal) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const { body } = await request(`/api/journeys?${parameters}`, { signal });
  if (!Array.isArray(body.rows)) throw new Failure("unreadable", "The API's response is not a list of journeys.");
  return body;
}

/**
 * A journey. `movedFrom` is the id that was requested, when that journey is now part of another one. There is no
 * journey in the result when the response equals the text `known`.
 *
 * @param {string} id
 * @param {AbortSignal} [signal]
 * @param {string} [known]
 * @returns {Promise<{ journey?: Journey, text: string, movedFrom?: string }>}
 */
export async function getJourney(id, signal, known) {
  const { body, text } = await request(`/api/journeys/${encodeURIComponent(id)}`, { signal, known });
  if (body && !Array.isArray(body.spans)) throw new Failure("unreadable", "The API's response is not a journey.");
  return { journey: body, text, movedFrom: body && body.id !== id ? id : undefined };
}

/**
 * Why the parts of a journey belong together.
 *
 * @param {string} id
 * @returns {Promise<Evidence>}
 */
export async function getEvidence(id) {
  return (await request(`/api/journeys/${encodeURIComponent(id)}/evidence`)).body;
}

/**
 * Retracts an edge, or restores it.
 *
 * @param {string} edge
 * @param {DecisionAct} act
 * @param {string} journey
 * @param {Reason} reason
 * @returns {Promise<Decided>}
 */
export async function decideEdge(edge, act, journey, reason) {
  const path = `/api/edges/${encodeURIComponent(edge)}/${act}`;
  return (await request(path, { method: "POST", body: { journey, reason } })).body;
}
