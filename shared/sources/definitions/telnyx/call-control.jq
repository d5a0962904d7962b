# One event of Telnyx Call Control.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
# What a User-to-User header carries. Amazon Connect puts the caller's number there, as JSON, which identifies no call.
def uui_id: uui | if . == null or startswith("{") then null else id("uui") end;
def direction: text | {"incoming": "inbound", "inbound": "inbound", "outgoing": "outbound", "outbound": "outbound"}[. // ""];
# SIP headers of the call, in any letter case.
def header($name): [(.sip_headers, .custom_headers) | if type == "array" then .[] else empty end
  | object | select((.name | text // "" | ascii_downcase) == $name) | .value] | first;

(.data | object) as $data
| ($data.event_type) as $event
| ($data.occurred_at | time // $env.received_at) as $at
| ($data.payload | object)
| (.direction | direction) as $direction
| (.call_control_id | id("telnyx.call")) as $call
| (.call_leg_id | id("telnyx.leg")) as $leg
| (.call_session_id | id("telnyx.session")) as $session
| (.hangup_cause | text) as $cause
| {
    id: ($call // $leg // $session),
    observed_at: $at,
    links: [
      {role: "same", id: $leg},
      {role: "parent", id: $session},
      {role: "reference", id: (.conference_id | id("telnyx.conference"))},
      {role: "same", id: (.sip_call_id | id("sip.call_id"))},
      {role: "reference", id: (header("x-inin-cnv") | uuid | id("genesys.conversation"))},
      {role: "reference", id: (header("x-amzn-connectcontactid") | id("connect.contact"))},
      {role: "reference", id: (header("user-to-user") // header("x-user-to-user") | uui_id)},
      {role: "reference", id: (header("session-id") | id("sip.session_id"))},
      {role: "reference", id: (header("x-journey-ref") | id("journey.ref"))},
      {role: "reference", id: (header("traceparent") // header("x-traceparent") | traceparent_id | id("trace"))}
    ],
    # The customer is the caller of an inbound call, and the one who is called otherwise.
    phones: (if $direction == null then [] else
      [{party: (if $direction == "inbound" then "customer" else "centre" end), number: (.from | text)},
       {party: (if $direction == "inbound" then "centre" else "customer" end), number: (.to | text)}
       | select(.number != null)] end),
    handoff: (
      if $event == "call.initiated" and $direction != null and (.to | text) != null
      then {act: (if $direction == "inbound" then "arrived" else "left" end), number: .to, customer: .from, at: $at, span: "call"} else null end),
    spans: [
      {key: "call", name: "Call", type: "telephony"} as $span
      | if $event == "call.initiated" then
          $span + {started_at: (.start_time | time // $at), attributes: {"call.direction": $direction}}
        elif $event == "call.answered" or $event == "call.bridged" then
          $span + {started_at: (.start_time | time), events: [{name: $event, at: $at}]}
        elif $event == "call.hangup" then
          $span + {
            started_at: (.start_time | time),
            ended_at: (.end_time | time // $at),
            status: (if $cause == "normal_clearing" or $cause == "time_limit" then "ok"
              elif $cause == "originator_cancel" then "abandoned"
              elif $cause == null then null else "error" end),
            reason: $cause,
            attributes: {"call.direction": $direction, "sip.response.status_code": (.sip_hangup_cause | text), "telnyx.hangup_source": (.hangup_source | text)}
          }
        elif $event == "call.machine.detection.ended" or $event == "call.machine.premium.detection.ended" then
          $span + {attributes: {"telnyx.machine_detection": (.result | text)}}
        elif $event == "call.enqueued" then
          {key: "queue", name: "Queue", type: "queue", parent: "call", started_at: $at}
        elif $event == "call.dequeued" then
          {key: "queue", name: "Queue", type: "queue", parent: "call", ended_at: $at, reason: (.reason | text),
           status: (if (.reason | text) == "hangup" then "abandoned" else "ok" end)}
        elif $event == "call.refer.started" then
          {key: "refer", name: "Transfer", type: "platform_handoff", parent: "call", started_at: $at}
        elif $event == "call.refer.completed" or $event == "call.refer.failed" then
          {key: "refer", name: "Transfer", type: "platform_handoff", parent: "call", ended_at: $at, reason: $event,
           status: (if $event == "call.refer.completed" then "ok" else "error" end)}
        elif $event == "conference.participant.joined" then
          {key: "conference", name: "Conference", type: "telephony", parent: "call", started_at: $at}
        elif $event == "conference.participant.left" then
          {key: "conference", name: "Conference", type: "telephony", parent: "call", ended_at: $at, status: "ok"}
        else empty end
    ]
  }
