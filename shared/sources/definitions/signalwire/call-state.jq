# One state of a call of SignalWire's calling API. The event's own time is in seconds, and those of the call in milliseconds.

def object: if type == "object" then . else {} end;
# Numbers may lack the plus sign.
def number: text | if . == null or startswith("+") or startswith("sip:") then .
  elif length >= 10 and (try (tonumber | true) catch false) then "+" + . else . end;
def outcome: {"hangup": "ok", "maxduration": "ok", "cancel": "abandoned", "abandoned": "abandoned"}[ascii_downcase] // "error";

(.timestamp | time // $env.received_at) as $at
| (.params | from_json | object)
| (.call_state | text // "" | ascii_downcase) as $state
| (.call_id | id("signalwire.call")) as $call
| (.parent | object | .call_id | id("signalwire.call")) as $parent
| (.device | object | .params | object) as $device
| ($device.from_number // $device.from | number) as $from
| ($device.to_number // $device.to | number) as $to
| (.direction | text) as $direction
| (.start_time | time) as $began
| (.answer_time | time) as $answered
| ($state == "ended") as $is_over
| (if $is_over then .end_time | time // $at else null end) as $ended
| (.end_reason | text) as $reason
| (["created", "ringing", "answered", "ending", "ended"] | index($state)) as $rank
| {
    id: $call,
    observed_at: $at,
    links: [{role: "parent", id: $parent}, {role: "related", id: (.peer | object | .call_id | id("signalwire.call"))}],
    # The customer is the caller of an inbound call, and the one who is called otherwise.
    phones: (if $direction == null then [] else
      [{party: (if $direction == "inbound" then "customer" else "centre" end), number: $from},
       {party: (if $direction == "inbound" then "centre" else "customer" end), number: $to} | select(.number != null)] end),
    handoff: (
      if $direction == "inbound" and ($state == "created" or $state == "ringing") then {act: "arrived", number: $to, customer: $from, at: ($began // $at), span: "call"}
      elif $direction == "outbound" and $state == "ringing" then {act: "left", number: $to, customer: $from, at: $at, span: "call"}
      else null end),
    spans: ([
      {
        key: "call",
        name: "Call",
        type: "telephony",
        parent: (if $parent == null then null else {source: $env.source, id: $parent, key: "call"} end),
        started_at: ($began // (if $state == "created" or $state == "ringing" then $at else null end)),
        ended_at: $ended,
        status: (if $is_over and $reason != null then $reason | outcome else null end),
        reason: (if $is_over then $reason else null end),
        attributes: {"call.direction": $direction}
      },
      (select($answered != null or $state == "answered") | {
        key: "talk",
        name: "Connected",
        type: "telephony",
        parent: "call",
        started_at: ($answered // $at),
        ended_at: $ended,
        status: (if $is_over then "ok" else null end)
      })
    ] | map(. + {version: (if $rank == null then null else $rank + 1 end)}))
  }
