/** The page's runs and looks: into an intake, from threads that a configuration cannot keep the server from its work with. */

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { testIntake } from '../sources/listen/test-intake.ts'
import { openGeneratorDesk } from './generator-desk.ts'
import { previewThread } from './generator-threads.ts'

const intake = testIntake()
const desk = openGeneratorDesk({ ...intake.context, monotonicMs: () => performance.now() })
const looking = previewThread(1500)
after(async () => {
  looking.close()
  await desk.close()
})

const simple = 'fields: { n: { type: counter }, name: { type: faker, property: name } }'

test('a look: the first records, or what is wrong', async () => {
  const made = await desk.preview(simple, 5)
  assert.ok(made.ok)
  assert.deepEqual(
    made.lines.map(line => JSON.parse(line).n),
    [1, 2, 3, 4, 5]
  )
  const csv = await desk.preview(`format: csv\n${simple}`, 1)
  assert.ok(csv.ok && csv.lines[0] === 'n,name' && csv.lines.length === 2)
  const wrong = await desk.preview('fields: { n: { type: conter } }', 5)
  assert.ok(!wrong.ok)
  assert.deepEqual(wrong.diagnostics[0], {
    file: 'configuration',
    line: 1,
    column: 22,
    key: 'fields.n.type',
    message: 'is not a known type: conter',
    suggestion: 'counter'
  })
})

test('what takes too long, or too much memory, ends; meanwhile others have their turn, and afterwards a look is as before', {
  timeout: 60_000
}, async () => {
  const slow = Array.from(
    { length: 400 },
    (_, n) => `  f${n}: { type: expression, expression: 'replace(pad("", 60000, "ab"), "a", {f${n + 1}})' }`
  )
  const text = [
    'fields:',
    ...slow,
    '  f400: { type: constant, constant: x }',
    '  big: { type: array, length: 9000, items: { type: template, template: "{f3}{f2}{f1}" } }'
  ].join('\n')
  let ticks = 0
  const timer = setInterval(() => ticks++, 20)
  const ended = await looking.look(text, 100)
  clearInterval(timer)
  assert.ok(ended.ok, JSON.stringify(ended))
  assert.match(ended.problem ?? '', /too slow to run|MB of memory|Invalid string length/)
  assert.ok(ticks > 5, `only ${ticks} ticks`)
  const after = await looking.look(simple, 3)
  assert.ok(after.ok && after.lines.length === 3 && after.problem === undefined, JSON.stringify(after))
})

test('runs: into the intake at their rate, to their count, until stopped; wrong ones are refused', {
  timeout: 60_000
}, async () => {
  const wish = { text: simple, source: 'made', rate: '1000', count: 300, by: 'ada' }
  const refused = await desk.start({ ...wish, text: 'fields: {}' })
  assert.ok(!refused.ok && refused.diagnostics[0]!.line === 1)
  await assert.rejects(desk.start({ ...wish, rate: 'fast' }), /rate fast is no rate/)
  await assert.rejects(desk.start({ ...wish, rate: '1000000' }), /at most 20000/)
  const started = await desk.start(wish)
  assert.ok(started.ok)
  for (let tries = 0; desk.list()[0]!.ended === undefined && tries < 200; tries++) await sleep(50)
  const [over] = desk.list()
  assert.deepEqual([over!.records, over!.ended, over!.source, over!.by], [300, 'all records are made', 'made', 'ada'])
  assert.equal(intake.records().length, 300)
  assert.equal(intake.chunks[0]!.headers.source, 'made')

  const endless = await desk.start({ ...wish, count: undefined, rate: '500' })
  assert.ok(endless.ok)
  while (desk.list()[0]!.records < 50) await sleep(20)
  assert.equal(await desk.stop(endless.run.id), true)
  const [stopped] = desk.list()
  assert.equal(stopped!.ended, 'stopped')
  assert.equal(intake.records().length, 300 + stopped!.records)
  assert.equal(await desk.stop('nobody'), false)

  const unmet = await desk.start({
    ...wish,
    text: "distribution: {r: {Y: 1, N: 1}}\nfields: {n: {type: integer, max: 5}, r: {type: rules, rules: {Y: '{n} > 9', N: '{n} <= 9'}}}"
  })
  assert.ok(unmet.ok)
  while (desk.list()[0]!.ended === undefined) await sleep(20)
  assert.match(desk.list()[0]!.ended!, /r cannot be distributed as asked/)
})
