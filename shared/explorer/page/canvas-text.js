// Text on a canvas: fonts that grow with the page, measured once, and cut where there is no room.

const FAMILY = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "DejaVu Sans", sans-serif';

/** A font of `size` pixels, larger where everything is. */
export function font({ unit }, size, weight = "") {
  return `${weight} ${size * unit}px ${FAMILY}`.trim();
}

const widths = new Map();

export function textWidth(ctx, text) {
  const key = `${ctx.font}|${text}`;
  let width = widths.get(key);
  if (width === undefined) {
    if (widths.size > 20_000) widths.clear();
    width = ctx.measureText(text).width;
    widths.set(key, width);
  }
  return width;
}

/** Draws `text` from `x` on, cut to `room` pixels; returns the width used. */
export function label(ctx, text, x, y, room) {
  if (room < 12) return 0;
  let shown = text;
  let width = textWidth(ctx, shown);
  if (width > room) {
    const letters = Math.floor((text.length * (room - 9)) / width);
    if (letters < 1) return 0;
    shown = `${text.slice(0, letters)}…`;
    width = room;
  }
  ctx.fillText(shown, x, y);
  return width;
}
