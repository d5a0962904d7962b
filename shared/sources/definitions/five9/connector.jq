# Call variables, as a connector sends them.

def variable($name): .["Call." + $name] // .[$name];

# A session is written in either letter case.
def session: if type == "string" then ascii_downcase else . end | id("five9.session");
# Five9 writes times without marks, such as 20260305081621450.
def moment: if type == "string" and length == 17 and (tonumber? // null) != null
  then "\(.[:4])-\(.[4:6])-\(.[6:8])T\(.[8:10]):\(.[10:12]):\(.[12:14]).\(.[14:])" | time else time end;
def is_outbound: text // "" | ascii_downcase | startswith("outbound") or startswith("manual");

(variable("start_timestamp") | moment) as $began
| (variable("end_timestamp") | moment) as $ended
| (variable("disposition_name") | text) as $disposition
| (variable("type_name") // variable("type") | is_outbound) as $out
| {
    id: ((variable("session_id") | session) // (variable("call_id") | id("five9.call"))),
    observed_at: ($ended // $env.received_at),
    links: [
      {role: "same", id: (variable("call_id") | id("five9.call"))},
      {role: "reference", id: (.genesys_conversation_id | uuid | id("genesys.conversation"))}
    ],
    phones: [
      {party: (if $out then "centre" else "customer" end), number: (variable("ANI") | text)},
      {party: (if $out then "customer" else "centre" end), number: (variable("DNIS") | text)} | select(.number != null)],
    spans: [select($began != null or $ended != null) | {
      key: "call",
      name: "Call",
      type: "telephony",
      started_at: $began,
      ended_at: $ended,
      status: (if $ended == null then null
        elif $disposition == "Abandon" then "abandoned"
        elif $disposition == "Busy" or $disposition == "No Answer" then "error"
        else "ok" end),
      reason: $disposition
    }]
  }
