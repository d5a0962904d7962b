// Small pieces that several parts of the page show alike: a status, insights, the strip of a journey's platforms.

import { foreign, h } from "./dom.js";
import { duration, millis, title } from "./format.js";
import { theme } from "./theme.js";

const STATUS = {
  live: "Something is still going on.",
  provisional: "It is over, but a source may still tell more.",
  settled: "Every source has had its time.",
  revised: "Facts have come after it was settled.",
};

export function statusPill(status) {
  const known = status in STATUS ? status : "unknown";
  return h("span", { class: `pill status-${known}`, title: STATUS[status] }, title(status));
}

const SIGNS = { error: "✕", warning: "!", info: "i" };
const WORST = ["error", "warning", "info"];

/** An insight as a chip: its sign and its rule; the text is its tooltip. */
export function insightChip(insight, props = {}) {
  const severity = insight.severity in SIGNS ? insight.severity : "info";
  const tag = props.onclick ? "button" : "span";
  return h(
    tag,
    { class: `chip ${severity}`, title: insight.text, type: props.onclick && "button", ...props },
    h("span", { class: "sign", "aria-hidden": "true" }, SIGNS[severity]),
    h("span", { class: "visually-hidden" }, `${title(severity)}: `),
    title(insight.rule),
  );
}

export function byWorst(insights = []) {
  return [...insights].sort((a, b) => WORST.indexOf(a.severity) - WORST.indexOf(b.severity));
}

/** A journey's legs as a strip of its platforms, true to time; each has its name where there is room. */
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
    part.style.background = colours.platform(leg.platform);
    part.append(foreign(leg.platform));
    strip.append(part);
  });
  if (!journey.ended_at) strip.classList.add("open");
  return strip;
}

/** `web → genesys → crm`. */
export function platformPath(legs = [], platforms = []) {
  const names = legs.length ? legs.map((leg) => leg.platform) : platforms;
  const shown = names.length > 6 ? [...names.slice(0, 5), `${names.length - 5} more`] : names;
  return shown.flatMap((name, i) =>
    i ? [h("span", { class: "arrow", "aria-label": "then" }, " → "), foreign(name)] : [foreign(name)],
  );
}

/** How long a journey took, or has taken by now. */
export function lengthOf(journey, now) {
  const from = millis(journey.started_at);
  const long = journey.duration_ms ?? (millis(journey.ended_at) ?? now) - from;
  return journey.ended_at ? duration(long) : `${duration(Math.max(0, long))} so far`;
}
