/** Which rules can fire: by log source and by the fields that events really have; shapes give the fields that were stored. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import { possible } from '../correlate/coverage.ts'
import { equals, exists, not, or } from '../filter/expression.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { memoryState } from '../state/state.ts'
import { hasEngine, realStore } from '../testing/real-store.ts'
import { fillEvents } from '../testing/search-store.ts'
import { coverage } from './coverage.ts'
import { openRules } from './rules.ts'

test('what may hold of events with some fields only', () => {
  const has = (field: string): boolean => field === 'here'
  assert.deepEqual(possible(equals('here', '1'), has), { mayHold: true, mayFail: true })
  assert.deepEqual(possible(equals('gone', '1'), has), { mayHold: false, mayFail: true })
  assert.deepEqual(possible({ ...equals('gone', '1'), also: ['here'] } as never, has), { mayHold: true, mayFail: true })
  // Without the field a denial always holds.
  assert.equal(possible(not(equals('gone', '1')), has).mayHold, true)
  assert.equal(possible(or([equals('gone', '1'), exists('here')]), has).mayHold, true)
})

const rule = (id: string, logsource: string, selection: string): string =>
  `title: ${id}\nid: ${id}\nlogsource: ${logsource}\ndetection: { selection: ${selection}, condition: selection }\n`

test('rules against what is stored', { skip: !hasEngine(), timeout: 120_000 }, async () => {
  await using real = await realStore()
  const nowMs = Date.UTC(2026, 2, 2)
  const time = '2026-03-01T10:00:00.000Z'
  const created: EcsEvent = {
    '@timestamp': time,
    event: {
      module: 'sysmon',
      provider: 'Microsoft-Windows-Sysmon',
      code: '1',
      category: ['process'],
      type: ['start']
    },
    host: { name: 'a', os: { type: 'windows' } },
    process: { name: 'cmd.exe', executable: 'C:\\Windows\\cmd.exe', command_line: 'cmd /c x' },
    winlog: {
      channel: 'Microsoft-Windows-Sysmon/Operational',
      event_id: '1',
      event_data: { Image: 'C:\\Windows\\cmd.exe' }
    }
  }
  await fillEvents(real.store, [
    created,
    created,
    { '@timestamp': time, event: { module: 'other' }, odd: { list: [{ x: 1 }] } }
  ])
  const folder = mkdtempSync(join(tmpdir(), 'picket-coverage-'))
  const data = join(folder, 'rules')
  mkdirSync(data)
  const windows = '{ product: windows, category: process_creation }'
  writeFileSync(
    join(data, 'a.yml'),
    [
      rule('can', windows, '{ CommandLine|contains: x }'),
      rule('fired', windows, '{ CommandLine|contains: y }'),
      rule('no-field', windows, '{ CommandLine|contains: x, IntegrityLevel: High }'),
      rule('no-source', '{ product: okta, service: okta }', '{ eventType: x }'),
      'title: Burst\nid: burst\ncorrelation: { type: event_count, rules: [can], group-by: [Computer], timespan: 1m, condition: { gte: 3 } }\n',
      'title: Grouped by nothing there\nid: no-group\nfilter: event.module:sysmon\nthreshold: { group-by: [no.such], timespan: 1m, condition: { gt: 1 } }\n',
      'title: Elsewhere\nid: elsewhere\nfilter: event.module:nowhere and not odd.list.x:1\nthreshold: { timespan: 1m, condition: { gt: 1 } }\n',
      'title: Nested\nid: nested\nfilter: odd.list.x:1\nthreshold: { timespan: 1m, condition: { gt: 1 } }\n'
    ].join('---\n')
  )
  const state = memoryState()
  const log = { info() {}, warn() {} }
  const rules = openRules({
    folders: { bundled: join(folder, 'none'), data },
    state,
    apply: () => {},
    log,
    nowMs: () => nowMs,
    watchMs: 0
  })
  try {
    assert.deepEqual(
      rules.diagnostics.filter(({ severity }) => severity === 'error'),
      []
    )
    const { summary } = rules.rule('fired')!
    const us = nowMs * 1000
    raiseAlerts(state, [{ rule: summary, entity: {}, count: 4, firstUs: us, lastUs: us, samples: [] }], nowMs)
    const found = await coverage({ rules, state, store: real.store, nowMs, days: 7 })
    assert.equal(found.events, 3)
    const by = new Map(found.rules.map(one => [one.id, one]))
    assert.deepEqual([...by].map(([id, { state: is }]) => [id, is]).toSorted(), [
      ['burst', 'can'],
      ['can', 'can'],
      ['elsewhere', 'cannot'],
      ['fired', 'fired'],
      ['nested', 'can'],
      ['no-field', 'cannot'],
      ['no-group', 'cannot'],
      ['no-source', 'cannot']
    ])
    assert.equal(by.get('can')?.events, 2)
    assert.equal(by.get('burst')?.events, 2)
    assert.equal(by.get('fired')?.matches, 4)
    assert.equal(by.get('no-field')?.missing.length, 1)
    assert.match(by.get('no-field')?.why ?? '', /IntegrityLevel|integrity_level/i)
    assert.equal(by.get('no-source')?.why, 'no events of its log source in 7 days')
    assert.deepEqual(by.get('no-group')?.missing, ['no.such'])
    // Longer ago than was asked for.
    const old = await coverage({ rules, state, store: real.store, nowMs: nowMs + 30 * 86_400_000, days: 7 })
    assert.equal(old.rules.find(({ id }) => id === 'can')?.state, 'cannot')
  } finally {
    rules.close()
    rmSync(folder, { recursive: true, force: true })
  }
})
