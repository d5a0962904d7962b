// @ts-check
// The platforms that a journey passed through, as a strip that is true to time and as a path of names.

import { millis } from "../lib/clock-time.js";
import { foreign, h } from "../lib/dom.js";
import { duration } from "../lib/duration.js";
import { theme } from "../lib/theme.js";

/** @import { Leg, Row } from "../client/types.js" */

/** A longer path is cut. */
const MAX_NAMES = 6;

/**
 * A strip of a journey's legs. Each has its platform's name where there is room.
 *
 * @param {Row} journey
 * @param {number} now
 */
export function legStrip(journey, now) {
  const start = millis(journey.started_at) ?? now;
  const legs = journey.legs ?? [];
  const ends = legs.map((leg) => millis(leg.ended_at) ?? now);
  const end = Math.max(start + 1, millis(journey.ended_at) ?? 0, ...ends);
  const colours = theme();
  const strip = h("span", {
    class: "strip",
    role: "img",
    "aria-label": `Platforms: ${(journey.platforms ?? []).join(", ")}`,
  });
  legs.forEach((leg, i) => {
    const from = millis(leg.started_at) ?? start;
    const part = h("span", {
      class: "strip-leg",
      title: `${leg.number}. ${leg.platform}, ${duration(ends[i] - from)}`,
    });
    part.style.left = `${(100 * (from - start)) / (end - start)}%`;
    part.style.width = `max(3px, ${(100 * (ends[i] - from)) / (end - start)}%)`;
    part.style.background = colours.platform(leg.platform, journey.platforms);
    part.append(foreign(leg.platform));
    strip.append(part);
  });
  if (!journey.ended_at) strip.classList.add("open");
  return strip;
}

/**
 * `web → genesys → crm`.
 *
 * @param {Leg[]} legs
 * @param {string[]} platforms
 */
export function platformPath(legs = [], platforms = []) {
  const names = legs.length ? legs.map((leg) => leg.platform) : platforms;
  const cut = names.length > MAX_NAMES;
  const shown = cut ? [...names.slice(0, MAX_NAMES - 1), `${names.length - MAX_NAMES + 1} more`] : names;
  return shown.flatMap((name, i) =>
    i ? [h("span", { class: "arrow", "aria-label": "then" }, " → "), foreign(name)] : [foreign(name)],
  );
}
