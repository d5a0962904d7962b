# One call of Segment's libraries. `timestamp` is corrected for the device's clock.

def lower: if . then ascii_downcase else . end;
def object: if type == "object" then . else {} end;

. as $event
| (.type | text | lower) as $type
| ((.timestamp | time) // (.originalTimestamp | time) // (.receivedAt | time) // $env.time) as $at
| (.properties | object) as $properties
| (.context | object) as $context
| ((.traits | object) + ($context.traits | object)) as $traits
| (.anonymousId | id("segment.anonymous")) as $anonymous
| (.userId | id("segment.user")) as $user
| {
    id: ($anonymous // $user // (.messageId | id("segment.message"))),
    observed_at: $at,
    links: [
      {id: (if $anonymous != null then $user else null end), role: "related"},
      {id: (.previousId | id("segment.user")), role: "previous"},
      {id: (($properties.session_id // $properties.sessionId // $context.sessionId) | id("web.session")), role: "reference"},
      {id: (($properties.journey_ref // $context.journey_ref) | id("journey.ref")), role: "reference"},
      {id: ($properties.genesys_conversation_id | uuid | id("genesys.conversation")), role: "reference"},
      {id: ($properties.call_sid | text | if . != null and startswith("CA") then . else null end | id("twilio.call")), role: "reference"},
      {id: (($properties.case_id // $properties.caseId) | id("crm.case")), role: "reference"},
      {id: (($properties.traceparent // $context.traceparent) | traceparent_id | id("trace")), role: "reference"}
    ],
    phones: [{party: "customer", number: ($traits.phone | text)}],
    spans: [
      # An action has a time and no duration.
      (select(($type == "track" or $type == "page" or $type == "screen") and ((.messageId | text) != null or $at != null)) | {
        key: ((.messageId | text) // "\($type):\($at)"),
        type: "web", name: "Segment \($type)",
        started_at: $at, ended_at: $at, status: "ok",
        attributes: {"segment.channel": ((.channel // $context.channel) | text)}
      })
    ]
  }
