# The record of one call of Synthflow.

def object: if type == "object" then . else {} end;
def number: if type == "string" then (try tonumber catch null) elif type == "number" then . else null end;

(.lead | object) as $lead
| (.call | object)
| (.start_time | time) as $start
| (.duration | number) as $seconds
| ($start | plus_s($seconds)) as $ended
| (.status | text) as $status
| (["failed", "busy", "no-answer", "no_answer"] | any(. == $status)) as $failed
| {
    id: (.call_id | id("synthflow.call")),
    observed_at: ($ended // $start),
    links: [
      {id: (.telephony_call_id | text | if . != null and startswith("CA") then . else null end | id("twilio.call")), role: "same"},
      {id: ($lead.prompt_variables | object | .journey_ref | id("journey.ref")), role: "reference"}
    ],
    phones: [{party: "customer", number: ($lead.phone_number | text)}],
    spans: [
      {
        key: "call", type: "ai_conversation", name: "Synthflow call",
        started_at: $start, ended_at: $ended,
        status: (if $failed then "error" elif $status == "completed" then "ok" else null end),
        reason: (if $failed then $status else (.end_call_reason | text) // $status end),
        version: 1
      }
    ]
  }
