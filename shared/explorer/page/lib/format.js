// @ts-check
// Formats names, numbers and texts of sources for readers.

/**
 * `agent_interaction` as words: `agent interaction`.
 *
 * @param {string} name
 */
export function words(name) {
  return String(name).replaceAll("_", " ");
}

/**
 * The same with a capital letter, and abbreviations in capitals.
 *
 * @param {string} name
 */
export function title(name) {
  const text = words(name);
  return (text.charAt(0).toUpperCase() + text.slice(1)).replace(/\b(ai|ivr|crm|sip|id)\b/gi, (short) =>
    short === "id" ? short : short.toUpperCase(),
  );
}

/**
 * `1 span`, `2 spans`.
 *
 * @param {number} number
 * @param {string} noun
 */
export function count(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

/**
 * A text from a source, with a visible sign in place of each invisible character: control characters, and characters
 * that change the writing direction and so make one text look like another.
 *
 * @param {unknown} text
 */
export function plainLine(text) {
  return String(text).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
