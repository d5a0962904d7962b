# The record of one call of watsonx Assistant.

def object: if type == "object" then . else {} end;
def number: if type == "string" then (try tonumber catch null) elif type == "number" then . else null end;
def header($name): [to_entries[] | select((.key | ascii_downcase | split("_") | join("-")) == $name) | .value][0] | text;

((.payload // .cdr // .) | object)
# Records have a session. Logged messages have none.
| select(.global_session_id != null)
| (.call | object) as $call
| (.session_initiation_protocol | object | .headers | object) as $headers
| (.injected_custom_data | object) as $given
| (.["x-global-sip-trunk-call-id"] | text) as $trunk
| ($trunk // "" | startswith("CA") and length >= 30) as $is_twilio
| ($call.start_timestamp | time) as $start
| ($call.milliseconds_elapsed | number) as $elapsed
| (($call.stop_timestamp | time) // ($start | plus_ms($elapsed))) as $ended
| ($call.end_reason | text) as $reason
| (.failure_occurred == true or $reason == "failed") as $failed
| {
    id: (.global_session_id | id("watsonx.session")),
    observed_at: ($ended // $start),
    links: [
      {id: (if $is_twilio then $trunk else null end | id("twilio.call")), role: "same"},
      {id: (if $is_twilio then null else $trunk end | id("watsonx.trunk_call")), role: "reference"},
      {id: ($headers | header("call-id") | id("sip.call_id")), role: "reference"},
      {id: ((($headers | header("x-inin-cnv")) // ($given.genesys_conversation_id | text)) | uuid | id("genesys.conversation")), role: "reference"},
      {id: ($given.journey_ref | id("journey.ref")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: ($headers | header("from-uri") // header("from"))},
      {party: "centre", number: (.primary_phone_number | text)}
    ],
    spans: [
      {
        key: "call", type: "ai_conversation", name: "watsonx call",
        started_at: $start,
        ended_at: (if $start != null and $ended != null and $ended < $start then null else $ended end),
        status: (if $failed then "error" elif $reason != null then "ok" else null end),
        reason: $reason,
        attributes: {"watsonx.transfer_attempted": (.transfer_occurred | if type == "boolean" then . else null end)}
      },
      # The record says that the assistant sent the caller on, and not where to, nor whether somebody answered.
      (select($reason == "assistant_transfer" and $ended != null) | {
        key: "transfer", type: "platform_handoff", name: "watsonx transfer",
        started_at: $ended, ended_at: $ended,
        status: (if $failed then "error" else null end), reason: $reason
      })
    ]
  }
