# One call event of Dialpad.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
def is_any($words): . as $word | $words | index($word) != null;
# Other ids of the call may be null or 0.
def call: if . == null or . == 0 or . == "0" then null else id("dialpad.call") end;

(.state | text) as $state
| (.event_timestamp | time) as $at
| (.date_started | time) as $began
| (.date_connected | time) as $connected
| (.date_queued | time // (if $state == "queued" then $at else null end)) as $queued
# Dialpad may set date_ended while the call still rings.
| (if $state == "hangup" or $state == "missed" or $state == "abandoned" then .date_ended | time // $at else null end) as $ended
| (.direction | text) as $direction
| (.target | object) as $called
| ($called.type | text) as $target
| ((.voicemail_link | text) != null) as $has_voicemail
| (if $ended == null then null
   elif $connected != null or $has_voicemail then "ok"
   elif $direction == "inbound" then "abandoned"
   else "error" end) as $status
| {
    id: (.call_id | call),
    observed_at: ($at // $ended // $connected // $began // $env.received_at),
    links: [
      {role: "parent", id: (.master_call_id | call)},
      {role: "root", id: (.entry_point_call_id | call)},
      {role: "related", id: (.operator_call_id | call)}
    ],
    # Of an internal call, the other number is a colleague's.
    phones: [{party: (if .is_internal == true then "centre" else "customer" end), number: (.external_number // (.contact | object | .phone) | text)}, {party: "centre", number: (.internal_number // $called.phone | text)}
      | select(.number != null)],
    handoff: (
      if $direction == "inbound" and ($state == "calling" or $state == "ringing") and $began != null and (.internal_number | text) != null
      then {act: "arrived", number: .internal_number, customer: (if .is_internal == true then null else .external_number end), at: $began, span: "call"} else null end),
    spans: [
      # States of unknown names are kept as links only.
      select(($state | is_any(["calling", "ringing", "preanswer", "connected", "queued", "hold", "parked", "voicemail", "transferred", "monitor", "barge", "takeover", "hangup", "missed", "abandoned"])))
      | ({
          key: "call",
          name: "Call",
          type: "telephony",
          started_at: ($began // (if $state == "calling" or $state == "ringing" then $at else null end)),
          ended_at: $ended,
          status: $status,
          reason: (if $ended == null then null else $state end),
          attributes: {
            "call.direction": $direction,
            "dialpad.target_type": $target
          },
          events: [select($at != null and ($state | is_any(["hold", "voicemail", "transferred", "parked", "monitor", "barge", "takeover"]))) | {name: $state, at: $at}]
        }),
        (select($queued != null) | {
          key: "queue",
          name: "Queue",
          type: "queue",
          parent: "call",
          started_at: $queued,
          ended_at: ($connected // $ended),
          status: (if $connected != null then "ok" else $status end)
        }),
        # The leg that reaches a person.
        (select($connected != null and $target == "user") | {
          key: "agent",
          name: "Agent",
          type: "agent_interaction",
          parent: "call",
          started_at: $connected,
          ended_at: $ended,
          status: (if $ended == null then null else "ok" end)
        })
    ]
  }
