# One event of an interaction: of the event stream, where it stands in `Interaction`, or of the agent's desktop.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;
def is_any($words): . as $word | $words | index($word) != null;
# Numbers stand there as JSON's numbers. A channel that is no number reads N/A.
def number: if type == "number" then tostring else text end;

(if (.Interaction | type) == "object" then .Interaction else . end)
| ((.event // .eventType // .type // (.msgInfo | object | .type)) | text // "") as $event
# The stream has seconds outside and milliseconds inside.
| ((.msgInfo | object | .timestamp) // .interactionEventTS // .eventTS // .timestamp | time // $env.received_at) as $at
| [.attachedData | object | .attachedDatum | arrays | .[] | objects] as $data
| def datum($name): [$data[] | select(.attachedDataKey == $name) | .attachedDataValue | number][0];
  (.direction | text // "") as $direction
| (.callState | text // "") as $state
| (.mediaType | text // "phone") as $media
| (.queueTime | time) as $queued
| (.callHangupReason | text) as $reason
| (.agentId | text) as $agent
| {key: "interaction", name: "Interaction", type: (if $media == "phone" then "telephony" else "message" end),
    attributes: {"call.direction": {in: "inbound", out: "outbound"}[$direction]}} as $whole
| {key: "queue", name: "Queue", type: "queue", parent: "interaction"} as $queue
| {key: (if $agent == null then "agent" else "agent:\($agent)" end), name: "Agent", type: "agent_interaction", parent: "interaction"} as $talk
| {key: (if $agent == null then "wrap_up" else "wrap_up:\($agent)" end), name: "Wrap-up", type: "wrap_up", parent: "interaction"} as $wrap_up
| {
    id: (.interactionGUID // .interactionId | id("8x8.interaction")),
    observed_at: $at,
    links: [{role: "same", id: (.callId | id("8x8.call"))}],
    phones: [{party: "customer", number: datum("phoneNum")}, {party: "centre", number: (datum("cha") // (.inboundChannelid | number))}
      | select(.number != null)],
    spans: [
      if $event == "interaction-started" or $event == "InteractionCreated" then $whole + {started_at: $at}
      elif $event == "voice-phone-completed" or $event == "voice-phone-terminated" or $event == "interaction-ended" then
        $whole + {ended_at: $at, status: "ok", reason: $event}
      elif $event == "InteractionQueued" then $queue + {started_at: ($queued // $at)}
      # A call that is offered has left the queue. If the agent rejects it, the next offer is the end.
      elif $event == "InteractionAssigned" and $queued != null and $direction != "out" then
        $queue + {started_at: $queued, ended_at: $at, status: "ok"}
      elif $event == "InteractionUnqueued" or $event == "InteractionQueueTimeout" then
        $queue + {ended_at: $at, status: "abandoned", reason: $event}
      # An agent accepts an outbound call while it rings.
      elif ($event == "InteractionAccepted" and $state != "CS_INPROGRESS") or $event == "InteractionCustomerAccepted" then $talk + {started_at: $at}
      elif $event == "InteractionPostProcess" then ($talk + {ended_at: $at, status: "ok"}), ($wrap_up + {started_at: $at})
      elif $event == "InteractionEndPostProcess" then $wrap_up + {ended_at: $at, status: "ok"}
      elif $event == "LineHoldStatus" then $whole + {events: [{name: (if .status == true or .status == "true" then "hold" else "retrieved" end), at: $at}]}
      elif $event == "InteractionTransferRequest" or $event == "InteractionRejected" then $whole + {events: [{name: $event, at: $at}]}
      elif $event == "InteractionDeleted" then
        $whole + {
          ended_at: $at,
          status: (if $reason == "CEC_DISCONNECT_CANCELLED" then "abandoned"
            elif $reason | is_any(["CEC_DISCONNECT_BUSY", "CEC_DISCONNECT_BADADDRESS", "CEC_DISCONNECT_NOANSWER",
              "CEC_DISCONNECT_REJECTED", "CEC_DISCONNECT_FAILED", "CEC_DISCONNECT_BLOCKED"]) then "error"
            elif $reason == "CEC_NONE" then null else "ok" end),
          reason: $reason
        }
      else empty end
    ]
  }
