// A service below a data action, with the set-up of infra/otel/snippets. It serves one request for a conversation, and prints each span that
// has ended. Run it with `node --import ./instrument.mjs service.mjs CONVERSATION`.
import http from "node:http";
import { trace } from "@opentelemetry/api";

const seen = [];
const server = http.createServer((request, response) => {
  seen.push(trace.getActiveSpan().spanContext());
  response.end("ok");
});
server.listen(0, "127.0.0.1", () => {
  const headers = { "x-interaction-id": process.argv[2] };
  http.get({ port: server.address().port, path: "/accounts/7", headers }, (response) => {
    response.resume();
    response.on("end", () => {
      const endedAt = Date.now() / 1000;
      for (const span of seen) console.log(JSON.stringify({ trace: span.traceId, span: span.spanId, ended_at: endedAt }));
      server.close();
      // The exporter sends in batches.
      setTimeout(() => process.exit(0), 1500);
    });
  });
});
