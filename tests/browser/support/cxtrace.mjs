// Starts the cxtrace command for a test, and ends that process.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../../target/debug/cxtrace", import.meta.url));

/** The command: what CXTRACE names, or what `cargo test` has built. `undefined` when there is none. */
export const CXTRACE = process.env.CXTRACE || (existsSync(BUILT) ? BUILT : undefined);

const running = new Set();

/**
 * Starts the command on a free port and waits until it listens: `{url, output, printed, end}`. `output()` is its standard output.
 * It runs in an empty folder, without the developer's environment.
 */
export async function startCxtrace(...words) {
  const folder = await mkdtemp(join(tmpdir(), "cxtrace-test-"));
  const file = join(folder, "port");
  const child = spawn(CXTRACE, [...words, "--port", "0", "--port-file", file], {
    cwd: folder,
    env: {},
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let complaint = "";
  child.stdout.on("data", (bytes) => (out += bytes));
  child.stderr.on("data", (bytes) => (complaint += bytes));
  const gone = new Promise((done) => child.on("exit", done).on("error", done));
  let over = false;
  gone.then(() => (over = true));
  const end = async () => {
    running.delete(end);
    child.kill();
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
  running.add(end);
  // The command writes the file in one step, so a file that exists is complete.
  while (!existsSync(file)) {
    if (over) throw new Error(`cxtrace ${words.join(" ")} ended before it listened:\n${complaint}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  /** Waits until the command has printed `text` on standard error, and something that matches `pattern` on standard output. */
  const printed = async (text, pattern) => {
    while (!(complaint.includes(text) && pattern.test(out))) {
      if (over) throw new Error(`cxtrace ${words.join(" ")} ended before it printed "${text}":\n${complaint}`);
      await new Promise((done) => setTimeout(done, 20));
    }
  };
  return { url: `http://127.0.0.1:${await readFile(file, "utf8")}`, output: () => out, printed, end };
}

/** Ends the commands that a failed test left running. */
export async function endCxtrace() {
  for (const end of [...running]) await end();
}

/** The rows of every page of the list: a page has one day. */
export async function allRows(url) {
  const rows = [];
  let next;
  do {
    const page = await (await fetch(`${url}/api/journeys${next ? `?cursor=${encodeURIComponent(next)}` : ""}`)).json();
    rows.push(...page.rows);
    next = page.next;
  } while (next);
  return rows;
}
