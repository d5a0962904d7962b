# One log entry of a bridge: one request to a backend. Names of fields are compared without case, underscores and dashes.

def flat: (if keys_unsorted | join("") | contains(".") then with_entries(.key |= (split(".") | join(""))) else . end) | bare_keys;
# A conversation that is not a UUID, or a trace that is not one, would be refused with the whole event.
def ref($namespace): if $namespace == "genesys.conversation" then uuid | id($namespace)
  elif $namespace == "trace" then (traceparent_id // (if uuid == null then null else text end)) | id($namespace)
  else id($namespace) end;
def link($role): select(. != null) | {id: ., role: $role};
def whole: if type == "number" then . elif type == "string" then (tonumber? // null) else null end;
def span_of_traceparent: text | if . == null or traceparent_id == null then null else split("-")[2] end;

# `1-6789a233-abcdef0123b567c9123d5678` is the trace 6789a233abcdef0123b567c9123d5678.
def xray: text | if . == null then null else (split("Root=") | .[-1] | split(";")[0] | split("-")) as $part
  | if ($part | length) == 3 and $part[0] == "1" then $part[1] + $part[2] else null end end;

def word_after($name): (split($name + ": ") | .[1]) as $rest | if $rest == null then null else $rest | split("\t")[0] | split(" ")[0] | text end;
def report($at): select(startswith("REPORT RequestId:"))
  | (word_after("RequestId")) as $request | (word_after("Duration") // "" | tonumber? // null) as $length
  | (word_after("XRAY TraceId") | xray) as $trace
  | {id: ($request | id("lambda.request")), links: [$trace | ref("trace") | link("reference")], observed_at: ($at // $env.received_at),
     spans: [{key: "invocation", type: "backend", name: "Lambda invocation", version: 1,
       started_at: (if $at == null or $length == null then null else $at - ($length | round) end), ended_at: $at,
       status: (if contains("Status: timeout") or contains("Status: error") then "error" elif $at == null then null else "ok" end),
       reason: (if contains("Status: timeout") then "timeout" elif contains("Status: error") then "error" else null end),
       attributes: {"faas.coldstart": contains("Init Duration: ")}}]};

# The same report in the JSON that AWS Lambda prints if the function logs so.
def json_report: select(.type == "platform.report") | (.time | time) as $at | .record | select(type == "object")
  | (.metrics.durationMs? | whole) as $length | (.tracing.value? | xray) as $trace | (.status | text // "") as $status
  | {id: (.requestId | id("lambda.request")), links: [$trace | ref("trace") | link("reference")], observed_at: ($at // $env.received_at),
     spans: [{key: "invocation", type: "backend", name: "Lambda invocation", version: 1,
       started_at: (if $at == null or $length == null then null else $at - ($length | round) end), ended_at: $at,
       status: (if $status == "timeout" or $status == "error" or $status == "failure" then "error" elif $at == null then null else "ok" end),
       reason: (if $status == "timeout" then "timeout" elif $status == "error" or $status == "failure" then "error" else null end),
       attributes: {"faas.coldstart": (.metrics.initDurationMs? != null)}}]};
def is_platform: (.type | type) == "string" and (.type | startswith("platform."));

# Some bridges put the request into a part of the entry, or list several requests.
def parts: flat
  | (first_of(["outbound", "outboundrequest", "http", "api"]) | if type == "object" then flat else {} end) as $part
  | $part + .
  | first_of(["requests", "outboundrequests", "calls"]) as $several
  | if ($several | type) == "array" then . + ($several[] | if type == "object" then flat else {} end) else . end;

def request:
  parts
  | (.request | if type == "object" then flat else {} end) as $request
  | (.response | if type == "object" then flat else {} end) as $response
  | ((.traceparent // (.headers | if type == "object" then .traceparent else null end) // $request.traceparent) | text) as $parent
  | (($parent | traceparent_id) // (first_of(["traceid", "ddtraceid"]) | text | if . == null then null elif startswith("1-") then xray else . end)
     // (first_of(["xamzntraceid", "xraytraceid"]) | xray)) as $trace
  | ($trace | ref("trace")) as $trace_id
  | (first_of(["conversationid", "genesysconversationid", "conversation"]) | ref("genesys.conversation")) as $conversation
  | (first_of(["contactid", "connectcontactid"]) | id("connect.contact")) as $contact
  | (.callsid | id("twilio.call")) as $call
  | (first_of(["requestid", "awsrequestid", "invocationid"]) | id("lambda.request")) as $run
  | (first_of(["startedat", "starttime", "start", "requesttime", "sentat"]) // ($request | first_of(["time", "timestamp"])) | time) as $start
  | (first_of(["endedat", "endtime", "end", "responsetime", "finishedat", "completedat"]) // ($response | first_of(["time", "timestamp"])) | time) as $finish
  | (first_of(["durationms", "latencyms", "elapsedms", "duration", "latency"]) | whole) as $length
  | (first_of(["timestamp", "time", "loggedat"]) | time) as $logged
  # Without a start, the entry is written when the request is over.
  | ($start // (if $length != null and ($finish // $logged) != null then ($finish // $logged) - ($length | round) else null end)) as $began
  | ($finish // (if $start != null and $length != null and $length >= 0 then $start + ($length | round) else null end)
     // (if $start == null and $length != null then $logged else null end)) as $ended
  | (first_of(["statuscode", "status", "httpstatus"]) // ($response | first_of(["statuscode", "status"])) | whole) as $status
  | (first_of(["error", "errortype", "errorname"]) | if type == "object" then .name // .type // "error" elif type == "boolean" then (if . then "error" else null end) else . end | text) as $error
  | (if $ended != null and $began != null and $ended < $began then null else $ended end) as $ended
  | (first_of(["method", "httpmethod"]) // $request.method | text) as $method
  | {
      id: ($trace_id // $run // $conversation // $contact // $call),
      links: [($conversation | link("reference")), ($contact | link("reference")), ($call | link("reference")), ($run | link("same")),
        (first_of(["caseid", "crmcaseid"]) | id("crm.case") | link("reference")), (.sipcallid | id("sip.call_id") | link("reference")),
        (first_of(["sessionid", "websessionid"]) | id("web.session") | link("reference")), (.previoustraceid | ref("trace") | link("previous"))],
      observed_at: ($ended // $logged // $began // $env.time // $env.received_at),
      spans: (if $began == null and $ended == null then [] else [{
        key: ((.spanid | text) // ($parent | span_of_traceparent) // (first_of(["requestid", "awsrequestid", "id"]) | text) // "request:\($began // $ended)"),
        type: "backend", name: "Backend request",
        started_at: $began, ended_at: $ended,
        status: (if $error != null or ($status != null and $status >= 400) then "error" elif $ended != null then "ok" else null end),
        reason: (if $error != null then $error elif $status != null and $status >= 400 then "\($status)" else null end),
        version: 1,
        attributes: {
          "http.request.method": (if $method == null then null else $method | ascii_upcase end),
          "http.response.status_code": (if $status != null and $status >= 100 and $status < 600 then $status else null end),
          "http.route": (first_of(["route", "urltemplate"]) // $request.route | text),
          "error.type": (if $error != null then $error elif $status != null and $status >= 400 then "\($status)" else null end)
        }
      }] end)
    } | select(.id != null);

(if type == "array" then .[] else . end)
| if type == "object" and (.logEvents | type) == "array" then .logEvents[] else . end
| select(type == "object")
| (.timestamp // .time | time) as $at
| (.message // null | if type == "string" then . else null end) as $message
| if is_platform then json_report
  elif $message == null then request
  elif $message | startswith("REPORT ") then $message | report($at)
  else ($message | from_json) as $entry
    | if ($entry | type) == "object" then $entry | if is_platform then json_report else request end else request end
  end
