# The start or the end of a call or a session of Voiceflow. On calls by phone the user's id is the caller's number.

def object: if type == "object" then . else {} end;
def phone: text | if . != null and startswith("+") then . else null end;

# Until they stop, older names of the events are sent beside the new ones.
(.type | rtrimstr(".v2")) as $type
| (.time | time) as $at
| (.data | object)
| (.metadata | object) as $call
| ($type | startswith("runtime.call.")) as $is_call
| ($type | endswith(".end")) as $is_end
| (.startTime | time) as $start
| (if $is_end then .endTime | time else null end) as $ended
| ($call.callSid | text) as $sid
| (.userID | text) as $user
| ($call.callType | text) as $kind
| {
    # A call in a browser has no id.
    id: (if $is_call | not then .sessionID | id("voiceflow.session")
         elif $sid != null then $sid | id("voiceflow.call")
         elif $user != null and $start != null then "\($user)/\($start)" | id("voiceflow.call")
         else .sessionID | id("voiceflow.session") end),
    observed_at: ($at // $ended // $start),
    links: [
      {id: (if $sid != null and ($sid | startswith("CA")) then $sid else null end | id("twilio.call")), role: "same"},
      {id: (if $is_call then .sessionID | id("voiceflow.session") else null end), role: "parent"}
    ],
    phones: [
      {party: "customer", number: (($call.userNumber | text) // ($user | phone))},
      {party: "centre", number: ($call.agentNumber | text)}
    ],
    spans: [
      # Of a phone call, the call's own events say when it began and ended.
      (select(($type == "runtime.call.start" or $type == "runtime.call.end" or $type == "runtime.session.start" or $type == "runtime.session.end")
          and ($is_call or ($user | phone) == null)) | {
        key: (if $is_call then "call" else "session" end),
        type: "ai_conversation",
        name: (if $is_call then "Voiceflow call" else "Voiceflow session" end),
        started_at: ($start // (if $is_end then null else $at end)),
        ended_at: (if $ended != null and $start != null and $ended < $start then null else $ended end),
        status: (if $is_end | not then null elif .endReason // "" | tostring | ascii_downcase | contains("error") then "error" else "ok" end),
        reason: (if $is_end then .endReason | text else null end),
        version: (if $is_end then 2 else 1 end),
        attributes: {
          "call.direction": (if $kind == null then null elif $kind | endswith("outbound") then "outbound" else "inbound" end),
          "voiceflow.platform": (.platform | text)
        }
      })
    ]
  }
