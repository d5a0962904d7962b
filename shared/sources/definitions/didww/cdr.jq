# One record of a call to or from a number. One call has a record for each attempt to route it.

def object: if type == "object" then . else {} end;

(.type == "outbound-cdr") as $is_outbound
| (.id | text) as $record
| (.attributes | object)
| (.time_start | time) as $start
| (.time_end | time) as $ended
| {
    id: (((.local_tag | text) // $record) | id("didww.call")),
    observed_at: ($ended // $start),
    links: [
      {id: (.call_id | id("sip.call_id")), role: "reference"},
      {id: (.term_call_id | id("sip.call_id")), role: "reference"}
    ],
    phones: [
      {party: (if $is_outbound then "centre" else "customer" end), number: ((.src_number // .original_src_number) | text)},
      {party: (if $is_outbound then "customer" else "centre" end), number: (if $is_outbound then .dst_number else .did_number end | text)}
    ],
    spans: [
      {
        key: (if .routing_attempt != null then "leg:\(.routing_attempt)" else "call" end),
        type: "telephony", name: "DIDWW call",
        started_at: $start,
        ended_at: (if $start != null and $ended != null and $ended < $start then null else $ended end),
        status: (if .success == true then "ok" elif .success == false then "error" else null end),
        # The leg to the destination says more than DIDWW's own, if there was one.
        reason: ((.legb_disconnect_reason | text) // (.disconnect_reason | text) // (.internal_disconnect_reason | text)),
        version: 1,
        attributes: {
          "call.direction": (if $is_outbound then "outbound" else "inbound" end),
          "sip.response.status_code": ([.legb_disconnect_code, .disconnect_code, .internal_disconnect_code] | map(select(. != null and . != 0)) | .[0])
        }
      }
    ]
  }
