# Callbacks in Twilio's form, and the other events of Twilio. The namespaces of ids are those of the source.

def call_id: id($env.source + ".call");
def conference_id: id($env.source + ".conference");
# Names of fields without capitals, underscores and dashes: CallSid in callbacks is call_sid in Event Streams.
def flat: if type == "object" then bare_keys else {} end;
def number: text | if . == null or startswith("client:") then null else ltrimstr("whatsapp:") end;
def is_any($words): . as $word | $words | index($word) != null;
def to_number: [tonumber?] | first;
def is_inbound: . == "inbound" or . == "trunking-originating" or . == "trunking_originating";
def direction: text | if . == null then null elif is_inbound then "inbound" else "outbound" end;
# The customer is the caller of an inbound call, and the one who is called otherwise.
def phones($direction; $from; $to):
  if $direction == null then [] else
    [{party: (if $direction == "inbound" then "customer" else "centre" end), number: ($from | number)},
     {party: (if $direction == "inbound" then "centre" else "customer" end), number: ($to | number)}
     | select(.number != null)] end;
# What a User-to-User header carries. Amazon Connect puts the caller's number there, as JSON, which identifies no call.
def uui_id: uui | if . == null or startswith("{") then null else id("uui") end;
def outcome:
  {"completed": "ok", "busy": "error", "failed": "error", "fail": "error", "no-answer": "error", "noanswer": "error",
   "undialed": "error", "canceled": "abandoned", "cancelled": "abandoned"}[. // "" | ascii_downcase];

# --- Status of a call: callbacks, and requests for TwiML. `.` is flat.
def status_of_call($observed):
  (.callstatus | text) as $status
  | ($status // "" | ascii_downcase) as $word
  # Twilio's requests for TwiML have no Timestamp.
  | (.timestamp | time) as $at
  | ($at // $observed) as $observed_at
  | (.direction | direction) as $direction
  | (.callsid | call_id) as $id
  | (.parentcallsid | call_id) as $parent
  | (.sequencenumber | text | to_number) as $sequence
  | ($word | is_any(["queued", "initiated", "ringing"])) as $is_new
  | ($word | is_any(["in-progress", "answered"])) as $is_connected
  | ($word | outcome) as $outcome
  # If a call's first callback is its last one, only its duration says when it began. The duration counts from the answer.
  | (.callduration | text | to_number) as $seconds
  | (if $outcome == "ok" and ($seconds // 0) > 0 then $at | plus_s(-$seconds) else null end) as $derived
  | (if $sequence == null or $sequence == 0 then $derived else null end) as $answered
  | {
      id: $id,
      observed_at: $observed_at,
      links: [
        {role: "parent", id: $parent},
        # Telnyx also names the call with all its legs.
        {role: "parent", id: (.callsessionid | id($env.source + ".session"))},
        {role: "same", id: (.sipcallid | id("sip.call_id"))},
        # Headers of the INVITE that brought the call.
        {role: "reference", id: (.sipheaderxinincnv // .sipheaderxgenesysconversationid | uuid | id("genesys.conversation"))},
        {role: "reference", id: (.sipheaderxamznconnectcontactid | id("connect.contact"))},
        {role: "reference", id: (.sipheaderxamznconnectinitialcontactid | id("connect.contact"))},
        {role: "reference", id: (.sipheaderusertouser // .sipheaderxusertouser | uui_id)},
        {role: "reference", id: (.sipheadersessionid | id("sip.session_id"))},
        {role: "reference", id: (.sipheaderxjourneyref | id("journey.ref"))},
        {role: "reference", id: (.sipheadertraceparent // .sipheaderxtraceparent | traceparent_id | id("trace"))}
      ],
      phones: phones($direction; .from; .to),
      handoff: (
        if $direction == "inbound" and $is_new then {act: "arrived", number: (.to | number), customer: (.from | number), at: $observed_at, span: "call"}
        elif $direction == "outbound" and $word == "ringing" then {act: "left", number: (.to | number), customer: (.from | number), at: $observed_at, span: "call"}
        else null end | if .number == null then null else . end),
      spans: ([
        # A callback about a recording, or one with a word that is new, says nothing about the course of the call.
        (select($is_new or $is_connected or $outcome != null) | {
          key: "call",
          name: "Call",
          type: "telephony",
          parent: (if $parent == null then null else {source: $env.source, id: $parent, key: "call"} end),
          started_at: (if $is_new or $is_connected then $observed_at else $derived end),
          ended_at: (if $outcome == null then null else $at end),
          status: $outcome,
          reason: (if $outcome == null then null else $status end),
          attributes: {
            "call.direction": $direction,
            "sip.response.status_code": (.sipresponsecode | text),
            "call.answered_by": (.answeredby | text),
            "signalwire.hangup_by": (.hangupby | text)
          }
        }),
        (select($at != null and $is_connected) | {key: "talk", name: "Connected", type: "telephony", parent: "call", started_at: $at}),
        (select($at != null and $word == "completed") | {key: "talk", name: "Connected", type: "telephony", parent: "call", started_at: $answered, ended_at: $at, status: "ok"})
      ] | map(. + {version: $sequence}))
    };

# --- The summary of a call that Voice Insights makes. `.` is flat.
def summary_of_call($observed):
  (.processingstate | text // "" | split("_") | join("-") | {"partial": 1, "predicted-complete": 2, "complete": 3}[.] // 1) as $state
  | (.properties | flat) as $properties
  | (.sipedge | flat | .properties | flat) as $edge
  | (.starttime // .createdtime | time) as $began
  | (.endtime | time) as $ended
  | (.callstate | text) as $word
  | (.parentcallsid | call_id) as $parent
  | ($properties.direction // .direction | direction) as $direction
  | {
      id: (.callsid | call_id),
      observed_at: $observed,
      links: [
        {role: "parent", id: $parent},
        {role: "same", id: ($properties.sipcallid // $edge.sipcallid | id("sip.call_id"))}
      ],
      phones: phones($direction; (.from | flat | .caller); (.to | flat | .callee // .called)),
      spans: [select($began != null or $ended != null or $word != null) | {
        key: "call",
        name: "Call",
        type: "telephony",
        parent: (if $parent == null then null else {source: $env.source, id: $parent, key: "call"} end),
        started_at: $began,
        ended_at: (if $ended != null and $began != null and $ended < $began then null else $ended end),
        status: ($word | outcome),
        reason: (if ($word | outcome) == null then null else $word end),
        # A complete summary counts for more than a partial one, and any summary for more than a callback.
        version: ($state * 1000000000000000),
        attributes: {
          "call.direction": $direction,
          "sip.response.status_code": ($properties.lastsipresponsenum | text),
          "sip.reason.cause": ($properties.q850cause | text),
          "twilio.call_type": (.calltype | text),
          "twilio.disconnected_by": ($properties.disconnectedby | text),
          "twilio.post_dial_delay_ms": ($properties.pddms | text)
        }
      }]
    };

# --- Conferences: callbacks and summaries. `.` is flat.
def conference($observed):
  (.statuscallbackevent | text) as $event
  | (.timestamp | time // $observed) as $at
  | (.conferencesid | conference_id) as $conference
  | (.callsid | call_id) as $call
  | {key: "conference", name: "Conference", type: "telephony"} as $span
  | if $event == "conference-start" then
      {id: $conference, observed_at: $at, spans: [$span + {started_at: $at}]}
    elif $event == "conference-end" then
      {id: $conference, observed_at: $at, spans: [$span + {ended_at: $at, status: "ok", reason: .reasonconferenceended}]}
    elif $call == null then
      {id: $conference, observed_at: $at, spans: []}
    else {
      id: $call,
      observed_at: $at,
      links: [{role: "reference", id: $conference}],
      spans: [
        if $event == "participant-join" then $span + {parent: "call", started_at: $at}
        elif $event == "participant-leave" then $span + {parent: "call", ended_at: $at, status: "ok"}
        elif ($event | is_any(["participant-hold", "participant-unhold"])) then $span + {parent: "call", events: [{name: $event, at: $at}]}
        else empty end
      ]
    } end;
def summary_of_conference($observed):
  (.callsid | call_id) as $call
  | (.conferencesid | conference_id) as $conference
  | (.jointime // .starttime // .createtime | time) as $began
  | {
      id: ($call // $conference),
      observed_at: $observed,
      links: [{role: "reference", id: (if $call == null then null else $conference end)}],
      spans: [select($began != null) | {
        key: "conference",
        name: "Conference",
        type: "telephony",
        parent: (if $call == null then null else "call" end),
        started_at: $began,
        ended_at: (.leavetime // .endtime | time),
        status: "ok",
        version: 3000000000000000
      }]
    };

# --- TaskRouter: callbacks and Event Streams. `.` is flat.
def taskrouter($observed):
  (.eventtype | text) as $event
  | (.timestampms // .timestamp | time // $observed) as $at
  | (.taskattributes | from_json | flat) as $task
  | ($task.conference | flat) as $conference
  | (.taskcanceledreason // .canceledreason // .reason | text) as $reason
  | (.workersid | text) as $worker
  | {key: "queue", name: "Queue", type: "queue", attributes: {"twilio.task_queue": .taskqueuesid}} as $queue
  | {key: "agent", name: "Agent", type: "agent_interaction", attributes: {"twilio.worker": $worker}} as $agent
  | {key: "wrap_up", name: "Wrap-up", type: "wrap_up"} as $wrap_up
  | ($task.direction | direction // "inbound") as $direction
  | {
      # Events of workers and of whole queues have no task.
      id: (.tasksid // (.resourcesid | select(type == "string" and startswith("WT"))) | id("twilio.task")),
      observed_at: $at,
      links: [
        {role: "parent", id: ($task.callsid | call_id)},
        {role: "reference", id: ($conference.sid | conference_id)},
        {role: "related", id: ($conference.participants | flat | .worker | call_id)}
      ],
      phones: phones($direction; ($task.from // $task.caller); ($task.to // $task.called)),
      spans: [
        if ($event | is_any(["task.created", "task-queue.entered", "workflow.entered"])) then
          $queue + {started_at: $at}
        elif $event == "reservation.accepted" then
          # The wait ends with the first agent. A task that is transferred has another one later.
          ($queue + {ended_at: $at, status: "ok", version: (4102444800000 - $at)}), ($agent + {started_at: $at})
        elif ($event | is_any(["task.canceled", "task.deleted"])) then
          $queue + {ended_at: $at, reason: $reason, status: (
            if ([$reason // "" | ascii_downcase | contains("ttl", "timeout")] | any) then "error" else "abandoned" end)}
        elif ($event | is_any(["reservation.wrapup", "task.wrapup"])) then
          ($agent + {ended_at: $at, status: "ok", version: 2}), ($wrap_up + {started_at: $at})
        elif ($event | is_any(["reservation.completed", "task.completed"])) then
          # Of a task without wrap-up, this is the end of the agent's part.
          ($agent + {ended_at: $at, status: "ok", version: 1}), ($wrap_up + {ended_at: $at, status: "ok"})
        elif ($event | is_any(["reservation.rejected", "reservation.timeout", "reservation.rescinded", "reservation.canceled"])) then
          $queue + {events: [{name: $event, at: $at}]}
        else empty end
      ]
    }
  | select(.id != null);

# --- Which kind of event it is.
if .specversion != null then
  (.time | time // $env.received_at) as $observed
  | (.type | text // "") as $type
  | (.data | from_json) as $data
  | ($data | if type == "object" then (.payload // .parameters // .request.parameters? // .) else {} end | from_json | flat) as $item
  | $item
  | if $type | startswith("com.twilio.voice.insights.call-summary") then
      (if .processingstate == null then .processingstate = ($type | split(".") | last) else . end) | summary_of_call($observed)
    elif $type | startswith("com.twilio.voice.insights.conference-") then summary_of_conference($observed)
    elif $type | startswith("com.twilio.voice.status-callback") then
      (if .callstatus == null then .callstatus = ($type | split(".") | last) else . end)
      | if .conferencesid != null then conference($observed) else status_of_call($observed) end
    elif $type | startswith("com.twilio.taskrouter") then
      (if .eventtype == null then .eventtype = ($type | ltrimstr("com.twilio.taskrouter.")) else . end) | taskrouter($observed)
    # A flow of Studio names the call that started it.
    else {id: (.callsid // (.initiatedby | text | if . != null and startswith("CA") then . else null end) | call_id), observed_at: $observed, links: [{role: "reference", id: (.conferencesid | conference_id)}], spans: []} end
else
  flat
  | if .eventtype != null then taskrouter($env.received_at)
    elif .conferencesid != null and .statuscallbackevent != null then conference($env.received_at)
    else status_of_call($env.received_at) end
end
