# One state of a call.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;

# A session is written in either letter case.
def session: if type == "string" then ascii_downcase else . end | id("five9.session");
def is_outbound: text // "" | ascii_downcase | startswith("outbound") or startswith("manual") or startswith("internal_out");

(.state | text // "" | ascii_downcase) as $state
| (.timestamp // .eventTimestamp // .stateTimestamp | time) as $at
| (.startTimestamp | time) as $began
| (.endTimestamp | time // $at) as $ended
| (.CallVariables // .callVariables | object) as $variables
| ($variables["Call.type_name"] // $variables["Call.type"] // .callType | is_outbound) as $out
| {key: "call", name: "Call", type: "telephony", started_at: $began} as $call
| {
    id: (.id | session),
    observed_at: ($at // (if $state == "finished" then $ended else null end) // $env.received_at),
    links: [{role: "same", id: ($variables["Call.call_id"] // .callId | id("five9.call"))}],
    phones: [
      {party: (if $out then "centre" else "customer" end), number: ($variables["Call.ANI"] // .ani | text)},
      {party: (if $out then "customer" else "centre" end), number: ($variables["Call.DNIS"] // .dnis | text)}
      | select(.number != null)],
    spans: [
      if $state == "offered" or $state == "ringing_on_other_side" then
        $call + {events: [select($at != null) | {name: $state, at: $at}]}
      elif $state == "talking" then
        $call, (select($at != null) | {key: "agent", name: "Agent", type: "agent_interaction", parent: "call", started_at: $at})
      elif $state == "finished" then
        $call + {ended_at: $ended, reason: $state,
          status: {"Abandon": "abandoned", "Busy": "error", "No Answer": "error"}[$variables["Call.disposition_name"] | text // ""] // "ok"},
        # An agent is named only if one took the call.
        (select(($variables["Agent.username"] // $variables["Agent.id"] // $variables["Agent.user_name"] | text) != null)
          | {key: "agent", name: "Agent", type: "agent_interaction", parent: "call", ended_at: $ended, status: "ok"})
      else empty end
    ]
  }
