# One event of Zoom Contact Center.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
def is_any($words): . as $word | $words | index($word) != null;
# A time, and its twin in milliseconds. Zoom calls the time of an event `end_time` or `ended_time`.
def at($name): [.[$name + "_ms"] // .[$name] | time] | first;

(.event | ltrimstr("contact_center.")) as $event
| (.event_ts | time // $env.received_at) as $at
| (.payload.object | object)
| (.engagement_id | id("zoom.engagement")) as $engagement
| (.task_id | id("zoom.task")) as $task
| ((.channel // .channel_type // .channel_name) | if type == "array" then first else . end | text // "voice" | ascii_downcase) as $channel
| (if $channel | is_any(["voice", "video"]) then "telephony" else "message" end) as $type
| (.direction | text // "" | ascii_downcase) as $direction
| (.user_id // .assigned_user_id | text) as $user
| ([.consumer, (.consumers | if type == "array" then .[] else null end)] | map(object | .phone_number // .consumer_number) | map(text | select(. != null)) | first) as $consumer
# Of an outbound task, the caller is the contact centre.
| (if $direction == "outbound" then {customer: .callee_number, centre: .caller_number} else {customer: .caller_number, centre: .callee_number} end) as $parties
| (.consumer_number // $consumer // $parties.customer // .from_number | text) as $customer
| (.entry_number // .dialed_number // .to_number // .called_number // $parties.centre | text) as $centre
| (.end_reason // .ended_by // .close_reason | text) as $reason
| {key: "engagement", name: "Engagement", type: $type} as $whole
| {key: "queue", name: "Queue", type: "queue", parent: "engagement"} as $queue
# An engagement may go from one agent to another.
| {key: (if $user == null then "agent" else "agent:\($user)" end), name: "Agent", type: "agent_interaction", parent: "engagement"} as $agent
| {
    id: ($engagement // $task),
    observed_at: $at,
    links: [{role: "related", id: $task}, {role: "same", id: (.sip_call_id | id("sip.call_id"))}],
    phones: (if $type != "telephony" then [] else
      [{party: "customer", number: $customer}, {party: "centre", number: $centre} | select(.number != null)] end),
    handoff: (
      if $event == "engagement_started" and $type == "telephony" and $direction != "outbound" and $centre != null
      then {act: "arrived", number: $centre, customer: $customer, at: (at("start_time") // $at), span: "engagement"} else null end),
    spans: [
      if $event == "engagement_started" then
        $whole + {started_at: (at("start_time") // $at), attributes: {
          "zoom.channel": $channel,
          "call.direction": (if $direction == "" then null else $direction end)
        }}
      elif $event == "engagement_ended" then
        $whole + {
          started_at: at("start_time"),
          ended_at: (at("end_time") // $at),
          status: (if $reason == "abandoned" then "abandoned" else "ok" end),
          reason: ($reason // $event)
        }
      elif $event == "engagement_user_answered" then
        $agent + {started_at: (at("answer_time") // $at)}
      elif $event == "engagement_user_ended" then
        $agent + {ended_at: (at("end_time") // $at), status: "ok", version: 1}
      elif $event | is_any(["engagement_user_hold", "engagement_user_unhold"]) then
        $agent + {events: [{name: $event, at: $at}]}
      elif $event | is_any(["engagement_consumer_answered", "engagement_consumer_notified", "engagement_user_transfer_initiated"]) then
        $whole + {events: [{name: $event, at: $at}]}
      elif $event == "task_created" then
        $queue + {started_at: (at("create_time") // at("created_time") // $at)}
      elif $event == "task_reservation_accepted" then
        (at("accept_time") // at("accepted_time") // $at) as $accepted
        | ($queue + {ended_at: $accepted, status: "ok"}), ($agent + {started_at: $accepted})
      elif $event == "task_canceled" then
        $queue + {ended_at: (at("cancel_time") // at("canceled_time") // $at), status: "abandoned", reason: $event}
      elif $event == "task_completed" and $user != null then
        $agent + {ended_at: (at("complete_time") // at("completed_time") // $at), status: "ok", version: 0}
      else empty end
    ]
  }
