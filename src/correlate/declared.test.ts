/** Thresholds and baselines as text: what they become, and what is said of mistakes, with the line. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRules } from '../sigma/parse-rules.ts'
import { readDeclared } from './declared.ts'

const read = (text: string) => readDeclared([{ path: 'own/a.yml', text }])
const day = 86_400_000_000

test('a threshold', () => {
  const { declared, diagnostics } = read(`
title: Many rejected TLS connections from one source
id: tls-rejected
level: high
tags: [attack.t1046]
filter: event.dataset:suricata.tls and event.outcome:failure
threshold:
  group-by: [source.ip]
  timespan: 5m
  condition: { gt: 10 }
picket: { window: 2h }
`)
  assert.deepEqual(diagnostics, [])
  const [one] = declared
  assert.equal(one?.id, 'tls-rejected')
  assert.equal(one?.level, 'high')
  assert.equal(one?.everyMs, 60_000)
  assert.equal(one?.windowMs, 7_200_000)
  assert.ok(one?.ask.kind === 'windowed')
  const { windowed } = one.ask
  assert.equal(windowed.kind, 'event_count')
  assert.equal(windowed.spanUs, 300_000_000)
  assert.deepEqual(windowed.bound, { gt: 10 })
  assert.deepEqual(windowed.groupBy, ['source.ip'])
  assert.deepEqual(windowed.bases[0]?.of, { kind: 'events', expression: one.filter })
})

test('the others, and what they stand for where nothing is said', () => {
  const { declared, diagnostics } = read(`
title: Scan
filter: event.action:blocked
threshold: { group-by: source.ip, distinct: destination.port, timespan: 60s, condition: { gte: 100 } }
---
title: Logins
filter: event.action:login
baseline: { group-by: [host.name] }
---
title: Country
filter: event.action:login
first-seen: { value: source.geo.country_iso_code, for: user.name }
---
title: Beacon
beacon: {}
---
title: Silent
silence: { longer-than: 30m }
schedule: 5m
`)
  assert.deepEqual(diagnostics, [])
  assert.deepEqual(
    declared.map(({ ask, everyMs }) => [ask.kind === 'windowed' ? ask.windowed.kind : ask.kind, everyMs]),
    [
      ['value_count', 60_000],
      ['baseline', 600_000],
      ['first-seen', 60_000],
      ['beacon', 600_000],
      ['silence', 300_000]
    ]
  )
  assert.deepEqual(declared[1]?.ask, {
    kind: 'baseline',
    groupBy: ['host.name'],
    everyUs: day / 24,
    season: 'hour-of-week',
    historyUs: 56 * day,
    warmUp: 4,
    deviations: 6,
    floor: 20,
    side: 'above'
  })
})

const mistake = (body: string): string => {
  const { declared, diagnostics } = read(`title: Wrong\n${body}`)
  assert.deepEqual(declared, [])
  const [first, ...others] = diagnostics
  assert.deepEqual(others, [])
  return `${first?.line}:${first?.column} ${first?.message}${first?.suggestion === undefined ? '' : ` (${first.suggestion}?)`}`
}

test('mistakes are told with their place', () => {
  assert.match(mistake('filter: "("\nthreshold: { timespan: 5m, condition: { gt: 1 } }'), /^2:9 The filter: /)
  assert.match(mistake('threshold:\n  timespan: soon\n  condition: { gt: 1 }'), /^3:13 timespan is a length of time/)
  assert.match(mistake('threshold: { timespan: 5m }'), /^2:12 condition says how many/)
  assert.match(mistake('threshold:\n  timespan: 5m\n  condition: { more: 1 }'), /^4:22 There is no key "more"/)
  assert.match(mistake('threshold:\n  time_span: 5m'), /^3:14 There is no key "time_span" .*\(timespan\?\)$/)
  assert.match(mistake('threshold:\n  timespan: 5m\n  condition: { gt: many }'), /^4:20 gt is a number/)
  assert.match(
    mistake('threshold:\n  timespan: 5m\n  group-by: [related.ip]\n  condition: { gt: 1 }'),
    /^4:14 related.ip repeats/
  )
  assert.match(mistake('threshold: 5'), /^2:12 threshold is a map/)
  assert.match(mistake('beacon: {}\nsilence: {}'), /^3:10 A document is one detection: beacon or silence/)
  assert.match(mistake('baseline: { every: 11m }'), /^2:20 every must divide a week/)
  assert.match(mistake('baseline: { history: 7d }'), /^2:22 history holds 1 stretches/)
  assert.match(mistake('beacon: { jitter: 3 }'), /^2:19 jitter is a number from 0 to 1/)
  assert.match(mistake('levle: high\nbeacon: {}'), /^2:8 There is no key "levle"/)
})

test("Sigma's reader leaves them alone, and a file may hold both", () => {
  const text = `
title: A rule
id: rule
logsource: { category: test }
detection: { selection: { a: 1 }, condition: selection }
---
title: Beacon
id: beacon
filter: event.category:network
beacon: {}
`
  const sigma = parseRules([{ path: 'own/a.yml', text }], {})
  assert.deepEqual(sigma.diagnostics, [])
  assert.deepEqual(
    sigma.rules.map(({ id }) => id),
    ['rule']
  )
  assert.deepEqual(
    read(text).declared.map(({ id, line }) => [id, line]),
    [['beacon', 7]]
  )
})
