# One event of Webex Contact Center. Version 1 of the events names the agent only in the changes of the agent's state.

def is_any($words): . as $word | $words | index($word) != null;

(.type | text) as $kind
| (.data.createdTime // .comciscotimestamp // .time | time // $env.received_at) as $at
| .data
# What an agent does in a task is said twice: by the task and by the agent's state.
| (if $kind == "agent:state_change"
   then {"connected": "agent-connected", "wrapup": "wrapup", "wrapup-done": "wrapup-done", "wrapup_done": "wrapup-done"}[.currentState | text // "" | ascii_downcase] // "other"
   else $kind | ltrimstr("task:") end) as $event
| (.channelType | text // "telephony" | ascii_downcase) as $channel
| (.direction | text // "" | ascii_downcase) as $direction
| (.reason // .terminationType // .terminationReason | text) as $reason
| (.terminatingParty | text // "" | ascii_downcase) as $party
# A callback whose agent or customer did not answer goes back to the queue. Its task has not ended.
| ($event == "ended" and $party == "system" and ($reason // "" | ascii_downcase | contains("rona"))) as $is_requeued
| (.agentId | text) as $agent
| {key: "task", name: "Task", type: (if $channel == "telephony" or $channel == "video" then "telephony" else "message" end)} as $task
| {key: "queue", name: "Queue", type: "queue", parent: "task"} as $queue
| {key: "agent", name: "Agent", type: "agent_interaction", parent: "task"} as $talk
| {key: "wrap_up", name: "Wrap-up", type: "wrap_up", parent: "task"} as $wrap_up
# A task that ends in a queue before an agent takes it is abandoned. If an agent took it, that event has the greater version.
| ($event == "ended" and $agent == null and $party != "agent" and ($reason // "" | ascii_downcase | contains("agent") | not)
   and (.queueId | text) != null) as $abandoned
| (if $direction | startswith("out") then "outbound" elif $direction | startswith("in") then "inbound" else null end) as $direction
| {
    id: (.taskId // .interactionId | id("webex.task")),
    observed_at: $at,
    links: [
      {role: "parent", id: (.parentTaskId // .parentInteractionId | id("webex.task"))},
      {role: "related", id: (.interactionId | id("webex.task"))}
    ],
    # origin is who called, destination who was called. Of a callback that is not certain, and the customer's call said it.
    phones: (if $task.type != "telephony" or (.outboundType | text) == "COURTESY_CALLBACK" then [] else
      [{party: (if $direction == "outbound" then "centre" else "customer" end), number: (.origin | text)},
       {party: (if $direction == "outbound" then "customer" else "centre" end), number: (.destination | text)}
       | select(.number != null)] end),
    handoff: (
      if $event == "new" and $task.type == "telephony" and (.destination | text) != null
      then {act: (if $direction == "outbound" then "left" else "arrived" end), number: .destination, customer: .origin, at: $at, span: "task"} else null end),
    spans: [
      if $event == "new" then
        $task + {started_at: $at, attributes: {"webex.channel_type": $channel, "call.direction": $direction}}
      elif $event == "parked" then
        $queue + {started_at: $at}
      elif $event == "agent-connected" then
        $talk + {started_at: $at}
      elif $event == "connected" then
        ($task + {status: "ok", version: 3}),
        (if .queueId != null then $queue + {ended_at: $at, status: "ok", version: 2} else empty end), ($talk + {started_at: $at})
      elif $event == "wrapup" then
        ($talk + {ended_at: $at, status: "ok", version: 2}), ($wrap_up + {started_at: $at})
      elif $event == "wrapup-done" then
        $wrap_up + {ended_at: $at, status: "ok", version: 2}
      elif $event == "failed" then
        # An end that is reported counts for more than the time of the failure.
        ($task + {ended_at: $at, version: 1}), ($task + {status: "error", reason: $reason, version: 4})
      elif $is_requeued then
        $task + {events: [{name: "requeued", at: $at}]}
      elif $event == "ended" then
        ($task + {ended_at: $at, version: 2, reason: $reason, status: (if $abandoned then "abandoned" else "ok" end)}),
        # Ends that were not reported. What was reported has the greater version.
        (if $abandoned then $queue + {ended_at: $at, status: "abandoned", reason: $reason, version: 1} else empty end),
        (if $agent != null or $party == "agent" then $talk + {ended_at: $at, status: "ok", version: 1} else empty end)
      elif $event | is_any(["hold", "hold-done", "on-hold", "unhold", "unhold-done", "off-hold"]) then
        $talk + {events: [{name: $event, at: $at}]}
      else empty end
    ]
  }
