# One contact event. Each event repeats every time that is known so far, so one rule serves all event types.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
# The documentation also shows these events with capital first letters.
def field($name): [.[$name] // .[($name[0:1] | ascii_upcase) + $name[1:]]] | first;
# A time, unless it is before $start: the events are not always consistent.
def after($start): if . == null or $start == null or . >= $start then . else null end;
def is_any($words): . as $word | $words | index($word) != null;
# An activity that ended without a word about it went well.
def ended_well: . + {status: (if .ended_at == null then null else "ok" end)};
# The number of an endpoint that is a telephone.
def number: if type == "object" and ((field("type") // "TELEPHONE_NUMBER") == "TELEPHONE_NUMBER") then field("address") | text else null end;
def last_part: if type == "string" then split("/") | last else null end;

. as $event
| (field("queueInfo") | object) as $queue
| (field("agentInfo") | object) as $agent
| (field("tags") | object) as $tags
| (field("channel") | text // "" | ascii_upcase) as $channel
| (field("initiationMethod") | text // "" | ascii_upcase) as $method
| (field("disconnectReason") | if type == "object" then field("code") else . end | text) as $reason
| (field("initiationTimestamp") | time) as $began
| (field("connectedToSystemTimestamp") | time) as $system
| ($queue | field("enqueueTimestamp") | time) as $queued
| ($agent | field("connectedToAgentTimestamp") | time) as $connected
| (field("disconnectTimestamp") | time) as $ended
| ($agent | field("afterContactWorkStartTimestamp") | time) as $acw
| ($agent | field("afterContactWorkEndTimestamp") | time) as $acw_end
| (($queue | field("dequeueTimestamp") | time) // $connected | after($queued)) as $taken
# A customer who leaves the queue before an agent takes the contact has abandoned it.
| ($queued != null and $connected == null and $ended != null
    and ($reason == null or $reason == "CUSTOMER_DISCONNECT")) as $abandoned
| (if $ended == null then null
   elif $abandoned then "abandoned"
   elif $reason == null then "ok"
   elif $reason | is_any(["TELECOM_PROBLEM", "SYSTEM_ERROR", "AGENT_NETWORK_DISCONNECT", "CUSTOMER_CONNECTION_NOT_ESTABLISHED",
     "CUSTOMER_NEVER_ARRIVED", "OUTBOUND_DESTINATION_ENDPOINT_ERROR", "OUTBOUND_RESOURCE_ERROR", "OUTBOUND_ATTEMPT_FAILED",
     "EXPIRED"]) then "error"
   elif $reason == "OTHER" then null
   else "ok" end) as $status
| ((field("systemEndpoint") | number) // ($tags["aws:connect:systemEndpoint"] | text)) as $centre
| (field("customerEndpoint") | number) as $customer
| {
    id: (field("contactId") | id("connect.contact")),
    links: [
      {role: "root", id: (field("initialContactId") | id("connect.contact"))},
      {role: "previous", id: (field("previousContactId") | id("connect.contact"))},
      {role: "related", id: (field("relatedContactId") | id("connect.contact"))}
    ],
    observed_at: ($env.time // $ended // $env.received_at),
    phones: [{party: "customer", number: $customer}, {party: "centre", number: (if $channel == "VOICE" then $centre else null end)}
      | select(.number != null)],
    handoff: (
      if field("eventType") == "INITIATED" and $channel == "VOICE" and $method == "INBOUND" and $centre != null and $began != null
      then {act: "arrived", number: $centre, customer: $customer, at: $began, span: "contact"} else null end),
    spans: [
      (select($began != null or $ended != null) | {
        key: "contact",
        name: "Contact",
        type: {VOICE: "telephony", CHAT: "message", SMS: "message", EMAIL: "message", TASK: "crm"}[$channel],
        started_at: $began,
        ended_at: ($ended | after($began)),
        status: $status,
        reason: $reason,
        attributes: {
          "connect.channel": ($channel | text),
          "connect.initiation_method": ($method | text),
          "connect.answering_machine": field("answeringMachineDetectionStatus"),
          "call.direction": {INBOUND: "inbound", OUTBOUND: "outbound", CALLBACK: "outbound", API: (if $channel == "VOICE" then "outbound" else null end), EXTERNAL_OUTBOUND: "outbound"}[$method]
        }
      }),
      # The flow runs until the contact is queued, reaches an agent or ends. A callback waits in the queue first.
      (select($system != null and ($queued == null or $queued >= $system) and ($connected == null or $connected >= $system) and ($method | endswith("OUTBOUND") | not) and $method != "MONITOR") | {
        key: "ivr",
        name: "Flow",
        type: "ivr",
        parent: "contact",
        started_at: $system,
        ended_at: (($queued // $connected // $ended) | after($system))
      } | ended_well),
      (select($queued != null) | {
        key: "queue",
        name: "Queue",
        type: "queue",
        parent: "contact",
        started_at: $queued,
        ended_at: ($taken // ($ended | after($queued))),
        status: (if $connected != null then "ok" elif $ended == null or $status == "ok" then null else $status end),
        reason: (if $connected == null then $reason else null end),
        attributes: {"connect.queue.id": ($queue | field("queueArn") | last_part)}
      }),
      (select($connected != null) | {
        key: "agent",
        name: "Agent",
        type: "agent_interaction",
        parent: "contact",
        started_at: $connected,
        ended_at: ((($acw // $ended) | after($connected)) // ($ended | after($connected))),
        status: (if $ended == null then null elif $status == "error" then "error" else "ok" end),
        reason: $reason,
        attributes: {"connect.agent.id": ($agent | field("agentArn") | last_part)}
      }),
      (select($acw != null) | {
        key: "wrap_up",
        name: "After-contact work",
        type: "wrap_up",
        parent: "contact",
        started_at: $acw,
        ended_at: ($acw_end | after($acw))
      } | ended_well)
    ]
  }
