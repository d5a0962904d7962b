# One event of a phone interaction.

# A part of the event, even if it is missing or of another form.
def object: if type == "object" then . else {} end;

(.eventType // .event // .type // (.msgInfo | object | .type) | text // "") as $event
# The stream has seconds outside and milliseconds inside.
| ((.msgInfo | object | .timestamp) // .eventTS // .timestamp | time // $env.received_at) as $at
| {key: "interaction", name: "Interaction", type: "telephony"} as $span
| {
    id: (.interactionGUID // .interactionId | id("8x8.interaction")),
    observed_at: $at,
    links: [{role: "same", id: (.callId | id("8x8.call"))}],
    spans: [
      if $event == "interaction-started" then $span + {started_at: $at}
      elif $event == "voice-phone-completed" or $event == "voice-phone-terminated" or $event == "interaction-ended" then
        $span + {ended_at: $at, status: "ok", reason: $event}
      else empty end
    ]
  }
