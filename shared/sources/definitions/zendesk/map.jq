# A ticket event. All ids are texts, and the status is in capitals. The event's own time counts, because order is not kept.

def event_names: {
  "created": "created", "status_changed": "status changed", "comment_added": "comment added",
  "agent_assignment_changed": "agent assigned", "group_assignment_changed": "group assigned",
  "priority_changed": "priority changed", "merged": "merged", "attachment_linked_to_comment": "attachment linked",
  "csat_rating_received": "rated", "satisfaction_rating_changed": "rated"
};
# A conversation that is not a UUID, or a trace that is not one, would be refused with the whole event.
def ref($namespace): if $namespace == "genesys.conversation" then uuid | id($namespace)
  elif $namespace == "trace" then (traceparent_id // (if uuid == null then null else text end)) | id($namespace)
  else id($namespace) end;
# An address or a phone number names a person and no case, so it joins nothing.
def is_personal: contains("@") or startswith("+") or startswith("tel:") or ((tonumber? // null) != null and length >= 10 and length <= 15);
def named_namespace: . as $id | ["genesys.conversation:", "connect.contact:", "twilio.call:", "trace:", "sip.call_id:", "web.session:", "crm.case:"]
  | any(.[]; . as $namespace | $id | startswith($namespace));
# An external id is the call's id, with its namespace or without. Its shape says of which platform it may be.
def references: text | if . == null then []
  elif named_namespace then (split(":") as $part | [$part[1:] | join(":") | ref($part[0])])
  elif length == 36 and uuid != null then [(uuid | id("genesys.conversation")), (uuid | id("connect.contact"))]
  elif startswith("CA") and length == 34 then [id("twilio.call")]
  elif traceparent_id != null then [traceparent_id | id("trace")]
  elif is_personal then []
  else [id("journey.ref")] end | map(select(. != null) | {id: ., role: "reference"});
def object: if type == "object" then . else {} end;
def upper: text | if . == null then null else ascii_upcase end;

(.type // "" | tostring) as $type
| (.detail | object) as $detail
| (.event | object) as $event
| select(($type | startswith("zen:event-type:ticket.")) or ((.subject // "" | tostring) | startswith("zen:ticket:")))
| ($type | split("ticket.") | .[-1] // "") as $what
| (.time | time) as $at
| (($detail.id | text) // (.subject | text | if . == null then null else after_last(":") end)) as $ticket
| ((if $what == "status_changed" then $event.current else null end) // $detail.status | upper) as $status
| (if $what == "status_changed" then $status else null end) as $new_status
| ($detail.created_at | time) as $created
| ($new_status == "SOLVED" or $new_status == "CLOSED") as $ended
| (($event.meta | object | .sequence | object | .position // 0) | if type == "number" and . >= 0 and . < 1000 then floor else 0 end) as $position
| ($at // $env.time // $env.received_at) as $observed
| {
    id: ($ticket | id("zendesk.ticket")),
    links: (($detail.external_id | references)
      + (if $what == "external_id_changed" then $event.current | references else [] end)),
    observed_at: $observed,
    spans: [{
      key: "ticket", type: "crm", name: "Ticket",
      started_at: ($created // (if $what == "created" then $at else null end)),
      ended_at: (if $ended then $at else null end),
      status: (if $ended then "ok" else null end),
      reason: (if $ended then $new_status else null end),
      # A solved ticket is closed days later. So the time of solving counts as the end.
      version: (if $new_status == "CLOSED" then 1 else $observed * 1000 + $position end),
      attributes: ({
        "zendesk.status": $status, "zendesk.priority": ($detail.priority | upper),
        "zendesk.channel": ($detail.via | object | .channel | text | if . == null then null else ascii_downcase end)
      } | with_entries(select(.value != null))),
      events: (if $at == null then [] else [{name: (event_names[$what] // "changed"), at: $at}] end)
    }]
  }
