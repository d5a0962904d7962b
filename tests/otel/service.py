"""A service below a data action, with the set-up of infra/otel/snippets. It serves one request for a conversation and loses `traceparent` in a
second one. It prints each span that has ended.

    service.py CONVERSATION
"""

import instrument  # isort: skip, before anything that it instruments

import json
import sys
import time

from opentelemetry import trace
from opentelemetry.trace import Link, SpanKind

tracer = trace.get_tracer("accounts.http")
instrument.from_headers({"x-interaction-id": sys.argv[1]})


def ended(span):
    context = span.get_span_context()
    print(json.dumps({"trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}", "ended_at": time.time()}))


with tracer.start_as_current_span("GET /accounts/{id}", kind=SpanKind.SERVER, attributes={"http.request.method": "GET"}) as entry:
    with tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT, attributes={"db.system.name": "postgresql"}) as query:
        pass
    ended(query)
ended(entry)

# The next service knows nothing of the interaction, only the earlier trace. A third only links to it.
instrument.interaction.set(None)
earlier = entry.get_span_context()
attributes = {"previous-trace-id": f"00-{earlier.trace_id:032x}-{earlier.span_id:016x}-01", "http.request.method": "POST"}
with tracer.start_as_current_span("POST /refunds", context=trace.set_span_in_context(trace.INVALID_SPAN), kind=SpanKind.SERVER,
                                  attributes=attributes) as lost:
    pass
ended(lost)
with tracer.start_as_current_span("consume", context=trace.set_span_in_context(trace.INVALID_SPAN), kind=SpanKind.CONSUMER,
                                  links=[Link(earlier)]) as linked:
    pass
ended(linked)
instrument.provider.shutdown()
