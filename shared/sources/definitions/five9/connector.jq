# Call variables, as a connector sends them.

def variable($name): .["Call." + $name] // .[$name];

(variable("start_timestamp") | time) as $began
| (variable("end_timestamp") | time) as $ended
| (variable("disposition_name") | text) as $disposition
| {
    id: ((variable("session_id") | id("five9.session")) // (variable("call_id") | id("five9.call"))),
    observed_at: ($ended // $env.received_at),
    links: [
      {role: "same", id: (variable("call_id") | id("five9.call"))},
      {role: "reference", id: (.genesys_conversation_id | uuid | id("genesys.conversation"))}
    ],
    phones: [{party: "customer", number: (variable("ANI") | text)}, {party: "centre", number: (variable("DNIS") | text)} | select(.number != null)],
    spans: [select($began != null or $ended != null) | {
      key: "call",
      name: "Call",
      type: "telephony",
      started_at: $began,
      ended_at: $ended,
      status: (if $ended == null then null
        elif $disposition == "Abandon" then "abandoned"
        elif $disposition == "Busy" or $disposition == "No Answer" then "error"
        else "ok" end),
      reason: $disposition
    }]
  }
