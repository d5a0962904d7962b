// Sets up OpenTelemetry before anything else is loaded, and puts the interaction's id on every span from the first request on.
// Run the application with `node --import ./instrument.mjs app.mjs`. If the application imports this file itself, libraries that
// were loaded before are not instrumented, and the first requests lack the id.
import { AsyncLocalStorage } from "node:async_hooks";
import { register } from "node:module";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { HttpInstrumentation } from "@opentelemetry/instrumentation-http";
import { NodeSDK, tracing } from "@opentelemetry/sdk-node";

// Without this hook, only what is loaded by `require` is instrumented, and an application of ES modules sends no span.
register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);

// The request's interaction: a Genesys conversation id, or a CallSid.
export const interaction = new AsyncLocalStorage();

// Copies the interaction's id to each span as it starts, so that spans of libraries have it, too.
const interactionId = {
  onStart(span) {
    const id = interaction.getStore();
    if (id) span.setAttribute("interaction.id", id);
  },
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

new NodeSDK({
  // OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES (service.version, cloud.region) and OTEL_EXPORTER_OTLP_ENDPOINT are read by the SDK.
  spanLimits: { attributePerLinkCountLimit: 0 }, // no collector masks the attributes of links, so a link has none
  spanProcessors: [interactionId, new tracing.BatchSpanProcessor(new OTLPTraceExporter())], // the exporter last
  instrumentations: [
    new HttpInstrumentation({
      // Before the server's span starts: the id is there for the first span of the first request.
      startIncomingSpanHook: (request) => {
        const id = request.headers["x-interaction-id"] ?? request.headers["x-inin-cnv"];
        if (id) interaction.enterWith(id);
        return id ? { "interaction.id": id } : {};
      },
    }),
  ],
}).start();
