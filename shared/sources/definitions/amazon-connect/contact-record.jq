# One contact record (CTR). It is sent again whenever it changes, and corrects what the live events said.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
def after($start): if . == null or $start == null or . >= $start then . else null end;
# What a User-to-User header carries. Amazon Connect puts the caller's number there, as JSON, which identifies no call.
def uui_id: uui | if . == null or startswith("{") then null else id("uui") end;
def is_any($words): . as $word | $words | index($word) != null;
# An activity that ended without a word about it went well.
def ended_well: . + {status: (if .ended_at == null then null else "ok" end)};
def last_part: if type == "string" then split("/") | last else null end;
def to_number: [tonumber?] | first;
# The number of an endpoint that is a telephone.
def number: if type == "object" and (.Type // "TELEPHONE_NUMBER") == "TELEPHONE_NUMBER" then .Address | text else null end;
# The first attribute of these names that has a value. Attributes keep the letter case that the flow gave them.
def first_of($attributes; $names): [$names[] | $attributes[.] | text | select(. != null)] | first;

# A record always counts for more than an event.
1000000000000000 as $better
| (.Queue | object) as $queue
| (.Agent | object) as $agent
| (.Attributes | object) as $attributes
| (.Channel | text // "" | ascii_upcase) as $channel
| (.InitiationMethod | text // "" | ascii_upcase) as $method
| (.DisconnectReason | if type == "object" then .Code else . end | text) as $reason
| (.InitiationTimestamp | time) as $began
| (.ConnectedToSystemTimestamp | time) as $system
| ($queue.EnqueueTimestamp | time) as $queued
| (($queue.DequeueTimestamp | time) // ($queued | plus_s($queue.Duration | to_number)) | after($queued)) as $dequeued
| ($agent.ConnectedToAgentTimestamp | time) as $connected
| ($agent.AfterContactWorkStartTimestamp | time) as $acw
| (.TransferCompletedTimestamp | time) as $transferred
| (.DisconnectTimestamp | time) as $ended
| (.LastUpdateTimestamp | time) as $updated
| ($updated // $ended // $env.received_at) as $observed
| ($better + $observed) as $version
| (.NextContactId | text) as $next
| (.CustomerEndpoint | number) as $customer
| (.SystemEndpoint | number) as $centre
| (.TransferredToEndpoint | number) as $target
# A customer who leaves the queue before an agent takes the contact has abandoned it. A queued callback goes on in the
# next contact.
| ($queued != null and $connected == null and $ended != null and $next == null
    and ($reason == null or $reason == "CUSTOMER_DISCONNECT")) as $abandoned
| (if $ended == null then null
   elif $abandoned then "abandoned"
   elif $reason == null then "ok"
   elif $reason | is_any(["TELECOM_PROBLEM", "SYSTEM_ERROR", "AGENT_NETWORK_DISCONNECT", "CUSTOMER_CONNECTION_NOT_ESTABLISHED",
     "CUSTOMER_NEVER_ARRIVED", "OUTBOUND_DESTINATION_ENDPOINT_ERROR", "OUTBOUND_RESOURCE_ERROR", "OUTBOUND_ATTEMPT_FAILED",
     "EXPIRED"]) then "error"
   elif $reason == "OTHER" then null
   else "ok" end) as $status
| {
    id: (.ContactId | id("connect.contact")),
    observed_at: $observed
  } as $document
| (
  $document + {
    links: [
      {role: "root", id: (.InitialContactId | id("connect.contact"))},
      {role: "previous", id: (.PreviousContactId | id("connect.contact"))},
      {role: "related", id: ($next | id("connect.contact"))},
      {role: "related", id: (.RelatedContactId | id("connect.contact"))},
      # Ids of other systems that a flow copied from SIP headers or from a function to the contact's attributes.
      {role: "reference", id: (first_of($attributes; ["genesys_conversation_id", "genesysConversationId", "x-inin-cnv"])
        | uuid | id("genesys.conversation"))},
      {role: "reference", id: (first_of($attributes; ["twilio_call_sid", "twilioCallSid", "CallSid", "callSid"]) | id("twilio.call"))},
      {role: "reference", id: (first_of($attributes; ["sip_call_id", "sipCallId", "Call-ID"]) | id("sip.call_id"))},
      {role: "reference", id: (first_of($attributes; ["User-to-User", "x-user-to-user", "uui"]) | uui_id)},
      {role: "reference", id: (first_of($attributes; ["journey_ref"]) | id("journey.ref"))},
      {role: "reference", id: (first_of($attributes; ["traceparent"]) | traceparent_id | id("trace"))}
    ],
    phones: [{party: "customer", number: $customer}, {party: "centre", number: $centre} | select(.number != null)],
    handoff: (
      if $method == "INBOUND" and $centre != null and $began != null
      then {act: "arrived", number: $centre, customer: $customer, at: $began, span: "contact"} else null end),
    spans: ([
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
          "connect.answering_machine": .AnsweringMachineDetectionStatus,
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
        ended_at: (($queued // $connected // $transferred // $ended) | after($system))
      } | ended_well),
      (select($queued != null) | {
        key: "queue",
        name: "Queue",
        type: "queue",
        parent: "contact",
        started_at: $queued,
        ended_at: ($dequeued // ($connected | after($queued)) // ($ended | after($queued))),
        status: (if $connected != null or $next != null then "ok" elif $ended == null or $status == "ok" then null else $status end),
        reason: (if $connected == null then $reason else null end),
        attributes: {"connect.queue.id": ($queue.ARN | last_part)}
      }),
      # The agent's part ends with the agent's wrap-up or with the transfer, not with the contact.
      (select($connected != null) | {
        key: "agent",
        name: "Agent",
        type: "agent_interaction",
        parent: "contact",
        started_at: $connected,
        ended_at: (($acw | after($connected)) // ($transferred | after($connected)) // ($ended | after($connected))),
        status: (if $ended == null then null elif $status == "error" and $transferred == null then "error" else "ok" end),
        reason: (if $transferred == null then $reason else "TRANSFERRED" end),
        attributes: {
          "connect.agent.id": ($agent.ARN | last_part),
          "connect.hold.count": $agent.NumberOfHolds,
          "connect.hold.seconds": $agent.CustomerHoldDuration,
          "connect.hold.longest_seconds": $agent.LongestHoldDuration
        }
      }),
      (select($acw != null) | {
        key: "wrap_up",
        name: "After-contact work",
        type: "wrap_up",
        parent: "contact",
        started_at: $acw,
        ended_at: (($agent.AfterContactWorkEndTimestamp | time) // ($acw | plus_s($agent.AfterContactWorkDuration | to_number)) | after($acw))
      } | ended_well),
      (select($target != null and $transferred != null) | {
        key: "handoff",
        name: "External transfer",
        type: "platform_handoff",
        parent: "contact",
        started_at: $transferred,
        ended_at: ($ended | after($transferred))
      } | ended_well)
    ] | map(. + {version: $version}))
  },
  # The other end of an external transfer: the system that answers this number at this time.
  (select($target != null and $transferred != null) | $document + {
    handoff: {act: "left", number: $target, customer: $customer, at: $transferred, span: "handoff"},
    spans: [{key: "handoff", type: "platform_handoff", started_at: $transferred, version: $version}]
  })
)
