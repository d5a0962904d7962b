// @ts-check
// What a page shows when a request failed.

import { signIn, signsIn } from "../client/sign-in.js";
import { notices } from "./notices.js";
import { pageState } from "./page-state.js";

/** @import { Failure } from "../client/requests.js" */

/** The way back from every error. @type {[string, () => unknown]} */
const BACK = ["All journeys", () => (location.hash = "#/")];

const UNAVAILABLE = {
  slow: "The API did not answer in time",
  offline: "The API cannot be reached",
  unavailable: "The API is unavailable",
};

/**
 * The state for a failure. `what` names what was requested: "The journey". `retry` requests it again.
 *
 * @param {Failure} failure
 * @param {string} what
 * @param {() => unknown} retry
 */
export function failed(failure, what, retry) {
  const note = [failure.status && `status ${failure.status}`, failure.code].filter(Boolean).join(", ");
  switch (failure.kind) {
    case "signed_out":
      return pageState("signed-out", {
        icon: "lock",
        title: "You are signed out",
        text: signsIn()
          ? "Your sign-in has expired, or you have not signed in yet. Sign in to return to this page."
          : "The API does not let you in. Ask the people who run Cxtrace here for access.",
        actions: signsIn() ? [["Sign in", () => attemptSignIn()]] : [["Try again", retry]],
        note,
      });
    case "missing":
      return pageState("missing", {
        icon: "search",
        title: "This journey does not exist",
        text: "Journeys are deleted after 30 days. Or the address was not copied completely.",
        list: ["Search for the customer's phone number or for an id of the conversation instead."],
        actions: [["Search all journeys", () => (location.hash = "#/")]],
        note,
      });
    case "refused":
      return pageState("refused", { icon: "warning", title: `${what} cannot be shown`, text: failure.message, actions: [BACK, ["Try again", retry]], note });
    case "slow":
    case "offline":
    case "unavailable":
      return pageState("down", {
        icon: "cloud",
        title: UNAVAILABLE[failure.kind],
        text: `${what} cannot be loaded now. No data is lost, and this page tries again automatically.`,
        list: [
          "Check your network, and the VPN if you need one.",
          "On a laptop: check that cxtrace is still running.",
          "On AWS: check the alarms of the journey-explorer function.",
        ],
        actions: [["Try again now", retry], BACK],
        note,
      });
    default:
      return pageState("unreadable", {
        icon: "warning",
        title: `${what} could not be read`,
        text: "The page does not understand the API's response. Their versions may differ: reload the page.",
        actions: [["Reload the page", () => location.reload()], BACK],
        note: failure.message,
      });
  }
}

/** Starts a sign-in, and shows a notice when that fails. */
export async function attemptSignIn() {
  try {
    await signIn();
  } catch (error) {
    notices.show("sign-in", { kind: "error", text: error instanceof Error ? error.message : String(error) });
  }
}
