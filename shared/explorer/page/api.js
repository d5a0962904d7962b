// The JSON API: requests with a time limit, and failures as kinds that the page has words for.

import { token } from "./auth.js";

const LIMIT = 30_000;

/** Why a request failed. `kind`: "offline", "slow", "signed_out", "missing", "refused", "broken" or "garbled". */
export class Failure extends Error {
  constructor(kind, message, { status, code, field } = {}) {
    super(message);
    Object.assign(this, { kind, status, code, field });
  }
}

/**
 * Fetches JSON: `{answer, text}`, without an answer when its text is the one that is `known`. Aborting `signal` rejects.
 */
async function ask(path, { method = "GET", body, signal, known } = {}) {
  const limit = AbortSignal.timeout(LIMIT);
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
    if (limit.aborted) throw new Failure("slow", "The API has not answered for 30 seconds.");
    throw new Failure("offline", "The API cannot be reached.");
  }
  const text = await response.text().catch(() => "");
  if (signal?.aborted) throw new DOMException("", "AbortError");
  if (response.ok && text === known) return { text };
  const answer = parse(text);
  if (!response.ok) throw failure(response, answer);
  if (answer === undefined) throw new Failure("garbled", "The API's answer could not be read.");
  return { answer, text };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure({ status }, answer) {
  const { code, message, field } = answer?.error ?? {};
  const details = { status, code, field };
  if (status === 401 || status === 403) return new Failure("signed_out", message ?? "You are not signed in.", details);
  if (status === 404) return new Failure("missing", message ?? "There is no such thing.", details);
  if (status >= 500 || status === 429) {
    return new Failure("broken", message ?? `The API answered with the status ${status}.`, details);
  }
  return new Failure("refused", message ?? `The API refused the request (${status}).`, details);
}

/** One page of the list: `{rows, next, searched_to}`. `query` holds the API's own parameters. */
export async function listJourneys(query, signal) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value) parameters.set(name, value);
  const { answer } = await ask(`/api/journeys?${parameters}`, { signal });
  if (!Array.isArray(answer.rows)) throw new Failure("garbled", "The API's answer is not a list of journeys.");
  return answer;
}

/**
 * A journey: `{journey, text, movedFrom}`; `movedFrom` is the id that was asked for, if the journey is part of another
 * by now. There is no journey in it when nothing has changed since the text that is `known`.
 */
export async function getJourney(id, signal, known) {
  const { answer, text } = await ask(`/api/journeys/${encodeURIComponent(id)}`, { signal, known });
  if (answer && !Array.isArray(answer.spans)) throw new Failure("garbled", "The API's answer is not a journey.");
  return { journey: answer, text, movedFrom: answer && answer.id !== id ? id : undefined };
}

/** Why its parts belong together: `{edges, quarantined}`. */
export async function getEvidence(id, signal) {
  return (await ask(`/api/journeys/${encodeURIComponent(id)}/evidence`, { signal })).answer;
}

/** Says that an edge joins what does not belong together. */
export async function retractEdge(edge, journey) {
  return (await ask(`/api/edges/${encodeURIComponent(edge)}/retract`, { method: "POST", body: { journey } })).answer;
}
