# One captured SIP message. The messages of one Call-ID make one span. Registrations and other messages that are no call,
# and captures that are not SIP, give nothing.

def object: if type == "object" then . else {} end;
def scalar: if type == "number" then tostring elif type == "string" then . else null end;
def rows:
  (if type == "array" then .[] else . end) | select(type == "object")
  | (.data // null) as $data
  | if ($data | type) == "array" then $data[]
    elif ($data | type) == "object" and ($data.messages | type) == "array" then $data.messages[]
    elif (.messages | type) == "array" then .messages[]
    else . end
  | select(type == "object");

def heads: .raw // .message // .payload // "" | if type == "string" then . else "" end
  | split("\r\n\r\n")[0] // "" | split("\n");
# Headers by their names in lower case. Of two with one name the first counts.
def headers: .[1:] | reverse | map(split(":") | {key: (.[0] // "" | ascii_downcase | trim), value: (.[1:] | join(":") | text)}) | from_entries;
def header($name): .[$name];
def header($name; $short): .[$name] // .[$short];
def number: text | if . == null then null else (tonumber? // null) end;
def link($role): select(. != null) | {id: ., role: $role};
def is_code: . != null and length == 3 and (tonumber? // 0) >= 100;
def address: text | if . == null then empty else . end;

rows
| (.protocol_header | from_json | object) as $protocol
| (.data_header | from_json | object) as $data
| . as $row
| heads as $lines
| ($lines | headers) as $head
| (($row.payloadType // $protocol.payloadType // $row.payload_type // 1) | scalar) as $kind
| select($kind == "1" or $kind == "SIP")
| (($lines[0] // "" | text // "") | split(" ")) as $first
| (if $first[0] == "SIP/2.0" then $first[1] elif ($first | length) >= 3 then $first[0] else null end) as $written
| (($data.method // $row.method // $written) | scalar | if . == null then null else ascii_upcase end) as $what
| (($data.cseq // $row.cseq // ($head | header("cseq"))) | scalar // "" | split(" ") | .[-1] // "" | ascii_upcase) as $of
| ($what | is_code) as $is_answer
| (if $is_answer then $of else $what end) as $method
| select($method == "INVITE" or $method == "BYE" or $method == "CANCEL" or $method == "REFER" or ($is_answer and ($method == "" or $method == null)))
| (($data.callid // $row.callid // $row.sid // ($head | header("call-id"; "i")) // $row.correlation_id // $protocol.correlation_id) | id("sip.call_id")) as $call
| (($row.timeSeconds // $protocol.timeSeconds // $row.time_seconds) | number) as $seconds
| (($row.timeUseconds // $protocol.timeUseconds // $row.time_useconds // 0) | number // 0) as $micros
| (if $seconds != null and $seconds > 0 then $seconds * 1000 + ($micros / 1000 | floor)
   else (($row.create_date // $row.create_ts // $row.micro_ts // null) | time) end) as $at
| (if $is_answer then ($what | tonumber) else 0 end) as $code
| (if $is_answer | not then (if $method == "BYE" or $method == "CANCEL" then 3 else 0 end)
   # Without the method that it answers, a refusal could be one of the BYE. A challenge is followed by another INVITE.
   elif $code < 400 or $code == 401 or $code == 407 or $code == 491 then 0
   elif $method == "INVITE" then 2 else 0 end) as $weight
| ($weight > 0) as $ends
| (if $method == "INVITE" and ($is_answer | not) then "invited"
   elif $method == "INVITE" and ($code == 180 or $code == 183) then "ringing"
   elif $method == "INVITE" and $code == 200 then "answered"
   elif $method == "REFER" and ($is_answer | not) then "transfer requested" else null end) as $step
| {
    id: $call,
    links: [
      (($row.correlation_id // $protocol.correlation_id) | id("sip.call_id") | if . == $call then null else . end | link("related")),
      ($head | header("session-id") | id("sip.session_id") | link("same")),
      ($head | header("x-inin-cnv") | uuid | id("genesys.conversation") | link("reference")),
      ($head | header("x-amzn-connectcontactid") | id("connect.contact") | link("reference")),
      # What Amazon Connect sends there is JSON with the customer's number, and no id.
      ($head | header("user-to-user") // header("x-user-to-user") | uui
        | if . == null or startswith("{") or startswith("7b22") or startswith("7B22") then null else id("uui") end | link("reference"))
    ],
    observed_at: ($at // $env.received_at),
    phones: (if $step == "invited" then [
        (($head | header("from"; "f")) // $data.from_user // $row.from_user | address | {party: "customer", number: .}),
        (($head | header("to"; "t")) // $data.to_user // $row.to_user | address | {party: "centre", number: .})
      ] else [] end),
    spans: [{
      key: "call", type: "telephony", name: "SIP call",
      started_at: (if $method == "INVITE" and ($is_answer | not) then $at else null end),
      ended_at: (if $ends then $at else null end),
      status: (if $ends | not then null elif $method == "BYE" then "ok" elif $method == "CANCEL" or $code == 487 then "abandoned"
               elif $code < 600 and $code >= 400 or $code >= 600 then "error" else null end),
      reason: (if $ends then $what else null end),
      version: $weight,
      attributes: (if $ends and $is_answer then {"sip.response.status_code": $code} else {} end),
      events: (if $step == null or $at == null then [] else [{name: $step, at: $at}] end)
    }]
  }
