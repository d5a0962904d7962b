# One accounting record of a session. It names the SIP Call-IDs of both legs, so it joins them. A start and a stop have the
# same session id, and so make one span.

def plain: if type == "string" then . else
    if type == "object" then .value // null else . end | if type == "array" then .[0] else . end
    | if type == "number" then tostring else . end
  end;

# Splits at commas outside quotes. A comma inside becomes a tab.
def cells: if contains("\"") | not then split(",") else
    split("\"") | to_entries
    | map(if .key % 2 == 1 then .value | split(",") | join("\t") else .value end) | join("")
    | split(",") | map(split("\t") | join(",")) end;
def table: [split("\n")[] | select(text != null) | cells] as $rows | ($rows[0] | texts("")) as $names | $rows[1:][] | named($names);
# Several requests in one log are apart by an empty line.
def read: if (split("\n")[0] | ascii_downcase | contains("acct-status-type") and contains(",")) then table
  else split("\n\n")[] | pairs end;
def line: .message // .msg // .log // .MESSAGE // null | if type == "string" and contains("=") then . else null end;
def records:
  if type == "string" then read
  else (if type == "array" then .[] else . end) | select(type == "object")
    | if line != null then line | read else .attributes // .request // .radius // . end
  end
  | select(type == "object") | bare_keys;

# `18:12:11.123 UTC JUL 27 2026`, with or without a day of the week, which is ignored. Cisco's attributes may repeat their
# name, and a clock that is not set puts a dot or a star in front.
def month: {"jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06", "jul": "07", "aug": "08",
  "sep": "09", "oct": "10", "nov": "11", "dec": "12"}[ascii_downcase] // null;
# A device whose clock is not UTC prints the abbreviation of its zone. Those that several countries use for other zones are not read.
def zone: {"UTC": "Z", "GMT": "Z", "Z": "Z", "EST": "-05:00", "EDT": "-04:00", "CST": "-06:00", "CDT": "-05:00", "MST": "-07:00", "MDT": "-06:00",
  "PST": "-08:00", "PDT": "-07:00", "AKST": "-09:00", "AKDT": "-08:00", "HST": "-10:00", "WET": "Z", "WEST": "+01:00", "CET": "+01:00",
  "CEST": "+02:00", "EET": "+02:00", "EEST": "+03:00", "JST": "+09:00", "AEST": "+10:00", "AEDT": "+11:00"}[ascii_upcase]
  // (ltrimstr("UTC") | ltrimstr("GMT"));
def clock: text | if . == null then null else parse_time("%H:%M:%S%.f UTC %b %d %Y") // (
    (split("=") | .[-1] | ltrimstr(".") | ltrimstr("*")) as $written
    | (($written | split(" ")) - [""]) as $all
    | (if ($all | length) == 6 then $all[:2] + $all[3:] else $all end) as $part
    | (if ($part | length) == 5 then $part[2] | month else null end) as $month
    | if $month == null then $written | time
      else "\($part[4])-\($month)-\(("0" + $part[3])[-2:])T\($part[0])\($part[1] | zone)" | time end
  ) end;

def link($role): select(. != null) | {id: ., role: $role};
def party($party): text | if . == null then empty else {party: $party, number: .} end;
def whole: text | if . == null then null else (tonumber? // null) end;
# The device multiplies the mean opinion score by 100.
def mos: whole | if . == null then null elif . > 5 then . / 100 else . end | if . != null and . >= 1 and . <= 5 then . else null end;

records
| ((.acctstatustype | plain) | text // "" | ascii_downcase) as $type
| (if $type == "1" or $type == "start" then "start" elif $type == "2" or $type == "stop" then "stop"
   elif $type == "3" or ($type | startswith("interim")) then "interim" else null end) as $type
| select($type != null)
| ((.acctsessionid | plain) | id("oracle.session")) as $session
| ((.acmesessioningresscallid | plain) | id("sip.call_id")) as $ingress
| ((.acmesessionegresscallid | plain) | id("sip.call_id")) as $egress
| ((.h323setuptime | plain) | clock) as $start
| ((.h323connecttime | plain) | clock) as $connect
| ((.h323disconnecttime | plain) | clock) as $finish
| ((.acmesipstatus | plain) | whole) as $status
| ((.acctterminatecause | plain) | text) as $cause
| ($type == "stop") as $ended
| {
    id: ($session // $ingress // $egress),
    links: [($ingress | link("same")), ($egress | link("same")), ((.acmesessiongenericid | plain) | id("oracle.generic_id") | link("root"))],
    observed_at: ((if $ended then $finish else null end) // $connect // $start // ((.eventtimestamp | plain) | time) // $env.received_at),
    phones: [((.callingstationid | plain) | party("customer")), ((.calledstationid | plain) | party("centre"))],
    spans: [{
      key: "session", type: "telephony", name: "SBC session",
      started_at: $start,
      ended_at: (if $ended and $finish != null and ($start == null or $finish >= $start) then $finish else null end),
      status: (if $ended | not then null
               elif $connect == null and ($status == 487 or ($status == null and $cause == "User-Request")) then "abandoned"
               elif $connect == null or ($status // 0) >= 400 then "error"
               elif $cause == null or $cause == "User-Request" or $cause == "Host-Request" or $cause == "Callback" then "ok"
               else "error" end),
      reason: (if $ended then $cause else null end),
      version: (if $ended then 3 elif $type == "interim" then 2 else 1 end),
      attributes: {
        "sip.response.status_code": (if $status != null and $status >= 100 then $status else null end),
        "sip.reason.cause": (if $ended then (.acmedisconnectcause | plain) | whole else null end),
        "oracle.disconnect_initiator": ({"0": "unknown", "1": "calling", "2": "called", "3": "internal"}[(.acmedisconnectinitiator | plain) // "" | tostring] // null),
        "call.mos": ((.acmecallingmos | plain) // (.acmecallingmosfs1 | plain) | mos)
      },
      events: (if $connect == null then [] else [{name: "answered", at: $connect}] end)
    }]
  }
