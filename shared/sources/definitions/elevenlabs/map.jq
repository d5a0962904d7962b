# A conversation of ElevenLabs after its end, or a call that could not be made.

def object: if type == "object" then . else {} end;
def list: if type == "array" then map(objects) else [] end;
def number: if type == "string" then (try tonumber catch null) elif type == "number" then . else null end;
def call_sid: text | if . != null and startswith("CA") then . else null end;
# Headers of the call come back as variables: `x-inin-cnv`, `sip_x_inin_cnv` and `SIP_X-Inin-Cnv` are one.
def header($name): .[$name] // .["sip" + $name] | text;

.type as $type
| (.event_timestamp | time) as $at
| select($type != "post_call_audio")
| (.data | object)
| (.metadata | object) as $metadata
| ($metadata.phone_call | object) as $phone
# A failed call holds what the carrier had said about it.
| ($metadata.body | object) as $carrier
| (.conversation_initiation_client_data | object | .dynamic_variables | object) as $variables
| ($variables + ($phone.sip_header_dynamic_variables | object) | bare_keys) as $headers

| ($metadata.start_time_unix_secs | time) as $start
| ($start | plus_s($metadata.call_duration_secs | number)) as $ended
| ((.failure_reason | text)) as $failure
| ((.analysis | object | .call_successful) | text) as $verdict
# Only calls that ElevenLabs makes can fail to be made.
| (if $type == "call_initiation_failure" then "outbound" else $phone.direction | text end) as $direction
| (($phone.external_number // $carrier.To // $carrier.to_number // $variables.system__caller_id) | text) as $customer

# The tool that transfers to a number, and what it answered.
| [.transcript | list | .[] | . as $turn | .tool_results | list | .[] | select(.tool_name == "transfer_to_number")
    | {at: ($start | plus_s($turn.time_in_call_secs | number)), failed: (.is_error == true), request: .request_id}] as $transfers
| [.transcript | list | .[] | .tool_calls | list | .[] | select(.tool_name == "transfer_to_number")
    | {request: .request_id, number: (.params_as_json | from_json | object | (.transfer_number // .phone_number) | text)}] as $asked

| {
    id: (.conversation_id | id("elevenlabs.conversation")),
    observed_at: ($at // $ended // $start),
    links: [
      {id: (($phone.call_sid | call_sid) // ($carrier.CallSid | call_sid) // ($variables.system__call_sid | call_sid) | id("twilio.call")), role: "same"},
      {id: (($phone.call_id // (if $metadata.type == "sip" then $carrier.call_id else null end)) | id("sip.call_id")), role: "same"},
      {id: ((($headers | header("xinincnv")) // ($variables.genesys_conversation_id | text)) | uuid | id("genesys.conversation")), role: "reference"},
      {id: ($headers | header("xamznconnectcontactid") | id("connect.contact")), role: "reference"},
      {id: (($headers | header("usertouser")) // ($headers | header("xusertouser")) | uui | id("uui")), role: "reference"},
      {id: ($variables.journey_ref | id("journey.ref")), role: "reference"},
      {id: ($variables.traceparent | traceparent_id | id("trace")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: $customer},
      {party: "centre", number: (($phone.agent_number // $carrier.From // $carrier.from_number) | text)}
    ],
    spans: [
      (select($type == "post_call_transcription") | {
        key: "conversation", type: "ai_conversation", name: "ElevenLabs conversation",
        started_at: $start, ended_at: $ended,
        status: (if $verdict == "failure" or .status == "failed" or ($metadata.error | type) == "object" then "error" elif $verdict == "success" then "ok" else null end),
        reason: (($metadata.termination_reason | text) // $verdict),
        attributes: {"call.direction": $direction, "elevenlabs.phone_call": ($phone.type | text)}
      }),
      # A call that could not be made lasted no time.
      (select($type == "call_initiation_failure") | {
        key: "conversation", type: "ai_conversation", name: "ElevenLabs conversation",
        started_at: $at, ended_at: $at, status: "error", reason: $failure,
        attributes: {"call.direction": $direction, "sip.response.status_code": ($carrier.sip_status_code // $carrier.SipResponseCode)}
      }),
      ($transfers | to_entries[] | {
        key: "transfer:\(.key + 1)", type: "platform_handoff", name: "ElevenLabs transfer",
        started_at: .value.at,
        # What followed is another's to tell. A transfer that failed ended at once.
        ended_at: (if .value.failed then .value.at else $ended end),
        status: (if .value.failed then "error" else null end)
      })
    ]
  }
| ([$transfers | to_entries[] | select(.value.failed | not)][0]) as $done
| ($done.value.request as $request | [$asked[] | select(.request == $request) | .number][0]) as $number
| if $done != null and $number != null
  then .handoff = {number: $number, act: "left", at: $done.value.at, customer: $customer, span: "transfer:\($done.key + 1)"}
  else . end
