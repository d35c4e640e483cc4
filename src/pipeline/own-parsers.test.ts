import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parserNamed } from '../parsers/index.ts'
import {
  applyOwnParsers,
  noOwnParsers,
  parseOwnParser,
  printOwnParser,
  readOwnParsers,
  removeOwnParser,
  watchOwnParsers,
  writeOwnParser
} from './own-parsers.ts'
import { WorkerPool } from './worker-pool.ts'

const folder = mkdtempSync(join(tmpdir(), 'picket-parsers-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const text = `name: door-log
title: Doors
patterns:
  - '{@timestamp:time} door={door_log.door} badge={user.id}'
`

test('files are read, what is wrong with one is said, and the others are used', () => {
  const parsers = join(folder, 'a')
  assert.deepEqual(readOwnParsers(parsers), noOwnParsers)
  writeOwnParser(parsers, 'door-log', text)
  writeFileSync(join(parsers, 'bad.yaml'), 'name: bad\ntitle: Bad\npatterns: ["{a"]\n')
  writeFileSync(join(parsers, 'worse.yaml'), 'a: [')
  writeFileSync(join(parsers, 'taken.yaml'), text.replace('door-log', 'suricata'))
  writeFileSync(join(parsers, 'twice.yaml'), text)
  writeFileSync(join(parsers, 'notes.txt'), 'no parser')
  const { definitions, problems } = readOwnParsers(parsers)
  assert.deepEqual(
    definitions.map(({ name }) => name),
    ['door-log']
  )
  assert.deepEqual(
    problems.map(({ file, message }) => `${file.slice(parsers.length + 1)}: ${message.slice(0, 40)}`),
    [
      'bad.yaml: patterns[0]: a { without its } (write {{',
      "taken.yaml: name: suricata is a format of Picket's; ",
      'twice.yaml: another file is named door-log, too',
      'worse.yaml: is no YAML: Flow sequence in block colle'
    ]
  )
  assert.deepEqual(parseOwnParser(printOwnParser(definitions[0]!)), definitions[0])
  assert.equal(removeOwnParser(parsers, 'door-log'), true)
  assert.equal(removeOwnParser(parsers, 'door-log'), false)
  assert.equal(removeOwnParser(parsers, '../a/bad'), false)
  assert.throws(() => writeOwnParser(parsers, '../x', text), /no name/)
})

test('workers use the parsers of the data folder, and learn of new ones', async () => {
  const definition = parseOwnParser(text)
  const pool = new WorkerPool({ size: 1, log() {} })
  const run = async (number: number): Promise<readonly number[]> => {
    const body = Buffer.from(`2026-03-01T08:15:42Z door=front badge=${number}\n`)
    const headers = {
      source: 'x',
      format: 'door-log',
      framing: 'lines' as const,
      records: 1,
      receivedMs: 0,
      prefix: '00000000',
      run: ''
    }
    const reply = await pool.run({
      number,
      chunks: [{ headers, body: Uint8Array.from(body) }],
      known: new Uint32Array(0)
    })
    const [outcome] = reply.outcomes
    return [outcome!.stored, outcome!.deadLettered]
  }
  try {
    assert.deepEqual(await run(1), [0, 1])
    pool.applyParsers([definition])
    assert.deepEqual(await run(2), [1, 0])
    pool.applyParsers([])
    assert.deepEqual(await run(3), [0, 1])
    applyOwnParsers([definition])
    assert.equal(parserNamed('door-log')?.title, 'Doors')
  } finally {
    applyOwnParsers([])
    await pool.close()
  }
  assert.equal(parserNamed('door-log'), undefined)
})

test('a folder that changes is noticed', async () => {
  const parsers = join(folder, 'watched')
  let changes = 0
  const watcher = watchOwnParsers(parsers, () => void changes++, 5)
  try {
    mkdirSync(parsers)
    writeOwnParser(parsers, 'door-log', text)
    while (changes < 1) await new Promise(resolve => setTimeout(resolve, 5))
    removeOwnParser(parsers, 'door-log')
    while (changes < 2) await new Promise(resolve => setTimeout(resolve, 5))
  } finally {
    watcher.close()
  }
})
