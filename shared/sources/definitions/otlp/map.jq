# One trace, one document: the spans of an application, below the ids that they name.
def kept: . as $name
  | ["http.request.method", "http.response.status_code", "http.route", "http.method", "http.status_code", "url.scheme", "url.template",
      "server.port", "network.protocol.name", "network.protocol.version", "db.system.name", "db.system", "db.operation.name",
      "db.collection.name", "db.response.status_code", "messaging.system", "messaging.operation.name", "messaging.operation.type",
      "messaging.destination.name", "rpc.system.name", "rpc.system", "rpc.service", "rpc.method", "rpc.grpc.status_code",
      "rpc.response.status_code", "error.type", "faas.name", "faas.coldstart", "code.function.name", "gen_ai.operation.name",
      "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.tool.name", "gen_ai.usage.input_tokens",
      "gen_ai.usage.output_tokens"] | index($name) != null;
def word: .span.attributes as $a
  | ($a["http.request.method"] // $a["http.method"])
    // (if ($a["db.system.name"] // $a["db.system"]) != null then "Query"
        elif $a["messaging.system"] != null then "Message"
        elif ($a["rpc.system.name"] // $a["rpc.system"]) != null then "Remote call"
        elif $a["gen_ai.operation.name"] != null then "Model call"
        else "Work" end);

map(select(.span.trace_id != null)) as $items
| ($items | first) as $first
| {
    id: ($first.span.trace_id | id("trace")),
    links: (
      ($first.interactions | map({id: ., role: "related"}))
      + ($first.related_traces | map({id: id("trace"), role: "previous"}))
    ),
    observed_at: ($items | map(.span.ended_at // .span.started_at) | max),
    spans: ($items | map({
      key: .span.span_id,
      type: "backend",
      name: word,
      parent: .span.parent_span_id,
      started_at: .span.started_at,
      ended_at: .span.ended_at,
      status: (if .span.status == "error" then "error" else "ok" end),
      attributes: (
        (.span.attributes | with_entries(select(.key | kept)))
        + {
            "span.kind": .span.kind,
            "service.name": .resource["service.name"],
            "service.version": .resource["service.version"],
            "deployment.environment.name": .resource["deployment.environment.name"],
            "cx.folded_spans": .folded
          }
        | with_entries(select(.value != null))
      )
    }))
  }
