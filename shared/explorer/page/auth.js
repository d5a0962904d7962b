// Signing in with OpenID Connect: an authorisation code with PKCE. Locally nobody signs in.
//
// The token is kept in the tab's session storage and nowhere else; it leaves it only towards the API.

const TOKEN = "cxtrace.token";
const ATTEMPT = "cxtrace.sign-in";

let config = {};
let held;

/** What `/config.json` says: `{issuer, client_id, audience}`, or nothing of these where nobody signs in. */
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

/** The bearer token, while there is one that has not ended. */
export function token(now = Date.now()) {
  held ??= parse(sessionStorage.getItem(TOKEN));
  if (held && held.ends <= now) forget();
  return held?.token;
}

/** Signs out of this tab. */
export function forget() {
  held = undefined;
  sessionStorage.removeItem(TOKEN);
}

function parse(text) {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Sends the reader to the issuer; the place they were at is kept. */
export async function signIn() {
  const { authorization_endpoint: address } = await discover();
  const verifier = random();
  const state = random();
  const attempt = { verifier, state, place: location.hash, redirect: redirectAddress() };
  sessionStorage.setItem(ATTEMPT, JSON.stringify(attempt));
  const parameters = new URLSearchParams({
    response_type: "code",
    client_id: config.client_id,
    redirect_uri: attempt.redirect,
    scope: "openid",
    state,
    code_challenge: await challenge(verifier),
    code_challenge_method: "S256",
  });
  if (config.audience) parameters.set("audience", config.audience);
  location.assign(`${address}${address.includes("?") ? "&" : "?"}${parameters}`);
}

/**
 * Takes what the issuer sent the reader back with, if that is how the page was opened. Throws an error with words for
 * the reader when signing in did not work.
 */
export async function finishSignIn() {
  const answer = new URLSearchParams(location.search);
  if (!answer.has("state") || !(answer.has("code") || answer.has("error"))) return;
  const attempt = parse(sessionStorage.getItem(ATTEMPT));
  sessionStorage.removeItem(ATTEMPT);
  // The code must not stay in the address, whatever comes now.
  history.replaceState(null, "", `${location.pathname}${attempt?.place ?? ""}`);
  if (!attempt || attempt.state !== answer.get("state")) {
    throw new Error("The sign-in was not begun in this tab. Begin it again here.");
  }
  if (answer.has("error")) throw new Error("The sign-in was refused. Try again, or ask who manages your access.");
  const { token_endpoint: address } = await discover();
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", accept: "application/json" },
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: config.client_id,
      code: answer.get("code"),
      redirect_uri: attempt.redirect,
      code_verifier: attempt.verifier,
    }),
  }).catch(() => undefined);
  const got = await response?.json().catch(() => undefined);
  if (!response?.ok || !got?.access_token) throw new Error("The sign-in did not come to an end. Try again.");
  held = { token: got.access_token, ends: Date.now() + (Number(got.expires_in) || 3600) * 1000 };
  sessionStorage.setItem(TOKEN, JSON.stringify(held));
}

async function discover() {
  const address = `${config.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const response = await fetch(address).catch(() => undefined);
  const found = await response?.json().catch(() => undefined);
  if (!response?.ok || !found?.authorization_endpoint || !found?.token_endpoint) {
    throw new Error("The sign-in service cannot be reached. Try again in a moment.");
  }
  return found;
}

function redirectAddress() {
  return location.origin + location.pathname;
}

function random() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

async function challenge(verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
