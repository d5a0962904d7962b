# A custom platform event. It is a fact with its references. If it has Started_At__c, it is a span, too.

# Which fields name ids of other systems. A name is compared without case and underscores.
def references: {
  "genesysconversationid": "genesys.conversation", "genesysconversation": "genesys.conversation",
  "genesysinteractionid": "genesys.conversation", "genesysid": "genesys.conversation",
  "purecloudconversationid": "genesys.conversation", "purecloudinteractionid": "genesys.conversation",
  "connectcontactid": "connect.contact", "amazonconnectcontactid": "connect.contact", "awsconnectcontactid": "connect.contact",
  "twiliocallsid": "twilio.call", "callsid": "twilio.call", "twiliocallid": "twilio.call",
  "sipcallid": "sip.call_id", "traceparent": "trace", "traceid": "trace", "websessionid": "web.session", "uui": "uui",
  "caseid": "crm.case", "casereference": "crm.case"
};
# Fields that may name a call of any platform. The shape of the value says which.
def any_call: ["externalrefid", "externalreference", "externalreferenceid", "externalid", "externalcallid", "conversationid",
  "interactionid", "contactcentercallid", "vendorcallkey", "callid", "callkey", "correlationid", "callobject"];

def plain_name: rtrimstr("__c") | bare;
# An address or a phone number names a person and no case, so it joins nothing.
def is_personal: contains("@") or startswith("+") or startswith("tel:") or ((tonumber? // null) != null and length >= 10 and length <= 15);
def by_shape: text | if . == null then []
  elif length == 36 and uuid != null then [(uuid | id("genesys.conversation")), (uuid | id("connect.contact"))]
  elif startswith("CA") and length == 34 then [id("twilio.call")]
  elif traceparent_id != null then [traceparent_id | id("trace")]
  elif startswith("500") and (length == 15 or length == 18) then [id("crm.case")]
  elif is_personal then []
  else [id("journey.ref")] end;
# A conversation that is not a UUID, or a trace that is not one, would be refused with the whole event.
def ref($namespace): if $namespace == "genesys.conversation" then uuid | id($namespace)
  elif $namespace == "trace" then (traceparent_id // (if uuid == null then null else text end)) | id($namespace)
  else id($namespace) end;
def reference($name; $value): ($name | plain_name) as $bare
  | if ($value | type) != "string" then []
    elif references[$bare] != null then [$value | ref(references[$bare])]
    elif (any_call | index($bare)) != null then $value | by_shape
    else [] end;
def custom_references: to_entries | map(select(.key | endswith("__c") or . == "CallObject") | reference(.key; .value)[])
  | map(select(. != null) | {id: ., role: "reference"});
def object: if type == "object" then . else {} end;
((.payload // (.data | object | .payload) // .) | from_json | object) as $fields
| ((.event // (.data | object | .event)) | object) as $event
| select($fields.ChangeEventHeader == null)
| $fields | custom_references as $links
| (.EventUuid // $event.EventUuid // $event.eventUuid) as $uuid
| ((.CreatedDate | time) // $env.time // $env.received_at) as $created
| ((.Started_At__c // .StartedAt__c // .Start_Time__c) | time) as $start
| ((.Ended_At__c // .EndedAt__c // .End_Time__c) | time) as $ended
| select($uuid != null or ($links | length) > 0)
| {
    id: (($uuid | id("salesforce.event")) // $links[0].id),
    links: $links,
    observed_at: $created,
    spans: (if $start == null then [] else [{
      key: "event", type: "crm", name: "Platform event", started_at: $start,
      ended_at: (if $ended == null or $ended < $start then null else $ended end), version: $created
    }] end)
  }
