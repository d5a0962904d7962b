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
| ((.started_at // .start) | time) as $start
| ((.ended_at // .end) | time) as $ended
| (.name | text) as $name
| (["job_entrypoint", "agent_session"] | index($name) != null) as $is_session
| (["agent_turn", "user_turn", "realtime_assistant_turn"] | index($name) != null) as $is_turn
| ($name == "function_tool" or $name == "llm_request") as $is_call
| ($start != null and $ended != null and $ended - $start >= 3000) as $is_slow
# A session has hundreds of steps. Of those inside a turn, the calls to others, the failed and the slow ones are kept.
| select($is_session or $is_turn or $is_call or $failed or $is_slow)
| {
    id: (.trace_id | id("trace")),
    observed_at: ($ended // $start),
    links: [
      {id: (($all.room_id // $all["lk.room_id"]) | id("livekit.room")), role: "reference"},
      {id: (($all.job_id // $all["lk.job_id"]) | id("livekit.job")), role: "reference"},
      {id: (($all["sip.twilio.callSid"] // $all["call.sid"]) | text | if . != null and startswith("CA") then . else null end | id("twilio.call")), role: "reference"},
      {id: (($all["sip.callIDFull"] // $all["sip.call_id"]) | id("sip.call_id")), role: "reference"},
      {id: ($all["genesys.conversation.id"] | uuid | id("genesys.conversation")), role: "reference"},
      {id: ($all["journey.ref"] | id("journey.ref")), role: "reference"},
      {id: ($interactions[] | text), role: "reference"},
      {id: ($traces[] | id("trace")), role: "related"}
    ],
    spans: [
      {
        key: .span_id,
        type: (if $is_session or $is_turn then "ai_conversation" else "backend" end),
        name: $name,
        started_at: $start, ended_at: $ended,
        status: (if $failed then "error" else "ok" end),
        parent: (.parent_span_id | text),
        attributes: {
          "gen_ai.request.model": ($attributes["gen_ai.request.model"] | text),
          "gen_ai.usage.input_tokens": $attributes["gen_ai.usage.input_tokens"],
          "gen_ai.usage.output_tokens": $attributes["gen_ai.usage.output_tokens"],
          "gen_ai.operation.name": ($attributes["gen_ai.operation.name"] | text),
          "gen_ai.provider.name": (($attributes["gen_ai.provider.name"] // $attributes["gen_ai.system"]) | text),
          "error.type": ($attributes["error.type"] | text),
          "lk.interrupted": $attributes["lk.interrupted"]
        }
      }
    ]
  }
