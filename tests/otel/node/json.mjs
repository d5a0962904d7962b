// A worker with Node's SDK and its exporter of JSON, without any library that is instrumented. It prints each span that has ended.
import { SpanKind, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { NodeSDK, tracing } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK({ spanProcessors: [new tracing.BatchSpanProcessor(new OTLPTraceExporter())] });
sdk.start();
const tracer = trace.getTracer("accounts.worker");
tracer.startActiveSpan("refund", { kind: SpanKind.SERVER, attributes: { "interaction.id": process.argv[2] } }, (span) => {
  const inner = tracer.startSpan("GET", { kind: SpanKind.CLIENT, attributes: { "http.request.method": "GET" } });
  for (const one of [inner, span]) {
    one.end();
    const { traceId, spanId } = one.spanContext();
    console.log(JSON.stringify({ trace: traceId, span: spanId, ended_at: Date.now() / 1000 }));
  }
});
await sdk.shutdown();
