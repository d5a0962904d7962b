# One event of Retell. It carries the call as it was known then, and no time of its own.

def object: if type == "object" then . else {} end;
def header($name): any_case($name) | text;
# The later an event in the life of a call, the more it knows.
def rank: {call_started: 1, chat_started: 1, transfer_started: 2, transfer_cancelled: 3, transfer_bridged: 3, transfer_ended: 4,
  call_ended: 5, chat_ended: 5, call_analyzed: 6, chat_analyzed: 6}[. // ""] // 0;
def outcome:
  . as $reason
  | if . == null then null
    elif startswith("error_") or startswith("dial_") or startswith("telephony_") or (["concurrency_limit_reached", "no_valid_payment",
      "scam_detected", "marked_as_spam", "invalid_destination", "sip_routing_error", "registered_call_timeout", "user_declined",
      "transfer_cancelled", "not_connected"] | any(. == $reason)) then "error"
    else "ok" end;

((.event // .event_type) | text) as $event
# What is said during the call is not about its course.
| select($event != "transcript_updated")
| (.transfer_destination | if type == "object" then .number // .sip_uri else . end | text) as $named
| ((.call // .chat) | object)
| (if .chat_id != null then "chat" else "call" end) as $kind
| (.start_timestamp | time) as $start
| (.end_timestamp | time) as $ended
| (.transfer_end_timestamp | time) as $transfer_ended
| ((.call_status // .chat_status) | text) as $status
| ((.disconnection_reason | text) // (if $status == "not_connected" then $status else null end)) as $reason
| ($named // (.transfer_destination | if type == "object" then .number // .sip_uri else . end | text)) as $target
| (if .direction == "outbound" then .to_number else .from_number end | text) as $customer
| ((.custom_sip_headers | object)) as $headers
| ((.metadata | object) + (.retell_llm_dynamic_variables | object)) as $given
| ($reason == "call_transfer" or $reason == "transfer_bridged") as $transferred
| ($event // "" | startswith("transfer_")) as $is_transfer
# The events of a transfer come while it happens.
| ($env.time // $env.received_at) as $moment

| {
    id: ((.call_id | id("retell.call")) // (.chat_id | id("retell.chat"))),
    observed_at: ($transfer_ended // $ended // (if $is_transfer then $moment else $start // $moment end)),
    links: [
      {id: (.telephony_identifier | object | .twilio_call_sid | id("twilio.call")), role: "same"},
      {id: ((($headers | header("x-inin-cnv")) // ($given["x-inin-cnv"] // $given.genesys_conversation_id | text)) | uuid | id("genesys.conversation")), role: "reference"},
      {id: ($headers | header("x-amzn-connectcontactid") | id("connect.contact")), role: "reference"},
      {id: (($headers | header("user-to-user")) // ($headers | header("x-user-to-user")) | uui | id("uui")), role: "reference"},
      {id: ($headers | header("call-id") | id("sip.call_id")), role: "reference"},
      {id: ($given.journey_ref | id("journey.ref")), role: "reference"},
      {id: (($given.traceparent // ($headers | header("traceparent"))) | traceparent_id | id("trace")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: $customer},
      {party: "centre", number: (if .direction == "outbound" then .from_number else .to_number end | text)}
    ],
    spans: [
      # Of a call that was not answered, only the reason is known.
      (select($start != null or $ended != null or $reason != null) | {
        key: $kind, type: "ai_conversation", name: "Retell \($kind)",
        started_at: $start,
        ended_at: (if $ended != null and $start != null and $ended < $start then null else $ended end),
        status: (($reason | outcome) // (if $status == "error" then "error" elif $ended != null and $status == "ended" then "ok" else null end)),
        reason: $reason,
        version: ($event | rank),
        attributes: {
          "call.direction": (.direction | text),
          "retell.call_type": (.call_type | text)
        }
      }),
      # The agent's part of the call ends with the transfer, and the transferred call ends later.
      (select($is_transfer or $transferred) | {
        key: "transfer", type: "platform_handoff", name: "Retell transfer",
        # The end of a transfer says nothing of its start.
        started_at: (if $transferred and $ended != null then $ended
          elif $event == "transfer_ended" or $event == "transfer_cancelled" then null else $moment end),
        ended_at: (if $event == "transfer_cancelled" then $moment else $transfer_ended // (if $is_transfer then null else $ended end) end),
        status: (if $event == "transfer_bridged" or $reason == "transfer_bridged" then "ok"
          elif $event == "transfer_cancelled" then "error" else null end),
        reason: (if $is_transfer then $event else $reason end),
        # Whoever knows when the transferred call ended knows best, in whatever event.
        version: (($event | rank) + (if $transfer_ended != null then 10 else 0 end))
      })
    ]
  }
# A bridged transfer left, and so did a call that ended by one. A transfer that only started proves nothing.
| (if $transferred and $ended != null then $ended elif $event == "transfer_bridged" then $moment else null end) as $left
| if $left != null and $target != null
  then .handoff = {number: $target, act: "left", at: $left, customer: $customer, span: "transfer"}
  else . end
