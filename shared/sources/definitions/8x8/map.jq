# One event of a digital conversation.

def is_any($words): . as $word | $words | index($word) != null;

(.eventType) as $event
| (.timestamp | time // $env.received_at) as $at
# The old form has the same fields without data around them.
| (if (.data | type) == "object" then .data else . end) as $data
| {key: "conversation", name: "Conversation", type: "message"} as $whole
| {key: "queue", name: "Queue", type: "queue", parent: "conversation"} as $queue
| def agent($id): {key: (if $id == null then "agent" else "agent:\($id)" end), name: "Agent", type: "agent_interaction", parent: "conversation"};
  {
    id: (.conversationId | id("8x8.conversation")),
    observed_at: $at,
    phones: [{party: "customer", number: (($data.user.phone? | text) // ($data.msisdn | text))} | select(.number != null)],
    spans: [
      if $event == "CONVERSATION_UPDATE" then
        if $data.state == "created" then $whole + {started_at: $at}
        elif $data.state | is_any(["idle", "closed", "ended", "completed"]) then $whole + {ended_at: $at, status: "ok", reason: $data.state}
        else empty end
      elif $event == "QUEUED" then
        $queue + {started_at: $at}
      elif $event == "TRANSFER" then
        $whole + {events: [{name: $event, at: $at}]}
      elif $event == "AGENT_JOINED" then
        ($queue + {ended_at: $at, status: "ok"}), (agent($data.agentId) + {started_at: $at})
      elif $event == "AGENT_LEFT" then
        agent($data.agentId) + {ended_at: $at, status: "ok", reason: $event}
      elif $event == "MEMBERS_CHANGED" then
        ($data.members // $data.changes // $data.membersChanged // [$data])
        | if type == "array" then .[] else . end
        | select(type == "object")
        | (.memberType // .member.memberType // .member.type | text) as $member
        | (.memberId // .member.id // .id // .agentId | text) as $id
        | (.changeType // .change // .action // .type | text // "" | ascii_downcase) as $change
        | if $member != "agent" then empty
          elif $change == "joined" then ($queue + {ended_at: $at, status: "ok"}), (agent($id) + {started_at: $at})
          elif $change == "left" then agent($id) + {ended_at: $at, status: "ok", reason: $event}
          else empty end
      else empty end
    ]
  }
