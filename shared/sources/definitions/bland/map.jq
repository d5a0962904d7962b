# The record of one call of Bland. A later copy holds more, and is the same call.

def lower: if . then ascii_downcase else . end;
def object: if type == "object" then . else {} end;
def number: if type == "string" then [tonumber?][0] elif type == "number" then . else null end;
def positive: number | if . != null and . > 0 then . else null end;
def yes: . == true or . == "true";

(.metadata | object) as $metadata
| (.variables | object) as $variables
| ($metadata + ($variables.metadata | object)) as $given
| (.inbound | yes) as $inbound

| (.status | text | lower) as $status
| ((.error_message | text) != null or (["failed", "error", "busy", "no-answer"] | any(. == $status))) as $failed
| (.created_at | time) as $created
| ((.started_at | time) // $created) as $start
# `corrected_duration` is in seconds, and the other durations are in minutes. A call that failed lasted no time.
| ((.corrected_duration | positive) // (.call_length | positive | if . then . * 60 else null end)
    // (if $failed then 0 else null end)) as $seconds
| ($start | plus_s($seconds)) as $counted
# `end_at` is documented as the time at which a call would be cut off. Some records have the real end there.
| (.end_at | time) as $end_at
| ((.ended_at | time) // (if $counted != null and $end_at != null and ($end_at - $counted | abs) <= 2000 then $end_at else $counted end)) as $hung_up

# A transfer that nobody answered leaves these fields empty, whatever the disposition says.
| (.transferred_to | text) as $target
| (.pre_transfer_duration | positive | if . then . * 60 else null end) as $before
| (if $target == null then null else (.transferred_at | time) // ($start | plus_s($before)) // $hung_up end) as $left
| (.warm_transfer_call | object | .state | text) as $warm
| (if $inbound then .from else .to end | text) as $customer

| {
    id: ((.call_id // .c_id) | id("bland.call")),
    observed_at: ($hung_up // $start // $created),
    links: [
      {id: (($given["x-inin-cnv"] // $given.genesys_conversation_id) | uuid | id("genesys.conversation")), role: "reference"},
      {id: (($given.call_sid // $variables.call_sid) | text | if . != null and startswith("CA") then . else null end | id("twilio.call")), role: "same"},
      {id: (($given.journey_ref // $variables.journey_ref) | id("journey.ref")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: $customer},
      {party: "centre", number: (if $inbound then .to else .from end | text)}
    ],
    spans: [
      (select($env.input == "post-call" and ($start != null or $hung_up != null)) | {
        key: "call", type: "ai_conversation", name: "Bland call",
        started_at: $start,
        # The agent's part ends with the transfer.
        ended_at: (($left // $hung_up) | if . != null and $start != null and . < $start then null else . end),
        status: (if $failed then "error" elif $status == "canceled" then "abandoned" elif .completed == false then null else "ok" end),
        reason: (if $failed or $status == "canceled" then .status | text else (.call_ended_by | text) // (.status | text) end),
        version: 1,
        attributes: {
          "call.direction": (if .inbound == null then null elif $inbound then "inbound" else "outbound" end),
          "bland.answered_by": (.answered_by | text)
        }
      }),
      (select($env.input == "post-call" and $left != null) | {
        key: "transfer", type: "platform_handoff", name: "Bland transfer",
        started_at: $left,
        ended_at: (if $hung_up != null and $hung_up >= $left then $hung_up else $left end),
        status: (if $warm == null then null elif $warm == "CANCELLED" then "abandoned" else "ok" end),
        reason: $warm, version: 1
      })
    ]
  }
| if $left != null and $warm != "CANCELLED"
  then .handoff = {number: $target, act: "left", at: $left, customer: $customer, span: "transfer"}
  else . end
