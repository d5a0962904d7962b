# One record of the IVR log: a header, or one action that the script took.

# Times are texts, or seconds with nanoseconds.
def when: if type == "object" then . as $parts | $parts.seconds | time | plus_ms([(($parts.nanos | tonumber?) / 1000000 | floor), 0] | first) else time end;

(.eventTime | when) as $at
| [.actionSequence | text | tonumber?] as [$sequence]
| {
    id: (.contactId // .masterContactId | id("nice.contact")),
    observed_at: ($at // $env.received_at),
    links: [
      # The first contact of a chain of transfers.
      {role: "root", id: (.masterContactId | id("nice.contact"))}
    ],
    phones: [{party: "customer", number: (.ani | text)}, {party: "centre", number: (.dnis | text)} | select(.number != null)],
    spans: [select($at != null) | {
      key: "ivr",
      name: "IVR",
      type: "ivr",
      started_at: $at,
      # The log has no last record. The IVR lasted at least until the latest action.
      ended_at: (if $sequence == null then null else $at end),
      version: $sequence,
      attributes: {"nice.skill": (.skillNo | text)}
    }]
  }
