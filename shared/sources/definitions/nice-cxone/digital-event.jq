# One event of CXone Digital. The event repeats the objects that it is about, each with its own times.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
# Times are texts, or seconds with nanoseconds.
def when: if type == "object" then . as $parts | $parts.seconds | time | plus_ms([(($parts.nanos | tonumber?) / 1000000 | floor), 0] | first) else time end;
# A time of an object, which newer streams repeat with milliseconds.
def at($name): (.[$name + "WithMilliseconds"] | when) // (.[$name] | when);
def is_any($words): . as $word | $words | index($word) != null;

(.eventType // .type | text) as $event
| (at("createdAt") // $env.received_at) as $at
| (.data | from_json | object)
# Newer streams call the case a contact.
| (.case // .contact | object) as $case
| (.interaction | object) as $interaction
| (.agentContact | object) as $agent
| (.customerContact | object) as $customer
| ($case.id | id("nice.case")) as $case_id
| ($interaction.id // $case.interactionId | id("nice.interaction")) as $interaction_id
| ($customer.id // $case.customerContactId | id("nice.customer_contact")) as $customer_id
| ((.thread | object | .id) // $case.threadId | id("nice.thread")) as $thread_id
| (($interaction | at("createdAt")) // ($customer | at("createdAt"))) as $began
| (($interaction | at("closedAt")) // ($customer | at("closedAt"))) as $ended
| ($agent | at("createdAt")) as $joined
| ($agent | at("closedAt")) as $left
| (($case.routingQueueId | text) // (.routingQueue | object | .id | text)) as $queue
| (($case.abandon | object | at("abandonedAt")) // (if $event == "ContactGetAbandoned" then $at else null end)) as $abandoned
| (["CaseCreated", "CaseCreatedNew", "CaseCreatedOpen", "CaseCreatedPending", "CaseCreatedEscalated", "CaseCreatedResolved", "ContactCreated"]) as $creations
| {
    id: ($case_id // $interaction_id // $customer_id // $thread_id),
    observed_at: $at,
    links: [
      {role: "parent", id: $interaction_id},
      {role: "parent", id: $customer_id},
      {role: "same", id: ($case.contactId | id("nice.contact"))}
    ],
    spans: [
      (select($began != null) | {
        key: "interaction",
        name: "Interaction",
        type: "message",
        started_at: $began,
        ended_at: (if $ended != null and $ended >= $began then $ended else null end),
        status: (if $ended == null then null else "ok" end)
      }),
      (select($case_id != null and ($event | is_any($creations))) | {
        key: "case", name: "Case", type: "message", parent: "interaction", started_at: (($case | at("createdAt")) // $at),
        attributes: {"call.direction": ($case.direction | text)}
      }),
      (select($case_id != null and ($event | is_any(["CaseStatusChanged", "ContactStatusChanged"])) and ($case.status | is_any(["closed", "trashed", "resolved"]))) | {
        key: "case", name: "Case", type: "message", parent: "interaction", ended_at: (($case | at("closedAt")) // ($case | at("statusUpdatedAt")) // $at), status: "ok", reason: $case.status
      }),
      (select($queue != null and ($event | is_any(["CaseToRoutingQueueAssignmentChanged", "ContactToRoutingQueueAssignmentChanged"]))) | {
        key: "queue", name: "Queue", type: "queue", parent: "interaction", started_at: $at
      }),
      (select($case_id != null and $abandoned != null) | {
        key: "case", name: "Case", type: "message", parent: "interaction", ended_at: $abandoned, status: "abandoned"
      }),
      (select($queue != null and $abandoned != null) | {
        key: "queue", name: "Queue", type: "queue", parent: "interaction", ended_at: $abandoned, status: "abandoned"
      }),
      # The queue ends when an agent takes the case.
      (select($queue != null and ($event | is_any(["AgentContactStarted"]))) | {
        key: "queue", name: "Queue", type: "queue", parent: "interaction", ended_at: ($joined // $at), status: "ok"
      }),
      (select($joined != null or ($event | is_any(["AgentContactStarted", "AgentContactEnded", "DigitalACWStarted"]))) | {
        key: (if ($agent.id | text) == null then "agent" else "agent:\($agent.id)" end),
        name: "Agent",
        type: "agent_interaction",
        parent: "interaction",
        started_at: ($joined // (if $event == "AgentContactStarted" then $at else null end)),
        ended_at: ($left // (if $event == "AgentContactEnded" then $at else null end)),
        status: (if $left != null or $event == "AgentContactEnded" then "ok" else null end),
        events: [select($event == "DigitalACWStarted") | {name: "after-contact work", at: $at}]
      })
    ]
  }
