# A record in our template. A field may be an object with `value`, as ServiceNow's REST API writes it.

def object: if type == "object" then . else {} end;
def plain: if type == "object" then .value // .display_value // null else . end | if type == "number" then tostring else . end;
def platforms: [["genesys", "genesys.conversation"], ["purecloud", "genesys.conversation"], ["connect", "connect.contact"],
  ["twilio", "twilio.call"], ["sip", "sip.call_id"], ["trace", "trace"], ["web", "web.session"], ["salesforce", "crm.case"]];
# An address or a phone number names a person and no case, so it joins nothing.
def is_personal: contains("@") or startswith("+") or startswith("tel:") or ((tonumber? // null) != null and length >= 10 and length <= 15);
def by_shape: if length == 36 and uuid != null then [(uuid | id("genesys.conversation")), (uuid | id("connect.contact"))]
  elif startswith("CA") and length == 34 then [id("twilio.call")]
  elif traceparent_id != null then [traceparent_id | id("trace")]
  elif is_personal then []
  else [id("journey.ref")] end;
# A conversation that is not a UUID, or a trace that is not one, would be refused with the whole event.
def ref($namespace): if $namespace == "genesys.conversation" then uuid | id($namespace)
  elif $namespace == "trace" then (traceparent_id // (if uuid == null then null else text end)) | id($namespace)
  else id($namespace) end;
def reference($id; $platform): ($id | text) as $id | ($platform | text // "" | ascii_downcase) as $platform
  | if $id == null then []
    else (platforms | map(select(.[0] as $word | $platform | contains($word))) | .[0]) as $known
      | if $known != null then [$id | ref($known[1])] else $id | by_shape end
    end
  | map({id: ., role: "reference"});
def link($role): select(. != null) | {id: ., role: $role};
# The numbers of the states in which a record of a table is done, and their words.
def done($table): ($table | {"incident": ["6", "7", "8"], "sn_customerservice_case": ["3", "6", "7"], "interaction": []}[.] // ["3", "4", "7"]) as $numbers
  | text // "" | ascii_downcase | . as $state
  | any($numbers[]; . == $state) or startswith("closed") or startswith("resolved") or startswith("cancel");
def kind: {"incident": "Incident", "sn_customerservice_case": "Case", "interaction": "Interaction", "sc_request": "Request",
  "sc_req_item": "Request"}[.] // "Task";

(.result // .record // . | object) | map_values(plain)
| (.sys_id | text) as $record
| (.table // .sys_class_name // .className // "task" | tostring | ascii_downcase) as $table
| (.opened_at // .sys_created_on | time) as $opened
| (.state // .incident_state | text) as $state
| (.sys_updated_on | time) as $updated
# A template may lack the times of the end. Then the record's last change is one, if it is done.
| ((.resolved_at | time) // (.closed_at | time) // (if $state | done($table) then $updated else null end)) as $finish
| ($updated // $finish // $opened // $env.time // $env.received_at) as $observed
| {
    id: (($record | id("servicenow.record")) // (.number | id("servicenow.number"))),
    links: ([(.number | id("servicenow.number") | link("same")), (.parent | text | if . != null and length == 32 then id("servicenow.record") else null end | link("parent"))]
      + reference(.correlation_id; .correlation_display)
      + ([(.u_genesys_conversation_id | ref("genesys.conversation")), (.u_connect_contact_id | id("connect.contact")), (.u_call_sid | id("twilio.call"))]
         | map(link("reference")))),
    observed_at: $observed,
    spans: [{
      key: "record", type: (if $table == "interaction" and .contact_type != "phone" and .type != "phone" then "message" else "crm" end),
      name: ($table | kind),
      started_at: $opened,
      ended_at: (if $finish != null and ($opened == null or $finish >= $opened) then $finish else null end),
      status: (if $finish == null then null elif ($state // "" | ascii_downcase | contains("abandon")) then "abandoned" else "ok" end),
      reason: (if $finish == null then null else $state end),
      version: ((.sys_mod_count // "" | tostring | tonumber? // null) as $count | if $count != null and $count >= 0 then $count else $observed end),
      attributes: ({"servicenow.table": $table, "servicenow.state": ($state // "" | tonumber? // null), "servicenow.priority": (.priority | text),
        "servicenow.contact_type": (.contact_type // .channel | text)} | with_entries(select(.value != null))),
      events: (if $updated == null then [] else [{name: "changed", at: $updated}] end)
    }]
  }
