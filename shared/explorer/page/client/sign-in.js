// @ts-check
// Signs people in with OpenID Connect: an authorisation code with PKCE. On a laptop nobody signs in.
//
// The tab's session storage holds the token, and only the API receives it.

/** @import { Config } from "./types.js" */
/** @typedef {{ verifier: string, state: string, place: string, redirect: string }} Attempt */

const TOKEN = "cxtrace.token";
const ATTEMPT = "cxtrace.sign-in";

/** `poll_ms` shortens the pause between two requests. Only tests set it. */
/** @typedef {Config & { poll_ms?: number }} PageConfig */

/** @type {PageConfig} */
let config = {};
/** @type {{ token: string, ends: number } | undefined} */
let held;

/** The sign-in settings of `/config.json`. They are empty if nobody signs in. */
export async function loadConfig() {
  const response = await fetch("/config.json", { headers: { accept: "application/json" } });
  if (!response.ok) throw new Error(`/config.json: ${response.status}`);
  config = await response.json();
  return config;
}

/** Whether people sign in here. */
export function signsIn() {
  return Boolean(config.issuer);
}

/** The bearer token, unless there is none or it has expired. */
export function token(now = Date.now()) {
  held ??= parse(sessionStorage.getItem(TOKEN));
  if (held && held.ends <= now) signOut();
  return held?.token;
}

/** Signs out of this tab. */
export function signOut() {
  held = undefined;
  sessionStorage.removeItem(TOKEN);
}

/** @param {string | null} text */
function parse(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends the reader to the issuer, and remembers which page to return to. */
export async function signIn() {
  const { authorization_endpoint: address } = await discover();
  const verifier = random();
  /** @type {Attempt} */
  const attempt = { verifier, state: random(), place: location.hash, redirect: redirectAddress() };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const parameters = new URLSearchParams({
    response_type: "code",
    client_id: String(config.client_id),
    redirect_uri: attempt.redirect,
    scope: config.scope ?? "openid",
    state: attempt.state,
    code_challenge: await challenge(verifier),
    code_challenge_method: "S256",
  });
  if (config.audience) parameters.set("audience", config.audience);
  location.assign(`${address}${address.includes("?") ? "&" : "?"}${parameters}`);
}

/**
 * Completes a sign-in when the issuer has just sent the reader back. Throws an error with a text for the reader when
 * the sign-in failed.
 */
export async function finishSignIn() {
  const reply = new URLSearchParams(location.search);
  if (!reply.has("state") || !(reply.has("code") || reply.has("error"))) return;
  /** @type {Attempt | undefined} */
  const attempt = parse(sessionStorage.getItem(ATTEMPT));
  sessionStorage.removeItem(ATTEMPT);
  // The code must not stay in the address, even if the sign-in fails below.
  history.replaceState(null, "", `${location.pathname}${attempt?.place ?? ""}`);
  if (!attempt || attempt.state !== reply.get("state")) {
    throw new Error("This sign-in was not started in this tab. Start it again here.");
  }
  // RFC 9207: the reply of another issuer must not be completed with this one's.
  if (reply.has("iss") && !isIssuer(reply.get("iss"))) throw new Error("Another service answered this sign-in. Try again.");
  if (reply.has("error")) throw new Error("The sign-in was refused. Try again, or ask who manages your access.");
  const { token_endpoint: address } = await discover();
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: String(config.client_id),
      code: String(reply.get("code")),
      redirect_uri: attempt.redirect,
      code_verifier: attempt.verifier,
    }),
  }).catch(() => undefined);
  const got = await response?.json().catch(() => undefined);
  if (!response?.ok || !got?.access_token) throw new Error("The sign-in did not complete. Try again.");
  held = { token: got.access_token, ends: Date.now() + (Number(got.expires_in) || 3600) * 1000 };
  sessionStorage.setItem(TOKEN, JSON.stringify(held));
}

async function discover() {
  const address = `${String(config.issuer).replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(address).catch(() => undefined);
  const found = await response?.json().catch(() => undefined);
  if (!response?.ok || !found?.authorization_endpoint || !found?.token_endpoint) {
    throw new Error("The sign-in service cannot be reached. Try again in a moment.");
  }
  // OpenID Connect Discovery, section 4.3.
  if (!isIssuer(found.issuer)) throw new Error("The sign-in service names another issuer. Ask who manages your access.");
  return found;
}

/**
 * Whether this is the issuer that people sign in with.
 *
 * @param {unknown} issuer
 */
function isIssuer(issuer) {
  /** @param {unknown} text */
  const plain = (text) => String(text).replace(/\/$/, "");
  return typeof issuer === "string" && plain(issuer) === plain(config.issuer);
}

function redirectAddress() {
  return location.origin + location.pathname;
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @param {string} verifier */
async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

/** @param {Uint8Array} bytes */
function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
