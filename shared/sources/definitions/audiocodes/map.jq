# AudioCodes records. A leg is known by its SIP Call-ID, and both legs of a session by the SessionId. The columns of a line
# without a title row are those of the default format. Names of callers and addresses are never read.

def signalling: ["type", "eptyp", "sipcallid", "sessionid", "orig", "sourceip", "sourceport", "destip", "destport",
  "transporttype", "srcuri", "srcuribeforemap", "dsturi", "dsturibeforemap", "durat", "trmsd", "trmreason",
  "trmreasoncategory", "setuptime", "connecttime", "releasetime", "redirectreason", "redirecturinum",
  "redirecturinumbeforemap", "txsigipdiffserv", "ipgroup", "srdid", "sipinterfaceid", "proxysetid", "ipprofileid",
  "mediarealmid", "directmedia", "siptrmreason", "siptermdesc"];
def media: ["type", "sipcallid", "cid", "mediatype", "coder", "intrv", "localrtpip", "localrtpport", "remotertpip",
  "remotertpport", "inpackets", "outpackets", "localpackloss", "remotepackloss", "rtpdelay", "rtpjitter", "txrtpssrc",
  "rxrtpssrc", "localrfactor", "remoterfactor", "localmoscq", "remotemoscq"];
# Newer devices print the session in a media line, too.
def newer_media: (media | .[:2]) + ["sessionid"] + (media | .[2:]);

# Titles of columns as names. A unit in brackets is no part of them.
def titles: join("|") | bare | contains("(") as $has_units | split("|") | if $has_units then map(split("(")[0] // "") else . end;

def report_types: ["CALL_START", "CALL_CONNECT", "CALL_END", "MEDIA_START", "MEDIA_UPDATE", "MEDIA_END"];
def session_types: ["START", "INTERMEDIATE", "STOP", "ATTEMPT"];
def all_types: ["CALL_START", "CALL_CONNECT", "CALL_END", "MEDIA_START", "MEDIA_UPDATE", "MEDIA_END", "START", "INTERMEDIATE",
  "STOP", "ATTEMPT"];
def type_titles: ["recordtype", "type", "sbcreporttype", "cdrreporttype", "gwreporttype", "mediareporttype"];
def is_any($words): . as $word | $words | index($word) != null;
def is_report: is_any(report_types);
def is_session: is_any(session_types);

# Drops what a syslog server prints before the first column, which is one of these words.
def from($words; $cells): ($cells - ($cells - $words))[0] as $first
  | if $first == null then null else .[($cells | index($first)):] end;
def is_media: .[0] | startswith("MEDIA_") or . == "mediareporttype";

def default_columns: if is_media then (if length > 27 then newer_media else media end) else signalling end;
def typed: .type = (.type // .sbcreporttype // .cdrreporttype // .gwreporttype // .mediareporttype);
# A row is a report, or has the titles of those after it.
def rows: map(texts("") | from(all_types; .) as $report
    | if $report != null then {$report} else titles as $names | {titles: ($names | from(type_titles; $names))} end) as $rows
  | [$rows[].titles | values] as $titles
  | $rows[].report | values | . as $row
  | ($row[0] | is_session) as $is_session
  | ($titles | map(select(is_media == ($row | is_media) and (.[0] == "recordtype") == $is_session)) | .[-1]) as $named
  | if $named != null then named($named) | typed
    elif $is_session then empty else named(default_columns) end;

def line: .message // .msg // .log // .MESSAGE // .line // null | if type == "string" and contains("|") then . else null end;
def lines: [.[] | split("\n")[] | select(contains("|")) | split("|")] | rows;
def unwrapped: if type == "array" then .[] else . end
  | if type == "object" then (.records // .cdrs // .CDRs // .sdrs // .SDRs // null) as $list
      | if ($list | type) == "array" then $list[] else . end else . end;
def columns: (if keys_unsorted | join("") | contains("(") then with_entries(.key |= (split("(")[0] // "")) else . end)
  | bare_keys
  | if .type == null then typed else . end;
def records:
  if type == "string" then [.] | lines
  else [unwrapped | select(type == "object")] as $all
    | ([$all[] | line | select(. != null)] | lines), ($all[] | select(line == null) | columns)
  end;

# `06:13:54.950 UTC Fri Mar 02 2012`. The device may print a wrong day of the week.
def month: {"jan": "01", "feb": "02", "mar": "03", "apr": "04", "may": "05", "jun": "06", "jul": "07", "aug": "08",
  "sep": "09", "oct": "10", "nov": "11", "dec": "12"}[ascii_downcase] // null;
def zone: ltrimstr("UTC") | ltrimstr("GMT") | if . == "" then "Z" else . end;
def clock: text | if . == null then null else parse_time("%H:%M:%S%.f UTC %a %b %d %Y") // (
    (split(" ") - [""]) as $part
    | (if ($part | length) == 6 then $part[3] | month else null end) as $month
    | if $month == null then time
      else "\($part[5])-\($month)-\(("0" + $part[4])[-2:])T\($part[0])\($part[1] | zone)" | time end
  ) end;

def word: text | if . == null or . == "0" or . == "-1" then null else . end;
def link($role): select(. != null) | {id: ., role: $role};
def party($party): text | if . == null then empty else {party: $party, number: (if contains("@") and (startswith("sip") | not) then "sip:" + . else . end)} end;
def session: .sessionid | word | id("audiocodes.session");
def global: .globalsessionid | word | id("audiocodes.global_session");
def is_code: length == 3 and (tonumber? // 0) >= 100;
def mos: try (tonumber | if . > 50 then null elif . > 5 then . / 10 elif . >= 1 then . else null end) catch null;

# A call that never connected is abandoned if the caller gave up, and failed otherwise.
def outcome($connected; $category; $sip):
  if $connected then (if $category == "ABNORMALLY_TERMINATED" or ($sip // "" | is_code) then "error" else "ok" end)
  elif $sip == "CANCEL" or $sip == "487" or $category == "NORMAL_CALL_CLEAR" then "abandoned"
  elif $category == "FORWARDED" then "ok"
  else "error" end;

def termination($sip): {
  "audiocodes.termination_category": (.trmreasoncategory | text),
  "audiocodes.termination_side": (.trmsd | text),
  "audiocodes.leg_origin": (.orig | text),
  "network.transport": (.transporttype | text),
  "sip.response.status_code": ($sip // "" | if is_code then . else null end),
  "sip.method": ($sip // "" | if . == "BYE" or . == "CANCEL" then . else null end)
};

def leg:
  (.type | ascii_upcase) as $type
  | (.setuptime | clock) as $start | (.connecttime | clock) as $connect | (.releasetime | clock) as $finish
  | (.siptrmreason | text | if . == null then null else ascii_upcase end) as $sip
  | ($type == "CALL_END") as $ended
  | {
      id: ((.sipcallid | id("sip.call_id")) // session),
      links: [(session | link("parent")), (global | link("root"))],
      observed_at: ((if $ended then $finish elif $type == "CALL_CONNECT" then $connect else null end) // $connect // $start // $env.received_at),
      phones: [(.srcuribeforemap // .srcuri | party("customer")), (.dsturibeforemap // .dsturi | party("centre"))],
      spans: [{
        key: "call", type: "telephony", name: "SBC leg",
        started_at: $start,
        ended_at: (if $ended and $finish != null and ($start == null or $finish >= $start) then $finish else null end),
        status: (if $ended then outcome($connect != null; .trmreasoncategory | text; $sip) else null end),
        reason: (if $ended then (.trmreason | text) // (.trmreasoncategory | text) // $sip else null end),
        version: (if $ended then 3 elif $type == "CALL_CONNECT" then 2 else 1 end),
        attributes: termination($sip),
        events: (if $connect == null then [] else [{name: "answered", at: $connect}] end)
      }]
    };

# A report of a medium has no time. Its end says how well the leg was heard.
def quality:
  (if .type == "MEDIA_END" then .localmoscq | mos else null end) as $mos
  | {id: ((.sipcallid | id("sip.call_id")) // session), links: [session | link("parent")], observed_at: $env.received_at,
     spans: (if $mos == null then [] else [{key: "call", attributes: {"call.mos": $mos}}] end)};

def user_of($field): .[$field + "beforemanipulation"] // .[$field + "aftermanipulation"] // .[$field] // null;
def whole:
  ((.recordtype // .type) | ascii_upcase) as $type
  | ((.ingresscallid // .ingresssipcallid // .sipcallid) | word | id("sip.call_id")) as $ingress
  | ((.egresscallid // .egresssipcallid) | word | id("sip.call_id")) as $egress
  | ((.setuptimeutc // .setuptime) | clock) as $start
  | ((.connecttimeutc // .connecttime) | clock) as $connect
  | ((.releasetimeutc // .releasetime) | clock) as $finish
  | ((.ingresssiptrmreason // .siptrmreason) | text) as $sip
  | ((.egresssiptrmreason // null) | text) as $far
  | ($type == "STOP" or $type == "ATTEMPT") as $ended
  | {
      id: (session // $ingress // $egress),
      links: [(global | link("root")), ($ingress | link("same")), ($egress | link("same"))],
      observed_at: ((if $ended then $finish else null end) // $connect // $start // $env.received_at),
      phones: [(user_of("callinguser") | party("customer")), (user_of("calleduser") | party("centre"))],
      spans: [{
        key: (if $type == "ATTEMPT" then "attempt:" + ($egress // "unknown") else "session" end),
        type: "telephony", name: (if $type == "ATTEMPT" then "SBC attempt" else "SBC session" end),
        started_at: $start,
        ended_at: (if $ended and $finish != null and ($start == null or $finish >= $start) then $finish else null end),
        status: (if $type == "ATTEMPT" then outcome(false; null; $sip)
                 elif $type == "STOP" then outcome($connect != null or (.issuccess | text | . == "yes"); null; $sip) else null end),
        reason: (if $ended then ((if $type == "ATTEMPT" then .egresstrmreason else null end) // .ingresstrmreason // .egresstrmreason // .trmreason | text) // $far // $sip else null end),
        version: (if $ended then 3 elif $type == "INTERMEDIATE" then 2 else 1 end),
        attributes: {
          "sip.response.status_code": ([$far, $sip] | map(select(. != null and is_code)) | .[0]),
          "sip.method": ([$sip, $far] | map(select(. == "BYE" or . == "CANCEL")) | .[0])
        },
        events: (if $connect == null then [] else [{name: "answered", at: $connect}] end)
      }]
    };

records
| ((.recordtype // .type // "") | tostring | ascii_upcase) as $type
| if $type | startswith("CALL_") and is_report then leg
  elif $type | startswith("MEDIA_") then quality
  elif $type | is_session then whole
  else empty end
