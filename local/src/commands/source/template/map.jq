# One event of the platform becomes Cxtrace Span documents (docs/span.md). docs/sources.md lists the functions.
(.at | time) as $at
| {
    id: (.call_id | id("{{namespace}}.call")),
    observed_at: $at,
    links: [{id: (.sip_call_id | id("sip.call_id")), role: "same"}],
    phones: [{party: "customer", number: .from}],
    spans: [{
      key: "call",
      type: "telephony",
      name: "Call",
      started_at: (if .event == "call.started" then $at else null end),
      ended_at: (if .event == "call.ended" then $at else null end),
      status: (if .event != "call.ended" then null elif .reason == "failed" then "error" else "ok" end),
      reason: .reason,
      attributes: {"{{name}}.direction": .direction}
    }]
  }
