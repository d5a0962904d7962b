# One event of LiveKit's server, in protobuf's JSON: default values are left out, and 64-bit numbers are texts.

def object: if type == "object" then . else {} end;
def header($attributes; $name): $attributes | any_case("sip.h." + $name) // any_case($name) | text;
def kind: if . == "SIP" or . == 3 then "sip" elif . == "AGENT" or . == 4 then "agent" else "other" end;
# Enums are names, or numbers if the server prints them so.
def reason:
  if type == "number" then ["UNKNOWN_REASON", "CLIENT_INITIATED", "DUPLICATE_IDENTITY", "SERVER_SHUTDOWN", "PARTICIPANT_REMOVED",
    "ROOM_DELETED", "STATE_MISMATCH", "JOIN_FAILURE", "MIGRATION", "SIGNAL_CLOSE", "ROOM_CLOSED", "USER_UNAVAILABLE",
    "USER_REJECTED", "SIP_TRUNK_FAILURE", "CONNECTION_TIMEOUT", "MEDIA_FAILURE", "AGENT_ERROR"][floor]
  else text end;
def outcome:
  . as $reason
  | if ["CLIENT_INITIATED", "PARTICIPANT_REMOVED", "ROOM_DELETED", "ROOM_CLOSED", "DUPLICATE_IDENTITY", "MIGRATION"] | any(. == $reason) then "ok"
    elif . == null or . == "UNKNOWN_REASON" then null
    else "error" end;
# An end in whole seconds may lie just before a start in milliseconds.
def not_before($start):
  if . == null or $start == null or . >= $start then . elif . + 1000 > $start then $start else null end;

(.event | text) as $event
| select($event // "" | (startswith("track_") or startswith("egress_") or startswith("ingress_")) | not)
# The envelope's time has whole seconds.
| (.createdAt | time) as $at
| (.room | object) as $room
| (.participant | object) as $participant
| ($participant.attributes | object) as $attributes
| ($participant.kind | kind) as $kind
| (($room.creationTimeMs | time) // ($room.creationTime | time)) as $opened
| (($participant.joinedAtMs | time) // ($participant.joinedAt | time)) as $joined
| ($event == "participant_left" or $event == "participant_connection_aborted") as $left
| ($participant.disconnectReason | reason) as $reason
| (header($attributes; "user-to-user") // header($attributes; "x-user-to-user") | uui) as $uui

| {
    id: (($room.sid // .egressInfo.roomId?) | id("livekit.room")),
    observed_at: $at,
    links: [
      {id: ($attributes["sip.callID"] | id("livekit.sip_call")), role: "reference"},
      {id: ($attributes["sip.callIDFull"] | id("sip.call_id")), role: "reference"},
      {id: ($attributes["sip.twilio.callSid"] | id("twilio.call")), role: "reference"},
      {id: ($attributes["sip.telnyx.callLegID"] | id("telnyx.leg")), role: "reference"},
      {id: ($attributes["sip.telnyx.callSessionID"] | id("telnyx.session")), role: "reference"},
      {id: (($attributes["sip.amazon.contactId"] | text) // header($attributes; "x-amzn-connectcontactid") | id("connect.contact")), role: "reference"},
      {id: (($attributes["sip.amazon.initialContactId"] | text) // header($attributes; "x-amzn-connectinitialcontactid") | id("connect.contact")), role: "root"},
      {id: (header($attributes; "x-inin-cnv") | uuid | id("genesys.conversation")), role: "reference"},
      # What Amazon Connect sends there is the customer's number, and no id.
      {id: ($uui | if . != null and (startswith("{") or startswith("7b") or startswith("7B") or startswith("007b")) then null else . end | id("uui")), role: "reference"},
      {id: (($attributes.journey_ref // $attributes["journey.ref"]) | id("journey.ref")), role: "reference"},
      {id: ($attributes.traceparent | traceparent_id | id("trace")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: (if $kind == "sip" then $attributes["sip.phoneNumber"] | text else null end)},
      {party: "centre", number: (if $kind == "sip" then $attributes["sip.trunkPhoneNumber"] | text else null end)}
    ],
    spans: [
      (select($event == "room_started" or $event == "room_finished") | {
        key: "room", type: "ai_conversation", name: "LiveKit room",
        started_at: ($opened // (if $event == "room_started" then $at else null end)),
        ended_at: (if $event == "room_finished" then $at | not_before($opened) else null end),
        status: (if $event == "room_finished" then "ok" else null end),
        version: (if $event == "room_finished" then 2 else 1 end)
      }),
      # People in a browser are the room. Callers and agents are shown.
      (select(($event == "participant_joined" or $left) and $kind != "other" and ($participant.sid | text) != null) | {
        key: "\($kind):\($participant.sid)",
        type: (if $kind == "sip" then "telephony" else "ai_conversation" end),
        name: (if $kind == "sip" then "LiveKit SIP call" else "LiveKit agent" end),
        started_at: ($joined // (if $event == "participant_joined" then $at else null end)),
        ended_at: (if $left then $at | not_before($joined) else null end),
        status: (if $event == "participant_connection_aborted" then "error" elif $left then $reason | outcome else null end),
        reason: (if $left then $reason // (if $event == "participant_connection_aborted" then $event else null end) else null end),
        parent: "room",
        version: (if $left then 2 else 1 end),
        attributes: {"livekit.sip.call_status": (if $kind == "sip" then $attributes["sip.callStatus"] | text else null end)}
      })
    ]
  }
