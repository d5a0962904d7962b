# The record of one call of Sarvam, or of one attempt to call.

def object: if type == "object" then . else {} end;
def number: if type == "string" then (try tonumber catch null) elif type == "number" then . else null end;

(.status | text) as $status
| (.duration | number) as $seconds
| (.start_datetime | time) as $start
| ((.end_datetime | time) // (if $start != null and ($seconds // 0) > 0 then $start | plus_s($seconds) else null end)) as $ended
# A record of an attempt has no time. It is sent when the attempt is over.
| ($env.input == "outbound-calls") as $is_attempt
| (if $is_attempt and $ended == null then $env.received_at else $ended end) as $over
| {
    id: (if $is_attempt then .attempt_id | id("sarvam.attempt") else .interaction_id | id("sarvam.interaction") end),
    observed_at: ($over // $start),
    links: [{id: (if $is_attempt then .interaction_id | id("sarvam.interaction") else null end), role: "same"}],
    phones: [
      {party: "customer", number: (.user_phone_number | text)},
      {party: "centre", number: ((.agent_phone_number // (.channel_info | object | .agent_phone_number)) | text)}
    ],
    spans: [
      {
        key: "call", type: "ai_conversation", name: "Sarvam call",
        started_at: ($start // (if $is_attempt and $seconds != null then $over | plus_s(0 - $seconds) else null end)),
        ended_at: $over,
        status: (if $status == null or $status == "connected" then "ok" else "error" end),
        reason: $status,
        version: 1
      }
    ]
  }
