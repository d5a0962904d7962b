// @ts-check
// Saves a file on the reader's computer.

import { announce, h } from "./dom.js";

/** How long the browser may take to begin a download, in milliseconds. */
const DOWNLOAD_STARTS = 10_000;

/**
 * @param {Blob} blob
 * @param {string} name
 */
export function download(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = h("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // Once the download has begun, it keeps the content by itself.
  setTimeout(() => URL.revokeObjectURL(address), DOWNLOAD_STARTS);
  announce(`Saved ${name}`);
}
