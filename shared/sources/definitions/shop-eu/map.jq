# One span of a service. The bridge of data actions knows the span of the flow that called it, and names it as the parent.
def kept: . as $name
  | any(("http.request.method", "http.response.status_code", "http.route", "db.system.name", "db.operation.name",
      "db.collection.name", "error.type"); . == $name);

(.span.trace_id | id("trace")) as $trace
| .resource as $resource
| .span as $span
| {
    id: $trace,
    observed_at: ($span.ended_at // $span.started_at),
    links: (
      (.interactions | map({id: ., role: "related"}))
      + (.related_traces | map({id: id("trace"), role: "previous"}))
    ),
    spans: [{
      key: $span.span_id,
      type: "backend",
      name: $span.name,
      # The other region is called by this one alone.
      parent: (
        $span.attributes["cx.parent"]
        // (if $resource["cloud.region"] == "us-east-1" and $span.kind == "server" and $span.parent_span_id != null
            then {source: "shop-eu", id: $trace, key: $span.parent_span_id}
            else $span.parent_span_id end)
      ),
      started_at: $span.started_at,
      ended_at: $span.ended_at,
      status: (if $span.status == "error" then "error" else "ok" end),
      attributes: (
        ($span.attributes | with_entries(select(.key | kept)))
        + {"span.kind": $span.kind, "service.name": $resource["service.name"], "cloud.region": $resource["cloud.region"]}
        | with_entries(select(.value != null))
      )
    }]
  }
