# One event of Sinch Contact Pro. The body is a template of the customer's: `{"contact": {"guid": ..}}` or `{"contact.guid": ..}`.

def at($group; $name): (.[$group] | if type == "object" then .[$name] else null end) // .[$group + "." + $name] // .[$group + "_" + $name];

(at("event"; "datetime") | time) as $at
| (at("event"; "type") | text | if . then ascii_downcase else . end) as $type
| ((at("contact"; "start_datetime") // at("contact"; "created")) | time) as $start
| ((at("contact"; "end_datetime") // at("contact"; "ended")) | time) as $ended
| ($type // "" | . == "ended" or endswith("_ended") or endswith(".ended") or . == "contact_end") as $is_end
| {
    id: (at("contact"; "guid") | text | if . then ascii_downcase else . end | id("sinch.contact")),
    observed_at: $at,
    links: [
      {id: (at("contact"; "sip_call_id") | id("sip.call_id")), role: "reference"},
      {id: (at("contact"; "journey_ref") | id("journey.ref")), role: "reference"}
    ],
    phones: [
      {party: "customer", number: (at("contact"; "source") | text)},
      {party: "centre", number: (at("contact"; "destination") | text)}
    ],
    spans: [
      # Without an event that ends it, a contact is open from its first event on.
      (select($at != null or $start != null) | {
        key: "contact", type: "telephony", name: "Sinch contact",
        started_at: ($start // (if $is_end then null else $at end)),
        ended_at: ($ended // (if $is_end then $at else null end)),
        version: (if $is_end or $ended != null then 2 else 1 end)
      })
    ]
  }
