# One event of phone.systems. Several systems produce the events, so their times do not give their order: the type does.

def object: if type == "object" then . else {} end;
def rank: {"call.started": 1, "call.connected": 2, "call.ended": 3, "call.cdr.created": 4, "call.cdr.updated": 5}[. // ""] // 0;

(.type | text) as $type
| (.ts | time) as $at
| (.global_tag | id("didww.call")) as $call
# Recordings, transcripts and scores of a call are not about its course.
| select($type != null and (["attachment", "transcript", "summary", "scoring", "ai_processing"] | any(. as $word | $type | contains($word))) != true)
| (.data | object)
| ((.start_time // .time_start // .started_at) | time) as $start
| ((.end_time // .time_end // .ended_at) | time) as $ended
| ((.direction // .call_direction) | text) as $direction
| ((.from // .src_number // .caller) | if type == "object" then .number else . end | text) as $from
| ((.to // .dst_number // .callee) | if type == "object" then .number else . end | text) as $to
| {
    id: $call,
    observed_at: $at,
    links: [{id: ((.sip_call_id // .call_id) | id("sip.call_id")), role: "reference"}],
    phones: [
      {party: (if $direction == "outbound" or $direction == "out" then "centre" else "customer" end), number: $from},
      {party: (if $direction == "outbound" or $direction == "out" then "customer" else "centre" end), number: $to}
    ],
    spans: [
      (select($type | rank > 0) | {
        key: "call", type: "telephony", name: "DIDWW call",
        started_at: ($start // (if $type == "call.started" then $at else null end)),
        ended_at: ($ended // (if $type == "call.ended" then $at else null end)),
        status: (if $type == "call.ended" and .success != false then "ok" elif .success == false then "error" else null end),
        reason: ((.disconnect_reason // .reason) | text),
        version: ($type | rank)
      })
    ]
  }
