# Flat JSON. Names are compared without case, underscores and dashes.

# A conversation that is not a UUID, or a trace that is not one, would be refused with the whole event.
def ref($namespace): if $namespace == "genesys.conversation" then uuid | id($namespace)
  elif $namespace == "trace" then (traceparent_id // (if uuid == null then null else text end)) | id($namespace)
  else id($namespace) end;
def link($role): select(. != null) | {id: ., role: $role};
def types: ["telephony", "ivr", "ai_conversation", "queue", "agent_interaction", "hold", "wrap_up", "platform_handoff",
  "voicemail", "backend", "crm", "web", "message"];
def other_words: {"call": "telephony", "voice": "telephony", "bot": "ai_conversation", "ai": "ai_conversation",
  "conversation": "ai_conversation", "agent": "agent_interaction", "interaction": "agent_interaction", "acw": "wrap_up",
  "wrapup": "wrap_up", "transfer": "platform_handoff", "handoff": "platform_handoff", "request": "backend", "api": "backend",
  "case": "crm", "ticket": "crm", "chat": "message", "sms": "message", "page": "web"};
# `call.started` is of the type before the dot.
# `call.started`, `call_started` and `call` are of one type. What follows it says whether the timestamp is a start or an end.
def word: text | if . == null then null else ascii_downcase | split("-") | join("_") | split(" ") | join("_") | split(".") | join("_") end;
def starts: ["_started", "_start", "_created", "_opened"];
def ends: ["_ended", "_end", "_completed", "_finished", "_closed"];
def has_ending($endings): . as $word | any($endings[]; . as $ending | $word != null and ($word | endswith($ending)));
def stem: . as $word | [(starts + ends)[] | select(. as $ending | $word | endswith($ending))] | .[0] // "" | . as $ending | $word | rtrimstr($ending);
def span_type: if . == null then null else stem as $word
  | if (types | index($word)) != null then $word else other_words[$word] // other_words[$word | split("_")[0]] // null end end;
def outcomes: {"ok": "ok", "success": "ok", "completed": "ok", "done": "ok", "ended": "ok", "error": "error", "failed": "error", "failure": "error",
  "busy": "error", "no_answer": "error", "noanswer": "error", "timeout": "error", "abandoned": "abandoned", "abandon": "abandoned",
  "canceled": "abandoned", "cancelled": "abandoned"};
def whole: if type == "number" then . elif type == "string" then (tonumber? // null) else null end;
def named: text | if . == null or (contains(":") | not) then null else . end;
def party($party): if type == "object" then .phone // .number // .phonenumber // null else . end | if type == "number" then tostring else text end | if . == null then empty else {party: $party, number: .} end;

select(type == "object")
| bare_keys
| (.callid | id("custom.call")) as $call
| (.sessionid | id("custom.session")) as $session
| ((.id // .eventid) | text | if . == null then null elif contains(":") then . else id("custom.event") end) as $event
| [
    ((.conversationid // .genesysconversationid) | ref("genesys.conversation")), ((.contactid // .connectcontactid) | id("connect.contact")),
    ((.callsid // .twiliocallsid) | id("twilio.call")), (.sipcallid | id("sip.call_id")), (.sipsessionid | id("sip.session_id")),
    (.uui | uui | id("uui")), ((.traceparent | traceparent_id) // .traceid | ref("trace")), (.websessionid | id("web.session")),
    ((.caseid // .crmcaseid) | id("crm.case")), ((.journeyref // .externalref // .externalid) | id("journey.ref"))
  ] as $others
| ($others | map(select(. != null))) as $others
| ((.type // .spantype // .eventtype // .event) | word) as $word
| ($word | span_type) as $type
| ((.observedat // .timestamp // .time // .eventtime // .occurredat) | time) as $at
| (((.startedat // .starttime // .start // .startat) | time) // (if $word | has_ending(starts) then $at else null end)) as $start
| (((.endedat // .endtime // .end // .endat) | time) // (if $word | has_ending(ends) then $at else null end)) as $written
| ((.durationms | whole) // (.durationseconds // .duration | whole | if . == null then null else . * 1000 end)) as $length
| ($written // (if $start != null and $length != null and $length >= 0 then $start + ($length | round) else null end)) as $finish
| (.status | word) as $status
# The answer to an HTTP request.
| ((.statuscode // .httpstatus // .httpstatuscode // .responsecode) | whole | if . != null and . >= 100 and . < 600 then . else null end) as $answer
| ($type // (if $answer != null then "backend" else null end)) as $type
| (.direction // "" | text // "" | ascii_downcase | startswith("out")) as $is_outbound
| (.from // .ani // .caller // .customer) as $from
| (.to // .dnis // .called) as $to
| ($call // $session // $event // $others[0]) as $own
| {
    id: $own,
    links: (([$call, $session] | map(select(. != null and . != $own) | {id: ., role: "same"}))
      + ($others | map(select(. != $own) | {id: ., role: "reference"}))
      + [((.parentid // .parentcallid) | id("custom.call") | link("parent")), ((.previousid // .previouscallid) | id("custom.call") | link("previous")),
         ((.rootid // .rootcallid) | id("custom.call") | link("root")), (.previoustraceid | ref("trace") | link("previous"))]
      + (if (.links | type) == "array" then [.links[] | if type == "object" then . else {id: .} end | {id: (.id | named | if . == null then null else split(":") as $part | $part[1:] | join(":") | ref($part[0]) end), role: (.role // "reference")} | select(.id != null)] else [] end)),
    observed_at: ($at // $finish // $start // $env.time // $env.received_at),
    phones: (if $is_outbound then [($to | party("customer")), ($from | party("centre"))] else [($from | party("customer")), ($to | party("centre"))] end),
    spans: (if $start == null and $finish == null then [] else [{
      key: ((.key | text) // $type // "span"),
      type: $type,
      name: (.name | text),
      platform: (.platform | text),
      started_at: $start,
      ended_at: (if $finish != null and ($start == null or $finish >= $start) then $finish else null end),
      status: (if $status != null then outcomes[$status] // null elif $answer == null then null elif $answer >= 400 then "error" else "ok" end),
      reason: (.reason // .endreason // (if $status != null and outcomes[$status] != $status then $status else null end) | text),
      version: (.version // .sequence | whole),
      attributes: (if (.attributes | type) == "object" then .attributes else {} end)
    }] end)
  }
