# One event of the Vonage Voice API.

# Numbers are written without a plus sign.
def number: text | if . == null or startswith("+") then . elif length >= 8 and (try (tonumber | true) catch false) then "+" + . else . end;
# What a User-to-User header carries. Amazon Connect puts the caller's number there, as JSON, which identifies no call.
def uui_id: uui | if . == null or startswith("{") then null else id("uui") end;
def header($name): any_case("sipheader_" + $name);

(.status | text) as $status
| (.timestamp | time) as $at
| (.start_time | time) as $answered
| (.duration | text | if . == null then null else (tonumber? // null) end) as $seconds
| (.end_time | time // ($answered | plus_s($seconds))) as $ended
| (.direction | text) as $direction
| {"completed": "ok", "cancelled": "abandoned", "busy": "error", "unanswered": "error", "disconnected": "error", "rejected": "error", "failed": "error", "timeout": "error"}[$status // ""] as $outcome
| {
    # Events about who answered say call_uuid.
    id: (.uuid // .call_uuid | id("vonage.call")),
    observed_at: ($at // $ended // $env.received_at),
    links: [
      {role: "parent", id: (.conversation_uuid | id("vonage.conversation"))},
      {role: "parent", id: (.conversation_uuid_from | id("vonage.conversation"))},
      {role: "parent", id: (.conversation_uuid_to | id("vonage.conversation"))},
      {role: "reference", id: (header("x-inin-cnv") | uuid | id("genesys.conversation"))},
      {role: "reference", id: (header("x-amzn-connectcontactid") | id("connect.contact"))},
      {role: "reference", id: (header("x-user-to-user") // header("user-to-user") | uui_id)},
      {role: "reference", id: (header("x-call-id") | id("sip.call_id"))},
      {role: "reference", id: (header("x-journey-ref") | id("journey.ref"))},
      {role: "reference", id: (header("x-traceparent") | traceparent_id | id("trace"))}
    ],
    # The customer is the caller of an inbound call, and the one who is called otherwise.
    phones: (if $direction == null then [] else
      [{party: (if $direction == "inbound" then "customer" else "centre" end), number: (.from | number)},
       {party: (if $direction == "inbound" then "centre" else "customer" end), number: (.to | number)}
       | select(.number != null)] end),
    handoff: (
      if $at == null or (.to | number) == null then null
      elif $direction == "inbound" and ($status == "started" or $status == "ringing") then {act: "arrived", number: (.to | number), customer: (.from | number), at: $at, span: "call"}
      elif $direction == "outbound" and $status == "ringing" then {act: "left", number: (.to | number), customer: (.from | number), at: $at, span: "call"}
      else null end),
    spans: [
      {key: "call", name: "Call", type: "telephony"} as $span
      | {key: "talk", name: "Connected", type: "telephony", parent: "call"} as $talk
      | if $status == "started" or $status == "ringing" then
          $span + {started_at: $at, attributes: {"call.direction": $direction}}
        elif $status == "answered" then
          ($span + {started_at: ($answered // $at), attributes: {"call.direction": $direction}}), ($talk + {started_at: ($answered // $at)})
        elif $status == "human" or $status == "machine" then
          $span + {attributes: {"vonage.answered_by": $status}}
        elif $outcome != null then
          # Only a call that was answered has a start_time, and it may be the only sign of the start.
          ($span + {started_at: $answered, ended_at: ($ended // $at), status: $outcome, reason: $status, attributes: {"call.direction": $direction}}),
          (if $status == "completed" and $answered != null then $talk + {started_at: $answered, ended_at: ($ended // $at), status: "ok"} else empty end)
        else empty end
    ]
  }
