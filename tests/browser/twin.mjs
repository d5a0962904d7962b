// The real thing: `cxtrace demo` and `cxtrace up`, started for a test and ended by their own process ids.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = fileURLToPath(new URL("../../target/debug/cxtrace", import.meta.url));

/** The command: what CXTRACE names, or what `cargo test` has built; `undefined` where there is none. */
export const CXTRACE = process.env.CXTRACE || (existsSync(BUILT) ? BUILT : undefined);

const running = new Set();

/**
 * Starts the command on a free port and waits until it listens: `{url, told, end}`, where `told()` is what it wrote on
 * standard output. It is in a folder of its own and knows nothing of the developer's environment.
 */
export async function startTwin(...words) {
  const folder = await mkdtemp(join(tmpdir(), "cxtrace-twin-"));
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
  // The file is there only when it is whole.
  while (!existsSync(file)) {
    if (over) throw new Error(`cxtrace ${words.join(" ")} ended before it listened:\n${complaint}`);
    await new Promise((done) => setTimeout(done, 20));
  }
  return { url: `http://127.0.0.1:${await readFile(file, "utf8")}`, told: () => out, end };
}

/** Ends what a failed test has left behind. */
export async function endTwins() {
  for (const end of [...running]) await end();
}
