# One notification of a telephony session. Each of its parties is a span.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
# p-…-1 is the first party of the session.
def party: . // "1" | tostring | split("-") | last;
def is_first: party == "1";
def is_any($words): . as $word | $words | index($word) != null;

.timestamp as $sent
| .body
| (.eventTime | time // ($sent | time) // $env.received_at) as $at
| (.creationTime | time) as $created
| .sequence as $sequence
| [.parties | if type == "array" then .[] else empty end | select(type == "object")
    | .from |= object | .to |= object | .status |= object | .sipData |= object
    | .direction |= (text // "" | ascii_downcase)] as $parties
| {
    id: (.telephonySessionId | id("ringcentral.session")),
    observed_at: $at,
    links: ([{role: "same", id: (.sessionId | id("ringcentral.call"))}]
      + [$parties[] | {role: "same", id: (.sipData.callId | id("sip.call_id"))}]),
    # The customer is the caller of an inbound call, and the one whom the first party calls otherwise. A later party that is
    # called is where the call was transferred to.
    phones: ([$parties[]
      | select(.direction == "inbound" or (.id | is_first))
      | .direction as $direction
      | if $direction == "inbound" then {party: "customer", number: (.from.phoneNumber | text)}, {party: "centre", number: (.to.phoneNumber | text)}
        elif $direction == "outbound" then {party: "centre", number: (.from.phoneNumber | text)}, {party: "customer", number: (.to.phoneNumber | text)}
        else empty end
      | select(.number != null)] | unique),
    handoff: first(($parties[]
      | select(.status.code == "Setup" and (.to.phoneNumber | text) != null and .direction != "")
      | {act: (if .direction == "inbound" then "arrived" else "left" end),
         number: .to.phoneNumber, customer: .from.phoneNumber, at: ((if .id | is_first then $created else null end) // $at)}), null),
    spans: [$parties[]
      | (.status.code | text) as $code
      | (.status.reason | text) as $reason
      | ($code | is_any(["Disconnected", "Gone"])) as $is_over
      | select($code != null)
      | {
          key: "party:\(.id | party)",
          name: "Party",
          type: "telephony",
          version: $sequence,
          # The session begins with its first party.
          started_at: ((if .id | is_first then $created else null end) // (if $code | is_any(["Setup", "Proceeding"]) then $at else null end)),
          ended_at: (if $is_over then $at else null end),
          status: (
            if $is_over | not then null
            elif $reason | is_any(["Cancelled"]) then "abandoned"
            elif $reason | is_any(["Timeout", "AgentDropped", "Rejected", "InternalError", "NoAnswer", "TargetBusy", "InvalidNumber", "InternationalDisabled", "DestinationBlocked", "NotEnoughFunds", "NoSuchUser", "CallDropped"]) then "error"
            elif .missedCall == true then "error"
            else "ok" end),
          reason: (if $is_over then $reason // $code else null end),
          attributes: {
            "call.direction": (.direction | text),
            "ringcentral.missed_call": (if $is_over then .missedCall else null end)
          },
          events: [select($code | is_any(["Answered", "Hold", "Parked", "VoiceMail"])) | {name: $code, at: $at}]
        }]
  }
