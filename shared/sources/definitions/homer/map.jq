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

# The first line of a request names the method, and that of an answer the status.
def written: (split("\n")[0] // "" | text // "" | split(" ")) as $first
  | if $first[0] == "SIP/2.0" then $first[1] elif ($first | length) >= 3 then $first[0] else null end;
def number: text | if . == null then null else (tonumber? // null) end;
def methods: {"INVITE": true, "BYE": true, "CANCEL": true, "REFER": true};
def ends: {"BYE": 3, "CANCEL": 3};
def answers: {"180": "ringing", "183": "ringing", "200": "answered"};
def span: {"key": "call", "type": "telephony", "name": "SIP call"};

rows
| (.protocol_header | from_json | object) as $protocol
| ((.payloadType // $protocol.payloadType // .payload_type // 1) | scalar) as $kind
| select($kind == "1" or $kind == "SIP")
| . as $row
| (.data_header | from_json | object) as $data
| (first_of(["raw", "message", "payload"]) | if type == "string" then . else "" end) as $message
| ($message | headers) as $head
| (($data.method // .method // ($message | written)) | scalar | if . == null then null else ascii_upcase end) as $what
| (if ($what | length) == 3 then ($what | tonumber? // 0) else 0 end) as $number
| ($number >= 100) as $is_answer
| ($data.cseq // .cseq // $head.cseq) as $of
| (if $is_answer then $of | scalar // "" | split(" ") | .[-1] // "" | ascii_upcase else $what // "" end) as $method
| select(methods[$method] or $is_answer and $method == "")
| (if $is_answer then $number else 0 end) as $code
| (.correlation_id // $protocol.correlation_id) as $correlation
| (($data.callid // first_of(["callid", "sid"]) // ($head | first_of(["call-id", "i"])) // $correlation) | id("sip.call_id")) as $call
| ((.timeSeconds // $protocol.timeSeconds // .time_seconds) | number) as $seconds
| (if $seconds != null and $seconds > 0
   then $seconds * 1000 + (((.timeUseconds // $protocol.timeUseconds // .time_useconds // 0) | number // 0) / 1000 | floor)
   else first_of(["create_date", "create_ts", "micro_ts"]) | time end) as $at
| (if $is_answer | not then ends[$method] // 0
   # Without the method that it answers, a refusal could be one of the BYE. A challenge is followed by another INVITE.
   elif $method != "INVITE" or $code < 400 or $code == 401 or $code == 407 or $code == 491 then 0
   else 2 end) as $weight
| (if $method == "INVITE" then (if $is_answer then answers[$what] else "invited" end)
   elif $method == "REFER" and ($is_answer | not) then "transfer requested" else null end) as $step
| {
    id: $call,
    links: [
      ($correlation | id("sip.call_id") | select(. != null and . != $call) | {id: ., role: "related"}),
      ($head["session-id"] // empty | {id: id("sip.session_id"), role: "same"}),
      ($head["x-inin-cnv"] // empty | uuid | {id: id("genesys.conversation"), role: "reference"}),
      ($head["x-amzn-connectcontactid"] // empty | {id: id("connect.contact"), role: "reference"}),
      # What Amazon Connect sends there is JSON with the customer's number, and no id.
      ($head | first_of(["user-to-user", "x-user-to-user"]) | uui
        | select(. != null and (startswith("{") or startswith("7b22") or startswith("7B22") | not)) | {id: id("uui"), role: "reference"})
    ],
    observed_at: ($at // $env.received_at),
    phones: (if $step == "invited" then [
        (($head | first_of(["from", "f"])) // $data.from_user // .from_user | text | values | {party: "customer", number: .}),
        (($head | first_of(["to", "t"])) // $data.to_user // .to_user | text | values | {party: "centre", number: .})
      ] else [] end),
    spans: [
      span + {version: $weight}
      + (if $step == "invited" then {started_at: $at} else {} end)
      + (if $step == null or $at == null then {} else {events: [{name: $step, at: $at}]} end)
      + (if $weight == 0 then {} else {
          ended_at: $at, reason: $what,
          status: (if $method == "BYE" then "ok" elif $method == "CANCEL" or $code == 487 then "abandoned" else "error" end),
          attributes: (if $is_answer then {"sip.response.status_code": $code} else {} end)
        } end)
    ]
  }
