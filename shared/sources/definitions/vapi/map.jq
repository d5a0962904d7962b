# One message of Vapi. The nested `call` is a snapshot that may be older than the message, so its status is never used.

def object: if type == "object" then . else {} end;
def list: if type == "array" then map(objects) else [] end;
def number: if type == "number" and . > 0 then . elif type == "string" then (tonumber? // null) else null end;
def begins($starts): . as $text | $starts | any(. as $start | $text | startswith($start));

# How a call ended, by Vapi's word for it.
def outcome:
  if . == null then null
  elif . == "assistant-request-returned-forwarding-phone-number" then "ok"
  elif contains("error") or begins(["assistant-request-", "assistant-not-", "assistant-join-", "worker-", "twilio-", "vonage-failed",
    "vonage-rejected", "phone-call-provider-", "sip-outbound-", "call.forwarding.", "customer-busy", "customer-did-not-", "unknown-"])
    then "error"
  elif begins(["customer-ended-call-before-", "customer-ended-call-during-", "call.ringing.sip-inbound-caller-hungup"]) then "abandoned"
  else "ok" end;

# How a transfer ended. Only a transfer record with a status proves that somebody was reached.
def transferred:
  if . == null then null elif . == "connected" or . == "completed" then "ok" elif . == "cancelled" then "abandoned" else "error" end;

# A transfer to another assistant stays in Vapi.
def leaves: . != null and (.type // "number") != "assistant" and .type != "squad";
def target: (.number // .sipUri // .phoneNumber) | text;

.message | object
# What is said during the call is not about its course.
| select(.type | text | . != null and (begins(["transcript", "speech-update", "conversation-update", "model-output", "voice-input"]) | not))
| . as $message
| (.call | object) as $call
| (.artifact | object) as $artifact
| ($call.transport | object) as $transport
| (.timestamp | time) as $at
| (((.endedReason // $call.endedReason) | text)) as $reason
| (.type == "end-of-call-report") as $is_report
| ($is_report or (.type == "status-update" and .status == "ended")) as $is_over

# Older reports have no times of their own. Their messages have.
| ([$artifact.messages, .messages] | map(list) | add) as $said
| ([$said[].time | time | select(. != null)] | min) as $first_said
| ([$said[] | (.endTime // .time) | time | select(. != null)] | max) as $last_said
| ((.endedAt // $call.endedAt) | time) as $given_end
# Some reports have only the end and how long the call was.
| ((.durationMs | number | if . == null then null else . / 1000 end) // (.durationSeconds | number)
   // (.durationMinutes | number | if . == null then null else . * 60 end)) as $seconds
| (if .type == "status-update" and .status == "in-progress" then $at
   elif $is_over then ((.startedAt // $call.startedAt) | time)
     // (if $is_report then (if $seconds == null then null else $given_end | plus_s(-$seconds) end) // $first_said else null end)
   else null end) as $start
| (if $is_over | not then null
   else $given_end // (if $is_report then $last_said else null end) // $at end) as $ended
# A report comes a while after the end. Its own time is worth less than that of the message about the end.
| (if $is_report | not then 1 elif $given_end != null or $last_said != null then 2 else 0 end) as $version

# Transfers that were asked for, and the records of a report that say how they ended.
| ([$artifact.transfers | list[] | select(.destination | object | leaves)] | to_entries
    | map(.value + {key: (if .key == 0 then "transfer" else "transfer:\(.key + 1)" end), status: (.value.status | text)})) as $records
| (.destination // $artifact.destination // $call.destination | object) as $destination
| (if $is_over then (($records | length) == 0) and ($reason == "assistant-forwarded-call"
      or ($reason // "" | begins(["call.forwarding.", "customer-ended-call-during-transfer", "call.in-progress.error-transfer-failed"])))
   else (.type == "transfer-update" or .status == "forwarding") and ($destination | leaves) end) as $is_transfer
| ($call.type | text) as $kind
| (if $kind == null then null elif $kind | startswith("outbound") then "outbound" elif $kind | startswith("inbound") then "inbound" else null end) as $direction
| ((.customer // $call.customer) | object | .number | text) as $customer
| (($call.phoneCallProvider // $transport.provider // "") | tostring) as $provider
| ($call.phoneCallProviderId | text) as $provider_id
| ([$artifact.variableValues, .assistant.variableValues?, $call.assistantOverrides.variableValues?, $call.metadata] | map(object) | add) as $variables

| {
    id: (($call.id | id("vapi.call")) // (.session.id? | id("vapi.session"))),
    observed_at: ($at // $ended // $start),
    links: [
      {id: (if ($provider == "twilio" or $provider == "") and ($provider_id // "" | startswith("CA")) then $provider_id else null end | id("twilio.call")), role: "same"},
      {id: (if $provider == "vonage" then $provider_id else null end | id("vonage.conversation")), role: "same"},
      {id: (if $provider == "telnyx" then $provider_id else null end | id("telnyx.call")), role: "same"},
      {id: ($transport.callSid | text | if . != null and startswith("CA") then . else null end | id("twilio.call")), role: "same"},
      # Headers of the call and the customer's own references become variables.
      {id: (($variables["x-inin-cnv"] // $variables.x_inin_cnv // $variables.genesys_conversation_id) | uuid | id("genesys.conversation")), role: "reference"},
      {id: ($variables.journey_ref | id("journey.ref")), role: "reference"},
      {id: ($variables.traceparent | traceparent_id | id("trace")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: $customer},
      {party: "centre", number: ((.phoneNumber // $call.phoneNumber) | object | .number | text)}
    ],
    spans: [
      (select($start != null or $ended != null) | {
        key: "call", type: "ai_conversation", name: "Vapi call",
        started_at: $start,
        ended_at: (if $start != null and $ended != null and $ended < $start then null else $ended end),
        status: (if $is_over then ($reason | outcome) else null end),
        reason: (if $is_over then $reason else null end),
        version: $version,
        attributes: {"call.direction": $direction, "vapi.call_type": $kind}
      }),
      (select($is_transfer) | {
        key: "transfer", type: "platform_handoff", name: "Vapi transfer",
        started_at: ($ended // $at),
        ended_at: $ended,
        status: (if $reason == "assistant-forwarded-call" then null else $reason | outcome end),
        reason: (if $is_over then $reason else null end),
        version: (if $is_report then 2 else 1 end)
      }),
      ($records[] | {
        key: .key, type: "platform_handoff", name: "Vapi transfer",
        started_at: $ended, ended_at: $ended, status: (.status | transferred), reason: .status, version: 3
      })
    ]
  }
# The customer left for a number if a transfer connected, or if the call was forwarded and no record says that it failed.
| (if $records | any(.status == "connected" or .status == "completed")
   then $records | map(select(.status == "connected" or .status == "completed")) | .[0]
   elif $reason == "assistant-forwarded-call" and ($records | all(.status == null)) then $records[0] // {destination: $destination, key: "transfer"}
   else null end) as $left
| ($left.destination | object | target) as $number
| if $is_report and $ended != null and $number != null
  then .handoff = {number: $number, act: "left", at: $ended, customer: $customer, span: $left.key}
  else . end
