"""Sets up OpenTelemetry before anything else is imported, and puts the interaction's id on every span from the first request on.

Run the application with `python -c "import instrument; import app"`, or import this module in the first line of the first
module. If it is imported later, libraries that were imported before are not instrumented, and the first requests lack the id.
"""

import os
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanLimits, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

# The request's interaction: a Genesys conversation id, or a CallSid. Set it in the first middleware.
interaction: ContextVar[str | None] = ContextVar("interaction", default=None)


class InteractionId(SpanProcessor):
    """Copies the interaction's id to each span as it starts, so that spans of libraries have it, too."""

    def on_start(self, span, parent_context=None):
        if value := interaction.get():
            span.set_attribute("interaction.id", value)


# No collector masks the attributes of links, so a link has none.
provider = TracerProvider(span_limits=SpanLimits(max_link_attributes=0), resource=Resource.create({
    "service.name": os.environ["OTEL_SERVICE_NAME"],
    "service.version": os.environ.get("SERVICE_VERSION", "unknown"),
    "cloud.region": os.environ.get("AWS_REGION", "unknown"),
}))
provider.add_span_processor(InteractionId())  # before the exporter: it must run first
provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))  # OTEL_EXPORTER_OTLP_ENDPOINT names the collector
trace.set_tracer_provider(provider)


def from_headers(headers):
    """The interaction of a request. A data action of Genesys sends the header `x-interaction-id` with the conversation's id."""
    interaction.set(headers.get("x-interaction-id") or headers.get("x-inin-cnv"))
