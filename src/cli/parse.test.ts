/** `picket parse` as a user meets it: one line a record, reasons beside it. */
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type ParseOptions, parseCommand } from './parse.ts'

const folder = await mkdtemp(join(tmpdir(), 'picket-parse-'))
after(() => rm(folder, { recursive: true }))

async function run(files: string[], options: ParseOptions = {}) {
  const out = new PassThrough()
  const err = new PassThrough()
  const shown = text(out)
  const told = text(err)
  const code = await parseCommand(files, { ...options, out, err })
  out.end()
  err.end()
  const lines = (await shown).split('\n').slice(0, -1)
  return { code, documents: lines.map(line => JSON.parse(line)), told: await told }
}

async function fileOf(name: string, content: string | Buffer): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

const eve =
  '{"timestamp":"2024-01-02T03:04:05.000006+0000","event_type":"dns","src_ip":"10.0.0.1","dest_ip":"10.0.0.2","proto":"UDP","flow_id":1}'

test('one line a record, in order, with its text; null and a reason where it is none', async () => {
  const path = await fileOf('eve.json', [eve, '', 'garbage', eve, '[1]', eve].join('\n'))
  const { code, documents, told } = await run([path], { format: 'suricata' })
  assert.equal(code, 0)
  assert.equal(documents.length, 5)
  assert.deepEqual(
    documents.map(document => document?.event.original),
    [eve, undefined, eve, undefined, eve]
  )
  assert.equal(documents[0]['@timestamp'], '2024-01-02T03:04:05.000Z')
  assert.deepEqual(told.split('\n').length, 3)
  assert.match(told, /eve\.json: record 2: not JSON: .*\n.*eve\.json: record 4: not a JSON object\n$/)
})

test('reasons are summarised', async () => {
  const path = await fileOf('bad.json', `${eve}\n${'bad\n'.repeat(50)}`)
  const { documents, told } = await run([path], { format: 'suricata' })
  assert.equal(documents.length, 51)
  assert.equal(told.split('\n').length, 12)
  assert.match(told, /… 50 records were rejected in all\n$/)
})

test('several files, standard input, what cannot be read, and what is cut off', async () => {
  const stdin = (async function* () {
    yield Buffer.from(eve)
  })()
  const gz = gzipSync(`${eve}\n${eve}\n`)
  const cut = await fileOf('cut.gz', gz.subarray(0, -4))
  const { code, documents, told } = await run(['-', join(folder, 'nothing'), cut], { stdin, format: 'suricata' })
  assert.equal(code, 1)
  assert.equal(documents.length, 3)
  assert.match(told, /nothing: no such file or folder\n.*cut\.gz: stream ended early/)
  assert.equal((await run([cut], { format: 'nonsense' })).code, 2)
})

test('a reader that goes away ends it quietly', async () => {
  const path = await fileOf('many.json', `${eve}\n`.repeat(20_000))
  const out = new PassThrough()
  out.once('data', () => out.destroy())
  assert.equal(await parseCommand([path], { out, err: new PassThrough() }), 0)
})
