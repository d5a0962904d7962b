// Serves the page's files as they are, with made-up journeys, so that you can look at the page while you change it.
//
//   node tests/browser/serve.mjs [port]

import { hard, hostile, sized, stories } from "./support/journeys.mjs";
import { FakeApi, start } from "./support/server.mjs";

// The stories as if they had just happened.
const now = Date.now();
const api = new FakeApi([
  ...stories(now),
  hostile(now),
  hard(now),
  ...[1000, 10_000, 100_000].map((n) => sized(n, now)),
]);
api.config = {};
const { url } = await start(api, { port: Number(process.argv[2] ?? 8080) });
console.log(`The Journey Explorer with made-up journeys: ${url}`);
