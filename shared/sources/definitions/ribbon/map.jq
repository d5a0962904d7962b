def zone_of_the_device: "UTC";

# Ribbon accounting records, by their position: the columns of STOP, START, ATTEMPT and INTERMEDIATE differ. A column with
# the SIP leg's data begins with its protocol, and its second part is the Call-ID.

def line: .message // .msg // .log // .MESSAGE // .line // null | if type == "string" then . else null end;
def is_row: type == "array" and (.[0] | type) == "string";
# Rows of columns, and objects that name them.
def rows:
  if type == "string" then split("\n")[] | cells
  elif is_row then map(if type == "string" then text else null end)
  else (if type == "array" then .[] else . end)
    | if is_row then map(if type == "string" then text else null end)
      elif type != "object" then empty
      elif line != null then line | split("\n")[] | cells
      elif (.columns // .fields | is_row) then .columns // .fields | map(if type == "string" then text else null end)
      else bare_keys | select(.gatewayname != null) end
  end;

# The zones of the device that have daylight saving time, by their names. Others are UTC or the setting above.
def known_zones: {
  "GMTMINUS05-EASTERN-US": "America/New_York", "GMTMINUS06-CENTRAL-US": "America/Chicago",
  "GMTMINUS07-MOUNTAIN-US": "America/Denver", "GMTMINUS07-ARIZONA-US": "America/Phoenix",
  "GMTMINUS08-PACIFIC-US": "America/Los_Angeles", "GMTMINUS09-ALASKA": "America/Anchorage",
  "GMTMINUS10-HAWAII": "Pacific/Honolulu", "GMT": "UTC", "UTC": "UTC"
};
def zone: if . == null then zone_of_the_device
  elif contains("/") then . else known_zones[ascii_upcase] // zone_of_the_device end;

# `03/05/2026` and `08:17:58.1`.
def local($date; $clock; $zone):
  ($date // "" | split("/")) as $day
  | if ($day | length) == 3 and $clock != null
    then "\($day[2])-\($day[0])-\($day[1])T\($clock)" | time($zone) else null end;
# Ticks are hundredths of a second.
def ticks: if . == null then null else (tonumber? // null) | if . == null then null else . * 10 end end;

def place: {
  "START":        {policy: 7, alert: 8, service: 9, direction: 11, calling: 14, called: 15},
  "STOP":         {policy: 7, alert: 8, service: 9, date: 10, clock: 11, reason: 14, direction: 16, calling: 19, called: 20},
  "ATTEMPT":      {policy: 7, alert: 8, date: 104, clock: 9, reason: 11, direction: 13, calling: 16, called: 17},
  "INTERMEDIATE": {policy: 7, service: 8, date: 9, clock: 10, direction: 13, calling: 16, called: 17}
};

def at($index): if $index == null then null else .[$index] end;
# What a row says, by the positions of its type.
def by_position:
  # A syslog server may print something before the first column.
  (.[0] // "" | split(" ") | .[-1] // "") as $type
  | (place[$type] // empty) as $place
  | {$type, gateway: .[1], accounting: .[2], zone: .[4], date: .[5], clock: .[6], service: at($place.service), end_date: at($place.date),
     end_clock: at($place.clock), reason: at($place.reason), calling: at($place.calling), called: at($place.called), cells: .};
# The same of an object with the names of the columns.
def by_name:
  {type: (first_text(["recordtype", "type"]) // "" | ascii_upcase), gateway: (.gatewayname | text), accounting: first_text(["accountingid", "acctid"]),
   zone: first_text(["nodetimezone", "timezone"]),
   date: first_text(["starttime(mm/dd/yyyy)", "startdate"]), clock: first_text(["starttime(hh:mm:ss.s)", "starttime"]),
   service: first_text(["timefromsetupmessagetoserviceestablished", "timeelapsedfromreceiptofsetupmessagetoserviceestablished"]),
   end_date: first_text(["disconnecttime(mm/dd/yyyy)", "disconnectdate"]), end_clock: first_text(["disconnecttime(hh:mm:ss.s)", "disconnecttime"]),
   reason: first_text(["calldisconnectreason", "disconnectreason"]), calling: first_text(["callingnumber"]), called: first_text(["callednumber"]),
   cells: [first_text(["ingressprotocolvariantspecificdata"]), first_text(["egressprotocolvariantspecificdata"])]}
  | select(place[.type]);
def call_ids: [.cells | beginning("SIP")[] | select(startswith("SIP,") or startswith("SIP-")) | split(",")[1] | id("sip.call_id") // empty | {id: ., role: "same"}];
def party($party): select(. != null) | {party: $party, number: .};
# A call that was given up while it rang: 16 is the normal end, and 31 an unspecified one.
def outcome($type; $reason):
  if $type == "STOP" then (if $reason == null or $reason == 16 or $reason == 31 then "ok" else "error" end)
  elif $type == "ATTEMPT" then (if $reason == 16 or $reason == 31 then "abandoned" else "error" end)
  else null end;

rows
| if type == "array" then by_position else by_name end
| .type as $type
| (.zone | zone) as $zone
| local(.date; .clock; $zone) as $start
| (.service | ticks) as $wait
| (if $start == null or $wait == null or $type == "ATTEMPT" then null else $start + $wait end) as $connect
| local(.date; .end_clock; $zone) as $same_day
| (local(.end_date; .end_clock; $zone)
   // (if $type != "ATTEMPT" or $start == null or $same_day == null then null
       elif $same_day >= $start - 100 then $same_day else $same_day + 86400000 end)) as $finish
| ($type == "STOP" or $type == "ATTEMPT") as $ended
| (.reason // "" | tonumber? // null) as $reason
| (if .gateway == null or .accounting == null then null else .gateway + "/" + .accounting | id("ribbon.call") end) as $call
| call_ids as $legs
| {
    id: ($call // $legs[0].id),
    links: $legs,
    observed_at: ($finish // $connect // $start // $env.received_at),
    phones: [(.calling | party("customer")), (.called | party("centre"))],
    spans: [{
      key: "call", type: "telephony", name: (if $type == "ATTEMPT" then "SBC attempt" else "SBC call" end),
      started_at: $start,
      ended_at: (if $ended and $finish != null and ($start == null or $finish >= $start) then $finish else null end),
      status: outcome($type; $reason),
      reason: (if $ended and $reason != null then "q850:\($reason)" else null end),
      version: (if $ended then 3 elif $type == "INTERMEDIATE" then 2 else 1 end),
      attributes: {"ribbon.record_type": $type, "sip.reason.cause": (if $ended then $reason else null end)},
      events: (if $connect == null then [] else [{name: "answered", at: $connect}] end)
    }]
  }
