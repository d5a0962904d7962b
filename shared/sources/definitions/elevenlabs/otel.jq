# The same conversation as spans of OpenTelemetry. The spans hold what was said in their attributes, which are not read.

def object: if type == "object" then . else {} end;
def list: if type == "array" then map(objects) else [] end;
def attributes: list | map({key: .key, value: (.value | object | .stringValue // .intValue // .doubleValue // .boolValue)});
def attribute($name): [.[] | select(.key == $name) | .value][0];

(.event_timestamp | time) as $at
| (.data | object) as $data
| ($data.otlp_traces | from_json | object | .resourceSpans | list) as $resources
| ([$resources[].resource | object | .attributes | attributes | attribute("elevenlabs.conversation_id") | text | select(. != null)][0]) as $conversation
| [$resources[].scopeSpans | list[].spans | list[]] as $spans
| ([$spans[] | select(.name == "elevenlabs.conversation")][0]) as $root
| {
    id: (($data.conversation_id // $conversation) | id("elevenlabs.conversation")),
    observed_at: ($at // ($root.endTimeUnixNano | time)),
    links: [
      {id: ($spans[0].traceId | text | if . != null and length == 32 then . else null end | id("trace")), role: "reference"}
    ],
    spans: [
      $spans[]
      | (.status | object | .code) as $code
      | (.name == "elevenlabs.conversation") as $is_conversation
      | select($is_conversation or (.name | text // "" | startswith("elevenlabs.tool.")))
      | {
          key: (if $is_conversation then "conversation" else .spanId end),
          type: (if $is_conversation then "ai_conversation" else "backend" end),
          name: (if $is_conversation then "ElevenLabs conversation" else "ElevenLabs tool" end),
          started_at: (.startTimeUnixNano | time), ended_at: (.endTimeUnixNano | time),
          status: (if $code == 2 or $code == "STATUS_CODE_ERROR" then "error" else "ok" end),
          parent: (if $is_conversation then null else "conversation" end)
        }
    ]
  }
