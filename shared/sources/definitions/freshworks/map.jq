# A ticket in our template. A placeholder that Freshworks did not fill in, such as `{{ticket.cf_call_id}}`, is no value.

def object: if type == "object" then . else {} end;
def plain: if type == "number" then tostring else . end | if type == "string" and contains("{{") then null else . end;
def platforms: [["genesys", "genesys.conversation"], ["purecloud", "genesys.conversation"], ["connect", "connect.contact"],
  ["twilio", "twilio.call"], ["sip", "sip.call_id"], ["trace", "trace"], ["web", "web.session"]];
def by_shape: if length == 36 and uuid != null then [(uuid | id("genesys.conversation")), (uuid | id("connect.contact"))]
  elif startswith("CA") and length == 34 then [id("twilio.call")]
  elif traceparent_id != null then [traceparent_id | id("trace")]
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
def statuses: {"2": "Open", "3": "Pending", "4": "Resolved", "5": "Closed"};
def priorities: {"1": "Low", "2": "Medium", "3": "High", "4": "Urgent"};
def channels: {"1": "Email", "2": "Portal", "3": "Phone", "7": "Chat", "9": "Feedback Widget", "10": "Outbound Email"};
def word($words): text | if . == null then null else $words[.] // . end;

(.freshdesk_webhook // .freshservice_webhook // .ticket // . | object) | map_values(plain)
| (.ticket_id // .id | text) as $ticket
| (.ticket_status // .status | word(statuses)) as $status
| ((.created_at // .ticket_created_at // .ticket_created_on) | time) as $created
| ((.updated_at // .ticket_updated_at // .modified_on) | time) as $updated
| ((.closed_at | time) // (.resolved_at | time)) as $closed
| (($status // "" | ascii_downcase) as $word | $word == "resolved" or $word == "closed") as $ended
| (if $ended then $closed // $updated else null end) as $finish
| ($updated // $closed // $created // $env.time // $env.received_at) as $observed
| {
    id: ($ticket | id("freshworks.ticket")),
    links: (reference(.reference // .external_id // .call_id // .ticket_cf_call_id; .platform)
      + reference(.ticket_cf_genesys_conversation_id // .cf_genesys_conversation_id; "genesys")),
    observed_at: $observed,
    spans: [{
      key: "ticket", type: "crm", name: "Ticket",
      started_at: $created,
      ended_at: (if $finish != null and ($created == null or $finish >= $created) then $finish else null end),
      status: (if $ended then "ok" else null end),
      reason: (if $ended then $status else null end),
      # A resolved ticket is closed days later. So the time of resolving counts as the end.
      version: (if $ended and ($status | ascii_downcase) == "closed" and $closed == null then 1 else $observed end),
      attributes: ({"freshworks.status": $status, "freshworks.priority": (.ticket_priority // .priority | word(priorities)),
        "freshworks.channel": (.ticket_source // .source | word(channels))} | with_entries(select(.value != null))),
      events: (if $updated == null then [] else [{name: "changed", at: $updated}] end)
    }]
  }
