# The record of one call. Waiting and talking are durations: seconds, or hours, minutes and seconds with colons.

def seconds:
  if type == "number" then .
  elif type == "string" and contains(":") then
    (split(":") | map(try tonumber catch null)) as $parts
    | if ($parts | any(. == null)) or ($parts | length) != 3 then null else $parts[0] * 3600 + $parts[1] * 60 + $parts[2] end
  elif type == "string" then (try tonumber catch null)
  else null end;

(.WebhookEventUtc | time) as $sent
# The record stands in an envelope with the time of sending.
| (if (.Data | type) == "object" then .Data else . end)
| ((.StartTime // .CallStartTime // .StartDateTime) | time) as $start
| ((.EndTime // .CallEndTime // .EndDateTime) | time) as $end_time
| (.WaitTime | seconds) as $wait
| (.TalkTime | seconds) as $talk
| ($start | plus_s($wait)) as $answered
| ($answered | plus_s($talk)) as $talked
| ($end_time // $talked // $answered) as $ended
| (.CallDirection | text // "" | ascii_downcase) as $direction
| {
    id: (.CallId | id("landis.call")),
    observed_at: ($ended // $start // $sent),
    links: [
      {id: (.ScenarioId | id("landis.scenario")), role: "root"},
      {id: (.ParentId | id("landis.call")), role: "parent"}
    ],
    phones: [{party: (if $direction == "outbound" then "centre" else "customer" end), number: ((.CallerNumber // .CallerId) | text)}],
    spans: [
      (select($start != null) | {key: "call", type: "telephony", name: "Landis call", started_at: $start, ended_at: $ended, version: 1,
        status: (if $talk == null then null elif $talk > 0 then "ok" elif $direction == "outbound" then "error" else "abandoned" end),
        attributes: {"call.direction": ($direction | if . == "inbound" or . == "outbound" then . else null end)}}),
      (select($answered != null and $wait > 0) | {
        key: "queue", type: "queue", name: "Landis queue", parent: "call", started_at: $start, ended_at: $answered,
        status: (if $talk == null then null elif $talk > 0 then "ok" else "abandoned" end), version: 1
      }),
      (select($talked != null and $talk > 0) | {
        key: "agent", type: "agent_interaction", name: "Landis agent", parent: "call", started_at: $answered, ended_at: $talked,
        status: "ok", version: 1
      })
    ]
  }
