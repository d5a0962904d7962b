# One event in a body that a customer designed. The names are those that templates usually have, such as the templates of the
# vendor's connector for Power Automate, which have durations and no times.

def seconds: text | if . == null then null else (tonumber? // null) end | if . != null and . > 0 then . else null end;
def has_any($parts): . as $word | $parts | map(. as $part | $word | contains($part)) | any;

(.event | tostring | ascii_downcase) as $event
| (.timestamp // .event_time // .occurred_at // .created_at | time // $env.received_at) as $at
| (.started_at // .start_time // .start_at // .call_start // .call_started_at | time) as $began
| (.answered_at // .answer_time | time) as $answered
| (.ended_at // .end_time // .end_at // .finished_at // .finish_time // .completed_at // .call_end // .call_ended_at | time) as $ended
| (.direction // .call_type // .interaction_type // (if $event | contains("outbound") then "outbound" elif $event | contains("inbound") then "inbound" else null end) | text) as $direction
| (.total_duration | seconds) as $whole
| (.duration | seconds) as $talk
| (.status // .call_status // .disposition | text) as $status
| ($status // "" | ascii_downcase) as $word
| (.agent_name // .agent_email // .agent_id // .user_id // (.agent | if type == "object" then .id // .email // .name else . end) | text) as $agent
| ($event | has_any(["end", "finish", "complete", "hangup", "missed", "abandon"])) as $is_over
| {
    id: ((.interaction_id // .interactionId // .call_id // .callId | id("talkdesk.interaction")) // (.contact_id | id("talkdesk.contact"))),
    observed_at: $at,
    links: [{role: "reference", id: (.genesys_conversation_id | uuid | id("genesys.conversation"))}, {role: "reference", id: (.case_id | id("crm.case"))}],
    phones: [
      {party: "customer", number: (.contact_phone_number // .contact.phone? // .contact_phone // .customer_phone // .["contact.phone"] | text)},
      {party: "centre", number: (.talkdesk_phone_number // .talkdesk_phone // .talkdesk_number // .company_number | text)}
      | select(.number != null)],
    spans: [
      select($is_over or ($event | has_any(["start", "ring", "initiated", "incoming", "answer"])))
      | {
          key: "call",
          name: "Call",
          type: "telephony",
          started_at: ($began // (if $is_over and $whole != null then ($ended // $at) | plus_s(-$whole) else null end) // (if $event | has_any(["start", "ring", "initiated", "incoming"]) then $at else null end)),
          ended_at: (if $is_over then $ended // $at else null end),
          status: (
            if $is_over | not then null
            elif ($word | contains("abandon")) or ($event | contains("abandon")) then "abandoned"
            elif ($word | contains("missed")) or ($event | contains("missed")) then "error"
            else "ok" end),
          reason: (if $is_over then $status else null end),
          attributes: {"call.direction": ($direction | if . then ascii_downcase else . end)}
        },
        # Whoever is named at the end of a call that was not missed has answered it.
        (select($is_over and $answered == null and $agent != null and (($word + " " + $event) | has_any(["abandon", "missed", "voicemail"]) | not))
          | {key: "agent", name: "Agent", type: "agent_interaction", parent: "call", ended_at: ($ended // $at), status: "ok",
             started_at: (if $talk == null then null else ($ended // $at) | plus_s(-$talk) end)}),
        ($answered // (if $event | contains("answer") then $at else null end)
          | select(. != null)
          | {key: "agent", name: "Agent", type: "agent_interaction", parent: "call", started_at: ., ended_at: (if $is_over then $ended // $at else null end), status: (if $is_over then "ok" else null end)})
    ]
  }
