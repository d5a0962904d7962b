# One event. `occurredAt` is the time of the change. A generic event names its kind of record by a number.

# Properties that name a call of another system. Custom properties are yours: add their names here.
def references: {
  "genesysconversationid": "genesys.conversation", "connectcontactid": "connect.contact", "twiliocallsid": "twilio.call",
  "callsid": "twilio.call", "sipcallid": "sip.call_id", "traceparent": "trace"
};
def any_call: ["hscallexternalid", "externalid", "externalrefid", "conversationid", "externalcallid"];
def by_shape: text | if . == null then []
  elif length == 36 and uuid != null then [(uuid | id("genesys.conversation")), (uuid | id("connect.contact"))]
  elif startswith("CA") and length == 34 then [id("twilio.call")]
  else [id("journey.ref")] end;
# A conversation that is not a UUID, or a trace that is not one, would be refused with the whole event.
def ref($namespace): if $namespace == "genesys.conversation" then uuid | id($namespace)
  elif $namespace == "trace" then (traceparent_id // (if uuid == null then null else text end)) | id($namespace)
  else id($namespace) end;
def reference: (.propertyName // "" | tostring | bare) as $name
  | if (.propertyValue | type) != "string" then []
    elif references[$name] != null then [.propertyValue | ref(references[$name])]
    elif (any_call | index($name)) != null then .propertyValue | by_shape
    else [] end
  | map(select(. != null) | {id: ., role: "reference"});

def kinds_by_number: {"0-1": "contact", "0-5": "ticket", "0-11": "conversation", "0-48": "call"};
def kind: (.subscriptionType // "" | tostring | split(".")[0] // "") as $written
  | if $written == "object" then kinds_by_number[.objectTypeId // "" | tostring] // "record"
    elif (["contact", "ticket", "conversation", "call"] | index($written)) != null then $written else "record" end;
def acts: {"creation": "created", "propertyChange": "changed", "deletion": "deleted", "restore": "restored", "merge": "merged",
  "newMessage": "message", "privacyDeletion": "deleted", "associationChange": "changed"};
def span_type: if . == "ticket" then "crm" elif . == "conversation" then "message" else "telephony" end;
def title: {"ticket": "Ticket", "conversation": "Conversation", "call": "Call"}[.];

select(type == "object")
| kind as $kind
| (.subscriptionType // "" | tostring | split(".") | .[-1]) as $act
| (.occurredAt | time) as $at
| (.propertyName // "" | tostring) as $property
| (if $act == "propertyChange" then .propertyValue | text else null end) as $value
| (if $kind == "ticket" and ($property == "closed_date" or $property == "hs_closed_date") then $value | time
   elif $kind == "conversation" and $property == "status" and $value == "CLOSED" then $at
   elif $kind == "call" and $property == "hs_call_status" and $value != null and any(("COMPLETED", "FAILED", "BUSY", "CANCELED", "NO_ANSWER"); . == $value) then $at
   else null end) as $ended
| (if $act == "creation" and $kind != "call" then $at
   elif $kind == "ticket" and ($property == "createdate") then $value | time
   elif $kind == "call" and $property == "hs_timestamp" then $value | time
   else null end) as $start
| ($at // $env.received_at) as $observed
| {
    id: (.objectId | id("hubspot." + $kind)),
    links: reference,
    observed_at: $observed,
    spans: (if $kind == "contact" or $kind == "record" then [] else [{
      key: $kind, type: ($kind | span_type), name: ($kind | title),
      started_at: $start,
      ended_at: $ended,
      status: (if $ended == null then null elif $value == "NO_ANSWER" or $value == "CANCELED" then "abandoned"
               elif $value == "FAILED" or $value == "BUSY" then "error" else "ok" end),
      reason: (if $ended == null then null elif $kind == "ticket" then "CLOSED" else $value end),
      version: $observed,
      events: (if $at == null or acts[$act] == null then [] else [{name: acts[$act], at: $at}] end)
    }] end)
  }
