# One event of Daily. `event_ts` is when the event was sent; the payload says when it happened, in seconds, at times as text.

def object: if type == "object" then . else {} end;
def header($name): [to_entries[] | select((.key | ascii_downcase) == $name) | .value][0] | text;

((.type | text) // "") as $type
# Who joins a room and what is recorded there is not about a call.
| select(["participant.", "waiting-participant.", "recording.", "streaming.", "transcript.", "batch-processor."]
    | any(. as $start | $type | startswith($start)) | not)
| (.event_ts | time) as $sent
| (.payload | object)
| (.sip_headers | object) as $headers
| ((.timestamp | time) // (.end_ts | time) // (.start_ts | time)) as $at
| ($type | startswith("dialin.")) as $in
| ($type | startswith("dialout.")) as $out
| (["dialin.stopped", "dialin.error", "dialout.stopped", "dialout.error"] | any(. == $type)) as $is_end
| ($type | endswith(".error")) as $failed
| {
    id: ((.session_id | id("daily.session")) // (.meeting_id | id("daily.meeting"))),
    observed_at: ($at // $sent),
    links: [
      {id: (if .session_id != null then (.meeting_id // .mtg_session_id) | id("daily.meeting") else null end), role: "parent"},
      {id: ($headers | header("x-twilio-callsid") | id("twilio.call")), role: "reference"},
      {id: (($headers | header("call-id")) // (.sip_call_id | text) | id("sip.call_id")), role: "reference"},
      {id: ($headers | header("x-inin-cnv") | uuid | id("genesys.conversation")), role: "reference"},
      {id: (($headers | header("user-to-user")) // ($headers | header("x-user-to-user")) | uui | id("uui")), role: "reference"}
    ],
    phones: [{party: "customer", number: (if $in then .sip_from | text elif $out then (.destination // .phone_number // .phoneNumber // .sipUri) | text else null end)}],
    spans: [
      # A dialled call begins to ring with `dialout.connected` and is answered later.
      (select($type == "dialin.connected" or $type == "dialout.connected" or $type == "dialout.answered" or $is_end) | {
        key: "call", type: "telephony", name: (if $in then "Daily dial-in" else "Daily dial-out" end),
        started_at: (if $is_end then null else $at end),
        ended_at: (if $is_end then $at else null end),
        status: (if $failed then "error" elif $is_end then "ok" else null end),
        reason: (if $is_end then $type else null end),
        version: (if $is_end then 2 else 1 end),
        attributes: {"call.direction": (if $in then "inbound" else "outbound" end)}
      }),
      (select($type == "meeting.started" or $type == "meeting.ended") | {
        key: "meeting", type: "ai_conversation", name: "Daily meeting",
        started_at: (.start_ts | time), ended_at: (.end_ts | time),
        status: (if $type == "meeting.ended" then "ok" else null end),
        version: (if $type == "meeting.ended" then 2 else 1 end)
      })
    ]
  }
