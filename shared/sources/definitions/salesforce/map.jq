# Change data capture: one fact for each record of the change. An update has only the fields that changed.

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
# The key of a voice call is the id of the telephony system. Amazon Connect is the usual one. Another vendor's key that is a
# UUID may be of Genesys Cloud.
def vendor_key: (.VendorCallKey | text) as $key | (.VendorType // "" | text // "" | ascii_downcase) as $vendor
  | if $key == null then []
    elif ($key | uuid) == null then $key | by_shape
    elif $vendor == "" or ($vendor | contains("connect")) then [$key | uuid | id("connect.contact")]
    elif $vendor | contains("genesys") then [$key | uuid | id("genesys.conversation")]
    else $key | by_shape end
  | map({id: ., role: "same"});

def object: if type == "object" then . else {} end;
def link($role): select(. != null) | {id: ., role: $role};
def case_of($field): .[$field] | text | if . == null or (startswith("500") | not) then null else id("crm.case") end;
def finish($at; $start): if $at == null or ($start != null and $at < $start) then null else $at end;
def words: {"CREATE": "created", "UPDATE": "changed", "DELETE": "deleted", "UNDELETE": "restored"};
def parties: (.CallType // "" | text // "" | ascii_downcase) as $type
  | (.FromPhoneNumber | text) as $from | (.ToPhoneNumber | text) as $to
  | (if $type == "outbound" or $type == "callback" then {customer: $to, centre: $from} else {customer: $from, centre: $to} end)
  | to_entries | map(select(.value != null) | {party: .key, number: .value});

((.payload // (.data | object | .payload) // .) | from_json | object) as $change
| ($change.ChangeEventHeader | object) as $header
| ($header.commitTimestamp | time) as $committed
| ($header.changeType // "" | tostring | ltrimstr("GAP_")) as $act
# The sequence number orders the changes of one transaction.
| (if $committed == null then 0 else $committed * 1000 + ([($header.sequenceNumber | tonumber? // 0), 999] | min) end) as $version
| ($header.entityName // "") as $entity
| ($committed // $env.time // $env.received_at) as $observed
| (if $act == "CREATE" then ($change.CreatedDate | time) // $committed else $change.CreatedDate | time end) as $created
| (if words[$act] == null or $committed == null then [] else [{name: words[$act], at: $committed}] end) as $events
| ($header.recordIds | if type == "array" then .[] else . end)
| text | select(. != null) | . as $record
| $change
| if $entity == "Case" then
    # An update that closes a case need not say when.
    ((.ClosedDate | time) // (if .IsClosed == true or (.Status | text // "" | startswith("Closed")) then $committed else null end)) as $closed
    | {id: ($record | id("crm.case")),
       links: ([case_of("ParentId") | link("parent")] + custom_references),
       spans: [{key: "case", type: "crm", name: "Case", started_at: $created, ended_at: finish($closed; $created),
         status: (if $closed != null then "ok" else null end),
         reason: (if $closed != null then .Status | text else null end),
         attributes: {"salesforce.entity": "Case", "salesforce.status": (.Status | text), "salesforce.origin": (.Origin | text), "salesforce.priority": (.Priority | text)}}],
       phones: []}
  elif $entity == "VoiceCall" then
    # A later change names only the end, and how long the call was.
    ((.CallDurationInSeconds | if type == "number" and . > 0 then . else null end) as $seconds
      | (.CallStartDateTime | time) // (if $seconds == null then null else (.CallEndDateTime | time) | plus_s(-$seconds) end)) as $start
    | {id: ($record | id("salesforce.voice_call")),
       links: (vendor_key + [(.PreviousCallId | id("salesforce.voice_call") | link("previous")), (.NextCallId | id("salesforce.voice_call") | link("related")),
         (case_of("RelatedRecordId") | link("reference")), (case_of("CaseId") | link("reference"))] + custom_references),
       spans: [{key: "call", type: "telephony", name: "Voice call", started_at: $start, ended_at: finish(.CallEndDateTime | time; $start),
         status: (if (.CallEndDateTime | time) == null then null elif (.CallDisposition | text) == "missed" or (.CallDisposition | text) == "abandoned" then "abandoned" else "ok" end),
         reason: (.CallDisposition | text),
         attributes: {"salesforce.entity": "VoiceCall", "salesforce.call_type": (.CallType | text)}}],
       phones: parties}
  elif $entity == "MessagingSession" or $entity == "LiveChatTranscript" then
    ((.StartTime // .RequestTime) | time) as $start
    | (.EndTime | time) as $ended
    | {id: ($record | id(if $entity == "MessagingSession" then "salesforce.messaging_session" else "salesforce.record" end)),
       links: ([case_of("CaseId") | link("reference")] + custom_references),
       spans: [{key: "session", type: "message", name: "Messaging session", started_at: $start, ended_at: finish($ended; $start),
         status: (if $ended == null then null elif .Status == "Missed" or .Status == "Abandoned" then "abandoned" else "ok" end),
         reason: (if $ended == null then null else .Status | text end),
         attributes: {"salesforce.entity": $entity, "salesforce.status": (.Status | text)}}],
       phones: []}
  elif $entity == "Task" then
    (.CompletedDateTime | time) as $ended
    | {id: ($record | id("salesforce.task")),
       links: ([case_of("WhatId") | link("reference")] + custom_references),
       spans: [{key: "task", type: "crm", name: "Task", started_at: $created, ended_at: finish($ended; $created),
         status: (if $ended == null then null else "ok" end), reason: null,
         attributes: {"salesforce.entity": "Task", "salesforce.status": (.Status | text)}}],
       phones: []}
  else {id: ($record | id(if $entity == "Contact" then "crm.contact" else "salesforce.record" end)),
        links: ([case_of("CaseId"), case_of("ParentId") | link("reference")] + custom_references), spans: [], phones: []}
  end
| .observed_at = $observed
| .spans |= map(. + {version: $version, events: $events} | .attributes |= with_entries(select(.value != null)))
