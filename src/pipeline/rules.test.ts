/** Which rules are in force: folders, decisions, exceptions, and what happens when they change. */

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EcsEvent } from '../core/parser.ts'
import { type PackedRules, ruleDetector } from '../detect/packed-rules.ts'
import { ruleText } from '../state/alert-rules.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { saveLookup } from '../state/lookups.ts'
import { addException, decideRule, endException, ruleHistory } from '../state/rules.ts'
import { memoryState } from '../state/state.ts'
import { addRuleFiles, removeAdded } from './rule-files.ts'
import { openRules, type Rules } from './rules.ts'

const ids = {
  a: '11111111-1111-4111-8111-111111111111',
  b: '22222222-2222-4222-8222-222222222222',
  c: '33333333-3333-4333-8333-333333333333'
}

function ruleYaml(id: string, value: string, more = ''): string {
  return `title: Looks for ${value}\nid: ${id}\nstatus: test\nlevel: medium\nlogsource:\n  category: test\n${more}detection:\n  selection:\n    message: ${value}\n  condition: selection\n`
}

function lab(t: TestContext, { watchMs = 0 } = {}) {
  const root = mkdtempSync(join(tmpdir(), 'picket-rules-'))
  const folders = { bundled: join(root, 'bundled'), data: join(root, 'data') }
  for (const folder of [folders.bundled, folders.data]) mkdirSync(folder)
  const state = memoryState()
  let packed: PackedRules | undefined
  let nowMs = Date.UTC(2026, 0, 1)
  let rules: Rules | undefined
  t.after(() => {
    rules?.close()
    state.close()
    rmSync(root, { recursive: true, force: true })
  })
  return {
    root,
    folders,
    state,
    pass: (ms: number) => {
      nowMs += ms
    },
    now: () => nowMs,
    write: (path: string, text: string) => {
      const file = join(root, path)
      mkdirSync(join(file, '..'), { recursive: true })
      writeFileSync(file, text)
    },
    open: () => {
      rules = openRules({
        folders,
        state,
        apply: given => {
          packed = given
        },
        log: { info() {}, warn() {} },
        nowMs: () => nowMs,
        watchMs
      })
      return rules
    },
    /** The ids of the rules that the workers would find in an event. */
    hits: (event: EcsEvent) =>
      ruleDetector(packed!)(event)
        .map(({ rule }) => rule.id)
        .sort()
  }
}

test('rules of all folders are in force; a broken file leaves the others alone', t => {
  const { write, open, hits } = lab(t)
  write('bundled/net/a.yml', ruleYaml(ids.a, 'alpha'))
  write('data/deep/er/b.yaml', ruleYaml(ids.b, 'beta'))
  write('data/broken.yml', 'title: [unclosed\n')
  write('data/no-condition.yml', ruleYaml(ids.c, 'gamma').replace('condition: selection', ''))
  write('data/.hidden.yml', ruleYaml(ids.c, 'gamma'))
  const rules = open()
  assert.deepEqual(
    rules.rules.map(({ rule, origin, enabled }) => [rule.id, origin, enabled]),
    [
      [ids.b, 'own', true],
      [ids.a, 'picket', true]
    ]
  )
  assert.deepEqual(hits({ message: 'alpha' }), [ids.a])
  assert.deepEqual(hits({ message: 'beta' }), [ids.b])
  assert.deepEqual(
    [...new Set(rules.diagnostics.filter(({ severity }) => severity === 'error').map(({ file }) => file))].sort(),
    ['own/broken.yml', 'own/no-condition.yml']
  )
})

test("people's file replaces what comes with Picket, and what was imported; taking it away brings that back", t => {
  const { write, open, hits, root, folders } = lab(t)
  write('bundled/a.yml', ruleYaml(ids.a, 'alpha'))
  write('data/imported/set/a.yml', ruleYaml(ids.a, 'beta'))
  write('data/mine.yml', ruleYaml(ids.a, 'gamma'))
  const rules = open()
  assert.deepEqual(hits({ message: ['alpha', 'beta'] }), [])
  assert.deepEqual(hits({ message: 'gamma' }), [ids.a])
  assert.deepEqual(rules.diagnostics, [], 'a replacement is meant')
  rmSync(join(root, 'data/mine.yml'))
  rules.reload()
  assert.deepEqual(hits({ message: 'beta' }), [ids.a])
  assert.ok(removeAdded(folders.data, 'imported/set'))
  rules.reload()
  assert.deepEqual(hits({ message: 'alpha' }), [ids.a])
})

test('decisions: on, off, another level; they outlive the file and stand in the history', t => {
  const { write, open, hits, state, now } = lab(t)
  write('data/a.yml', ruleYaml(ids.a, 'alpha'))
  write('data/b.yml', ruleYaml(ids.b, 'beta').replace('status: test', 'status: experimental'))
  const rules = open()
  assert.equal(rules.rule(ids.b)?.enabled, false)
  assert.match(rules.rule(ids.b)!.why, /status is experimental/)
  const version = rules.rule(ids.a)!.summary.version
  assert.ok(decideRule(state, ids.a, { enabled: false }, 'user:anna', now()))
  assert.ok(decideRule(state, ids.b, { enabled: true, level: 'critical' }, 'user:anna', now()))
  assert.equal(decideRule(state, ids.b, { enabled: true }, 'user:anna', now()), false, 'nothing changes')
  rules.refresh()
  assert.deepEqual(hits({ message: ['alpha', 'beta'] }), [ids.b])
  assert.equal(rules.rule(ids.b)?.summary.level, 'critical')
  assert.equal(rules.rule(ids.a)?.summary.version, version)
  write('data/b.yml', ruleYaml(ids.b, 'other').replace('status: test', 'status: experimental'))
  rules.reload()
  assert.equal(rules.rule(ids.b)?.enabled, true)
  assert.deepEqual(
    ruleHistory(state, ids.b).map(({ what, by }) => [what, by]),
    [
      ['version', 'file'],
      ['level', 'user:anna'],
      ['enabled', 'user:anna']
    ]
  )
  decideRule(state, ids.b, { level: 'own' }, 'user:anna', now())
  rules.refresh()
  assert.equal(rules.rule(ids.b)?.summary.level, 'medium')
})

test('an exception takes events out of a rule, changes its version, and expires', async t => {
  const { write, open, hits, state, now, pass } = lab(t, { watchMs: 5 })
  write('data/a.yml', ruleYaml(ids.a, 'alpha'))
  const rules = open()
  const version = rules.rule(ids.a)!.summary.version
  const event = { message: 'alpha', host: { name: 'build-7' } }
  assert.deepEqual(hits(event), [ids.a])
  const expiresMs = now() + 60_000
  const added = addException(
    state,
    { rule: ids.a, query: 'host.name:build-*', reason: 'build machines do that', expiresMs },
    'user:anna',
    now()
  )!
  addException(state, { rule: ids.a, query: 'host.name:(', reason: 'broken', expiresMs: undefined }, 'x', now())
  rules.refresh()
  assert.deepEqual(hits(event), [])
  assert.deepEqual(hits({ ...event, host: { name: 'desk-1' } }), [ids.a])
  assert.notEqual(rules.rule(ids.a)!.summary.version, version)
  assert.match(rules.diagnostics[0]!.message, /is no query any more/)
  pass(61_000)
  while (hits(event).length === 0) await sleep(5)
  assert.deepEqual(hits(event), [ids.a])
  assert.ok(endException(state, added.id, 'user:ben', now()))
  assert.equal(endException(state, added.id, 'user:ben', now()), undefined)
  assert.deepEqual(
    ruleHistory(state, ids.a).map(({ what, by }) => [what, by]),
    [
      ['exception-ended', 'user:ben'],
      ['exception', 'x'],
      ['exception', 'user:anna']
    ]
  )
})

test('a changed folder is seen; an alert keeps the text of the version that matched', async t => {
  const { write, open, hits, state, now } = lab(t, { watchMs: 5 })
  write('data/a.yml', ruleYaml(ids.a, 'alpha'))
  const rules = open()
  const { summary } = rules.rule(ids.a)!
  let changes = 0
  rules.onChange(() => changes++)
  write('data/a.yml', ruleYaml(ids.a, 'beta2'))
  while (hits({ message: 'beta2' }).length === 0) await sleep(5)
  assert.equal(changes, 1)
  // Found by a worker that had the rule as it was before.
  const group = { rule: summary, entity: {}, count: 1, firstUs: 1, lastUs: 1, samples: [] }
  raiseAlerts(state, [group], now())
  assert.match(ruleText(state, ids.a, summary.version)!, /message: alpha/)
})

test('placeholders are filled from lookup tables, and follow them', async t => {
  const { write, open, hits, state } = lab(t, { watchMs: 5 })
  const csv = 'name,remark\nroot,x\n"admin","y"\n'
  const lookup = { name: 'Administrators', columns: ['name', 'remark'], rows: 2, updatedMs: 1, by: 'x' }
  write('data/a.yml', ruleYaml(ids.a, "'%Administrators%'").replace('message:', 'message|expand:'))
  const rules = open()
  assert.equal(rules.rules.length, 0)
  assert.match(rules.diagnostics[0]!.message, /Administrators/)
  saveLookup(state, { ...lookup, csv })
  while (rules.diagnostics.length > 0) await sleep(5)
  assert.deepEqual(hits({ message: 'ADMIN' }), [ids.a])
})

test('a checkout of SigmaHQ is imported: its rules and nothing else, in place of the one before', t => {
  const { write, open, root, folders } = lab(t)
  write('sigma/rules/windows/a.yml', ruleYaml(ids.a, 'alpha'))
  write('sigma/rules-threat-hunting/b.yml', ruleYaml(ids.b, 'beta'))
  write('sigma/tests/rule.yml', ruleYaml(ids.c, 'gamma'))
  write('sigma/regression_data/info.yml', 'x: 1\n')
  assert.deepEqual(addRuleFiles(folders.data, join(root, 'sigma')), {
    files: 2,
    to: 'imported/sigma',
    replaced: false
  })
  const rules = open()
  assert.deepEqual(
    rules.rules.map(({ rule, origin, enabled }) => [rule.file, origin, enabled]),
    [
      ['own/imported/sigma/rules-threat-hunting/b.yml', 'imported', false],
      ['own/imported/sigma/rules/windows/a.yml', 'imported', true]
    ]
  )
  rmSync(join(root, 'sigma/rules-threat-hunting'), { recursive: true })
  assert.deepEqual(addRuleFiles(folders.data, join(root, 'sigma')), { files: 1, to: 'imported/sigma', replaced: true })
  rules.reload()
  assert.equal(rules.rules.length, 1)
  write('one.yml', ruleYaml(ids.c, 'gamma'))
  assert.deepEqual(addRuleFiles(folders.data, join(root, 'one.yml')), { files: 1, to: 'one.yml', replaced: false })
  assert.throws(() => addRuleFiles(folders.data, join(root, 'nowhere')), { code: 'no-file' })
  assert.throws(() => addRuleFiles(folders.data, join(root, 'sigma/tests'), '../up'), { code: 'rule-file' })
})
