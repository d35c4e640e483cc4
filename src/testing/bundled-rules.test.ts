/**
 * The rules that come with Picket, each with the records that must match it and those that must not, as they stand in its folder
 * (`rules/AREA/NAME/`): read as an import reads them, so that parsers and mappings are held to them, too. Correlations, thresholds and
 * baselines are asked of a real store: `before.*` is what it had learnt.
 */

import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { after, before, test } from 'node:test'
import { parseCommand } from '../cli/parse.ts'
import type { EcsEvent } from '../core/parser.ts'
import { parseIso } from '../core/time.ts'
import { and } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { toSql } from '../filter/to-sql.ts'
import { bundledRulesFolder } from '../pipeline/rule-files.ts'
import { openRules, type Rules } from '../pipeline/rules.ts'
import { openScheduledDetections } from '../pipeline/scheduled-detections.ts'
import { scheduledRules } from '../pipeline/scheduled-rules.ts'
import { memoryState } from '../state/state.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import { hasEngine, type RealStore, realStore } from './real-store.ts'
import { fillEvents } from './search-store.ts'

const areas = readdirSync(bundledRulesFolder, { withFileTypes: true }).filter(entry => entry.isDirectory())
const folders = areas.flatMap(area =>
  readdirSync(join(bundledRulesFolder, area.name), { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => `${area.name}/${entry.name}`)
)
const empty = mkdtempSync(join(tmpdir(), 'picket-bundled-'))
const state = memoryState()
const rules: Rules = openRules({
  folders: { bundled: bundledRulesFolder, data: empty },
  state,
  apply: () => {},
  log: { info() {}, warn() {} },
  nowMs: () => Date.UTC(2026, 2, 3),
  watchMs: 0
})
const scheduled = scheduledRules(rules)
let real: RealStore | undefined
before(async () => {
  if (hasEngine()) real = await realStore()
})
after(async () => {
  await real?.[Symbol.asyncDispose]()
  rules.close()
  state.close()
  rmSync(empty, { recursive: true, force: true })
})

test('there are at least sixty, without mistakes, mapped to ATT&CK, and each alone with its id', () => {
  assert.deepEqual(rules.diagnostics, [])
  assert.deepEqual([...scheduled.problems], [])
  const all = [
    ...rules.rules.map(({ rule }) => rule).filter(rule => rule.partOnly !== true),
    ...rules.correlations.map(({ correlation }) => correlation),
    ...rules.declared.map(({ declared }) => declared)
  ]
  assert.ok(folders.length >= 60, `${folders.length} rules`)
  assert.equal(new Set(all.map(({ id }) => id)).size, all.length)
  for (const { title, tags, level, falsepositives } of all) {
    // What only helps a correlation along says no more than its title.
    if (level === 'medium' && tags.length === 0) continue
    assert.ok(
      tags.some(tag => tag.startsWith('attack.')),
      `${title}: no ATT&CK`
    )
    assert.ok(falsepositives.length > 0, `${title}: no false positives`)
  }
})

for (const folder of folders) {
  const path = `picket/${folder}/rule.yml`
  const main = mainOf(path)
  if (main === undefined) {
    test(`${folder}: has a rule`, () => assert.fail('rule.yml holds no rule'))
    continue
  }
  const stream = rules.rules.find(({ rule }) => rule.id === main)
  if (stream !== undefined)
    test(`${folder}: what must match does, the rest does not`, async () => {
      const matches = toPredicate(and([stream.rule.route, stream.expression]))
      const hits = await eventsOf(folder, 'match')
      assert.ok(hits.length > 0)
      for (const event of hits) assert.ok(matches(event), `no match: ${JSON.stringify(event).slice(0, 3000)}`)
      const others = await eventsOf(folder, 'no-match')
      for (const event of others) assert.ok(!matches(event), `a match: ${JSON.stringify(event).slice(0, 3000)}`)
      if (real === undefined) return
      await fillEvents(real.store, [...hits, ...others])
      const { sql, params } = toSql(and([stream.rule.route, stream.expression]))
      const [found] = await real.store.query<{ ids: string[] }>(
        `SELECT arraySort(groupArray(id)) AS ids FROM events WHERE ${sql}`,
        params
      )
      assert.deepEqual(
        found!.ids.map(Number),
        hits.map((_, i) => i),
        'the store finds what the stream does'
      )
    })
  else
    test(`${folder}: what must be told is, the rest is not`, { skip: !hasEngine(), timeout: 120_000 }, async () => {
      assert.ok((await alertsOf(folder, main, 'match')) > 0, 'no alert')
      assert.equal(await alertsOf(folder, main, 'no-match'), 0, 'an alert that must not be')
    })
}

/** The id of the rule that the folder is about: the last document of its file. */
function mainOf(path: string): string | undefined {
  const ids = [
    ...rules.rules.map(({ rule }) => rule),
    ...rules.correlations.map(({ correlation }) => correlation),
    ...rules.declared.map(({ declared }) => declared)
  ].filter(({ file }) => file === path)
  return ids.sort((a, b) => a.line - b.line).at(-1)?.id
}

function fileOf(folder: string, name: string): string | undefined {
  const here = join(bundledRulesFolder, folder)
  const file = readdirSync(here).find(each => each.startsWith(`${name}.`))
  return file === undefined ? undefined : join(here, file)
}

function existsOf(folder: string, name: string): boolean {
  return fileOf(folder, name) !== undefined
}

async function eventsOf(folder: string, name: string): Promise<EcsEvent[]> {
  const file = fileOf(folder, name)
  assert.ok(file !== undefined && existsSync(file), `${folder} has no ${name}`)
  let text = ''
  let problems = ''
  const out = new Writable({
    write: (chunk, _, done) => {
      text += String(chunk)
      done()
    }
  })
  const err = new Writable({
    write: (chunk, _, done) => {
      problems += String(chunk)
      done()
    }
  })
  await parseCommand([file], { out, err })
  const events = text
    .split('\n')
    .filter(line => line !== '' && line !== 'null')
    .map(line => JSON.parse(line) as EcsEvent)
  const records = readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line !== '').length
  assert.equal(events.length, records, `${file}: ${problems}`)
  return events
}

async function alertsOf(folder: string, id: string, name: string): Promise<number> {
  const { store } = real!
  await real!.clear()
  const memory = memoryState()
  const detection = scheduled.detections.find(({ summary }) => summary.id === id)
  assert.ok(detection !== undefined, `${id} is not on`)
  let wallMs = Date.UTC(2026, 2, 3)
  let committed = 0
  const detections = openScheduledDetections({
    state: memory,
    store,
    committed: () => committed,
    log: { info() {}, warn: (fields, message) => assert.fail(`${message} ${JSON.stringify(fields)}`) },
    clock: { nowMs: () => wallMs, monotonicMs: () => wallMs },
    tickMs: 0
  })
  try {
    const add = async (events: readonly EcsEvent[]): Promise<void> => {
      const encoder = new EventEncoder()
      committed++
      encoder.begin(committed)
      for (const [i, event] of events.entries())
        encoder.add({
          event,
          timeUs: parseIso(String(event['@timestamp']))!,
          kind: '',
          source: 'test',
          format: 'test',
          receivedMs: wallMs,
          idHigh: committed,
          idLow: i,
          text: 'x',
          bytes: Buffer.from('x'),
          start: 0,
          end: 1,
          json: undefined,
          tokens: false,
          undated: false
        })
      await store.insert(encoder.finish(), `${folder} ${name} ${committed} ${Math.random()}`)
    }
    if (existsOf(folder, 'before')) await add(await eventsOf(folder, 'before'))
    detections.use([detection])
    await detections.run(true)
    wallMs += 60_000
    await add(await eventsOf(folder, name))
    await detections.run(true)
    // Silence is what does not come: a long one for what must be told, a short one for what must not.
    wallMs += detection.ask.kind === 'silence' && name === 'match' ? 4 * 3_600_000 : 60_000
    await detections.run(true)
    return Number(memory.db.prepare('SELECT count(*) AS n FROM alerts').get()!['n'])
  } finally {
    await detections.close()
    memory.close()
  }
}
