# One span of Pipecat. The trace is the conversation. The root span ends last and is the one that knows the call.

def object: if type == "object" then . else {} end;
def list: if type == "array" then . else [] end;
# Latencies have many decimals.
def rounded: if type == "number" then . * 1000 | round | . / 1000 else null end;

# Other libraries' spans in one request are not ours.
select(.scope | object | .name // "" | . == "pipecat" or startswith("pipecat."))
| (.resource | object | (.attributes // .) | object) as $resource
| (.related_traces | list) as $traces
| (.interactions | list) as $interactions
| (.span | object)
| (.attributes | object) as $attributes
| ($resource + $attributes) as $all
| (.status | if type == "object" then .code else . end | . == "error" or . == 2) as $failed
| (first_of(["started_at", "start"]) | time) as $start
| (first_of(["ended_at", "end"]) | time) as $ended
| (.name | text) as $name
| ($all["conversation.id"] | text) as $conversation
| ($name == "conversation" or $name == "turn") as $is_shown
| ($start != null and $ended != null and $ended - $start >= 3000) as $is_slow
# Of the steps inside a turn, the language model, the failed and the slow ones are kept.
| select($is_shown or $name == "llm" or $failed or $is_slow)
| {
    id: (.trace_id | id("trace")),
    observed_at: ($ended // $start),
    links: [
      ($conversation | values | {id: id("pipecat.conversation"), role: "same"}),
      ($all | first_of(["call.sid", "call_sid", "callSid", "twilio.call_sid", "twilio.callSid"]) | text
        | select(. != null and startswith("CA")) | {id: id("twilio.call"), role: "reference"}),
      ($all | first_of(["daily.session_id", "daily.session.id"]) | values | {id: id("daily.session"), role: "reference"}),
      ($all | first_of(["livekit.room_id", "room_id"]) | text | select(. != null and startswith("RM_")) | {id: id("livekit.room"), role: "reference"}),
      ($all | first_of(["sip.call_id", "sip_call_id"]) | values | {id: id("sip.call_id"), role: "reference"}),
      ($all | first_of(["genesys.conversation.id", "genesys.conversation_id"]) | values | uuid | {id: id("genesys.conversation"), role: "reference"}),
      ($all | first_of(["journey.ref", "journey_ref"]) | values | {id: id("journey.ref"), role: "reference"}),
      # `conversation.id` is Pipecat's own, and no other system's.
      ($interactions[] | text | select(. != null and (endswith(":" + ($conversation // "-")) | not)) | {id: ., role: "reference"}),
      ($traces[] | {id: id("trace"), role: "related"})
    ],
    spans: [
      {
        key: .span_id,
        type: (if $is_shown then "ai_conversation" else "backend" end),
        name: $name,
        started_at: $start, ended_at: $ended,
        status: (if $failed then "error" else "ok" end),
        parent: (.parent_span_id | text),
        attributes: {
          "turn.number": $attributes["turn.number"],
          "turn.user_bot_latency_seconds": ($attributes["turn.user_bot_latency_seconds"] | rounded),
          "turn.was_interrupted": $attributes["turn.was_interrupted"],
          "metrics.ttfb": ($attributes["metrics.ttfb"] | rounded),
          "conversation.type": ($attributes["conversation.type"] | text),
          "gen_ai.request.model": ($attributes["gen_ai.request.model"] | text),
          "gen_ai.usage.input_tokens": $attributes["gen_ai.usage.input_tokens"],
          "gen_ai.usage.output_tokens": $attributes["gen_ai.usage.output_tokens"],
          "gen_ai.operation.name": ($attributes["gen_ai.operation.name"] | text),
          "gen_ai.provider.name": ($attributes | first_of(["gen_ai.provider.name", "gen_ai.system"]) | text),
          "error.type": ($attributes["error.type"] | text)
        }
      }
    ]
  }
