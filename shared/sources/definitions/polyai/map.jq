# One conversation of PolyAI. Version 3 of the API writes snake_case and "" for no value; the agents' API writes camelCase.

def number: if type == "string" then [tonumber?][0] elif type == "number" then . else null end;
def seconds: number | if . != null and . > 0 then . else null end;
def yes: . == true or . == "true";
def call_sid: text | if . != null and startswith("CA") and length >= 30 and (contains("-") | not) then . else null end;

select($env.input != "alerts") | objects
| ((.state | objects) // {}) as $state
| ((.started_at // .startedAt) | time) as $start
| ((.in_progress // .inProgress) | yes) as $running
| ((.handoff) | yes) as $handed_off
| ((.handoff_destination // .handoffDestination) | text) as $destination

# The whole call may go on after the agent's part. While it is going on, durations say nothing about its end.
| ((.total_duration // .totalDuration) | seconds) as $whole
| ((.polyai_duration // .polyaiDuration) | seconds) as $part
| (if $running then null else ((.finished_at // .finishedAt) | time) // ($start | plus_s($whole)) // ($start | plus_s($part)) end) as $finished
| (if $running then null else ($start | plus_s($part)) // $finished end) as $ended

| {
    id: ((.id // .conversation_id // .conversationId) | id("polyai.conversation")),
    observed_at: ($finished // $ended // $start),
    links: [
      {id: ((.id // .conversation_id // .conversationId) | call_sid | id("twilio.call")), role: "same"},
      {id: ($state.call_sid | call_sid | id("twilio.call")), role: "same"},
      {id: ((.shared_id // .sharedId // $state.shared_id) | id("polyai.shared")), role: "reference"},
      # What the flow copied from the headers of the call.
      {id: (($state["x-inin-cnv"] // $state.x_inin_cnv // $state.genesys_conversation_id) | uuid | id("genesys.conversation")), role: "reference"},
      {id: (($state.connect_contact_id // $state.amazon_connect_contact_id) | id("connect.contact")), role: "reference"},
      {id: (($state["x-user-to-user"] // $state.user_to_user) | uui | id("uui")), role: "reference"},
      {id: (($state.sip_call_id) | id("sip.call_id")), role: "reference"},
      {id: ($state.journey_ref | id("journey.ref")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: ((.from_number // .fromNumber) | text)},
      {party: "centre", number: ((.to_number // .toNumber) | text)}
    ],
    spans: [
      {
        key: "conversation", type: "ai_conversation", name: "PolyAI conversation",
        started_at: $start, ended_at: $ended,
        status: (if $ended then "ok" else null end),
        version: (if $running then 1 else 2 end),
        attributes: {"polyai.channel": (.channel | text), "polyai.turns": ((.num_turns // .numTurns) | number),
          "deployment.environment.name": {"live": "production", "pre-release": "staging", "sandbox": "development"}[.environment | text // ""]}
      },
      # The reason is the customer's own word: an own definition can list it.
      (select($handed_off and $ended != null) | {
        key: "handoff", type: "platform_handoff", name: "PolyAI hand-off",
        started_at: $ended, ended_at: (if $finished != null and $finished >= $ended then $finished else $ended end),
        reason: ((.handoff_reason // .handoffReason) | text), version: 2
      })
    ]
  }
# A destination is a number, a SIP address, or the name of a route.
| if $handed_off and $ended != null and $destination != null and ($destination | startswith("+") or startswith("sip:") or startswith("tel:"))
  then .handoff = {number: $destination, act: "left", at: $ended, customer: .phones[0].number, span: "handoff"}
  else . end
