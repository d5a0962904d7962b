# One span of an agent of LiveKit. The trace is the session; the room and the job join it to the room's own events.

def object: if type == "object" then . else {} end;
def list: if type == "array" then . else [] end;

# Other libraries' spans in one request are not ours.
select(.scope | object | .name | if type == "string" then . else "" end | . == "livekit-agents" or startswith("livekit.agents"))
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
| ({"job_entrypoint": "session", "agent_session": "session", "agent_turn": "turn", "user_turn": "turn", "realtime_assistant_turn": "turn",
    "function_tool": "call", "llm_request": "call"}[$name // ""]) as $kind
| ($start != null and $ended != null and $ended - $start >= 3000) as $is_slow
# A session has hundreds of steps. Of those inside a turn, the calls to others, the failed and the slow ones are kept.
| select($kind or $failed or $is_slow)
| {
    id: (.trace_id | id("trace")),
    observed_at: ($ended // $start),
    links: [
      ($all | first_of(["room_id", "lk.room_id"]) | values | {id: id("livekit.room"), role: "reference"}),
      ($all | first_of(["job_id", "lk.job_id"]) | values | {id: id("livekit.job"), role: "reference"}),
      ($all | first_of(["sip.twilio.callSid", "call.sid"]) | text | select(. != null and startswith("CA")) | {id: id("twilio.call"), role: "reference"}),
      ($all | first_of(["sip.callIDFull", "sip.call_id"]) | values | {id: id("sip.call_id"), role: "reference"}),
      ($all["genesys.conversation.id"] // empty | uuid | {id: id("genesys.conversation"), role: "reference"}),
      ($all["journey.ref"] // empty | {id: id("journey.ref"), role: "reference"}),
      ($interactions[] | {id: text, role: "reference"}),
      ($traces[] | {id: id("trace"), role: "related"})
    ],
    spans: [
      {
        key: .span_id,
        type: (if $kind == "session" or $kind == "turn" then "ai_conversation" else "backend" end),
        name: $name,
        started_at: $start, ended_at: $ended,
        status: (if $failed then "error" else "ok" end),
        parent: (.parent_span_id | text),
        attributes: {
          "gen_ai.request.model": ($attributes["gen_ai.request.model"] | text),
          "gen_ai.usage.input_tokens": $attributes["gen_ai.usage.input_tokens"],
          "gen_ai.usage.output_tokens": $attributes["gen_ai.usage.output_tokens"],
          "gen_ai.operation.name": ($attributes["gen_ai.operation.name"] | text),
          "gen_ai.provider.name": ($attributes | first_of(["gen_ai.provider.name", "gen_ai.system"]) | text),
          "error.type": ($attributes["error.type"] | text),
          "lk.interrupted": $attributes["lk.interrupted"]
        }
      }
    ]
  }
