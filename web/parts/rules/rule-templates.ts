/** What a rule of one's own begins with: one for each kind, so that nobody has to know the form by heart. Pure. */

export const ruleKinds = [
  ['event', 'One event', 'Something stands in an event that somebody should see.'],
  ['many', 'Many events', 'One of them says nothing, ten in five minutes do: a correlation over a rule.'],
  ['threshold', 'More than so many', 'Counted plainly, by a search: more than ten rejections from one source.'],
  ['baseline', 'Out of the ordinary', 'More of something than is usual at this hour of the week.'],
  ['first-seen', 'Never seen before', 'A value that is new for a user, a host or all.'],
  ['silence', 'Silence', 'A log source from which nothing comes any more.']
] as const
export type RuleKind = (typeof ruleKinds)[number][0]

/** Fields are ECS names, or those of the log source as Sigma's public rules use them. `id` makes an id, each time another one. */
export function ruleTemplate(kind: RuleKind, id: () => string): string {
  switch (kind) {
    case 'event':
      return `title: Login as root over SSH
id: ${id()}
status: stable
description: Somebody has signed in as root directly.
logsource:
  product: linux
  service: sshd
detection:
  login:
    event.action: ssh_login
    event.outcome: success
    user.name: root
  condition: login
falsepositives:
  - Recovery by an administrator
level: high
tags:
  - attack.t1078.003
# What its alerts are grouped by:
picket:
  group_by: [source.ip]
`
    case 'many': {
      const counted = id()
      return `title: Failed login over SSH
id: ${counted}
status: stable
logsource:
  product: linux
  service: sshd
detection:
  login:
    event.action: ssh_login
    event.outcome: failure
  condition: login
level: low
---
title: Many failed logins of one address
id: ${id()}
status: stable
description: Somebody guesses passwords.
level: high
tags:
  - attack.t1110.001
correlation:
  type: event_count
  rules:
    - ${counted}
  group-by: [source.ip]
  timespan: 5m
  condition:
    gte: 10
`
    }
    case 'threshold':
      return `title: More than 10 rejected TLS connections from one source in 5 minutes
id: ${id()}
level: medium
description: Somebody tries, and is turned away.
# A search; all events if it is left out.
filter: event.dataset:suricata.tls and event.outcome:failure
threshold:
  group-by: [source.ip]
  timespan: 5m
  condition: { gt: 10 }
`
    case 'baseline':
      return `title: Unusually many logins on a host
id: ${id()}
level: medium
filter: event.category:authentication
baseline:
  group-by: [host.name]
  every: 1h
  # With the same hour of earlier weeks; or hour-of-day, or none.
  compare-with: hour-of-week
`
    case 'first-seen':
      return `title: Login from a country that the user never came from
id: ${id()}
level: medium
filter: event.category:authentication and event.outcome:success
first-seen:
  value: source.geo.country_iso_code
  for: user.name
  learn: 14d
  forget: 90d
`
    case 'silence':
      return `title: A log source has fallen silent
id: ${id()}
level: medium
silence:
  group-by: picket.source
  longer-than: 1h
  seen-within: 7d
`
  }
}
