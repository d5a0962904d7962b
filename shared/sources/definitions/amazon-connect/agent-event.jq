# One event of the agent event stream: the agent's contacts now and before. Only what changed for a contact counts.

def after($start): if . == null or $start == null or . >= $start then . else null end;
def contacts: if type == "object" and (.Contacts | type) == "array" then .Contacts | map(select(type == "object")) else [] end;
def is_any($words): . as $word | $words | index($word) != null;
# An activity that ended without a word about it went well.
def ended_well: . + {status: (if .ended_at == null then null else "ok" end)};
def last_part: if type == "string" then split("/") | last else null end;

(.EventTimestamp | time // $env.received_at) as $at
| (.AgentARN | last_part) as $agent
| (.CurrentAgentSnapshot | contacts) as $now
| (.PreviousAgentSnapshot | contacts) as $before
| ($now + ($before | map(select(.ContactId as $id | all($now[]; .ContactId != $id)) + {is_gone: true})))[]
| .ContactId as $id
| [$before[] | select(.ContactId == $id)] as [$last]
| (.StateStartTimestamp | time) as $since
| (if .is_gone then null else .State end) as $state
| (.ConnectedToAgentTimestamp | time) as $connected
| {
    id: ($id | id("connect.contact")),
    links: [{role: "root", id: (.InitialContactId | id("connect.contact"))}],
    observed_at: $at,
    spans: ([
      (select($connected != null) | {
        key: "agent",
        name: "Agent",
        type: "agent_interaction",
        parent: "contact",
        started_at: $connected,
        # The contact is over for the agent, who may still do after-contact work.
        ended_at: (if .State == "ENDED" then $since | after($connected) else null end),
        attributes: {"connect.agent.id": $agent}
      } | ended_well),
      (select($connected != null and .State == "ENDED") | {
        key: "wrap_up",
        name: "After-contact work",
        type: "wrap_up",
        parent: "contact",
        started_at: $since,
        # The contact leaves the snapshot when the work is done.
        ended_at: (if .is_gone then $at | after($since) else null end)
      } | ended_well),
      (select($state == "CONNECTED_ONHOLD" and $since != null) | {
        key: "hold:\($since)",
        name: "Hold",
        type: "hold",
        parent: "agent",
        started_at: $since
      }),
      (($last.StateStartTimestamp | time) as $held
        | select($last.State == "CONNECTED_ONHOLD" and $held != null and ($state != "CONNECTED_ONHOLD" or $since != $held)) | {
        key: "hold:\($held)",
        name: "Hold",
        type: "hold",
        parent: "agent",
        started_at: $held,
        ended_at: ((if .is_gone then $at else $since // $at end) | after($held))
      } | ended_well),
      # The agent did not take the contact. It stays in the queue.
      (select(($state | is_any(["MISSED", "REJECTED", "ERROR"])) and $since != null) | {
        key: "contact",
        events: [{name: $state, at: $since}]
      })
    ] | map(. + {version: $at}))
  }
