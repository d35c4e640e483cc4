/** Followed files through the state file and the worker: the ids are those of an import, and places outlive the process. */
import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Chunk } from '../core/chunk.ts'
import { importFile } from '../sources/files/import-files.ts'
import { openState } from '../state/state.ts'
import { decodeFrames, encodeFrames } from './chunk-frames.ts'
import { followSources } from './follow-sources.ts'
import { BatchWorker } from './worker.ts'

const root = await mkdtemp(join(tmpdir(), 'picket-follow-sources-'))
after(() => rm(root, { recursive: true }))

const limits = { recordBytesMax: 1_000_000 }
const eve = (i: number) =>
  `{"timestamp":"2024-01-02T03:04:05.000000+0000","event_type":"dns","flow_id":${i % 7},"src_ip":"10.0.0.1","dest_ip":"10.0.0.2"}\n`

/** The ids that the worker gives, as text; those of equal records in one batch it gives once. */
function idsOf(chunks: readonly Chunk[]): string[] {
  const ids: string[] = []
  const worker = new BatchWorker()
  for (const { headers, body } of decodeFrames(Buffer.concat(encodeFrames(chunks)))) {
    const reply = worker.run({ number: 1, chunks: [{ headers, body }], known: new Uint32Array(0) })
    for (let i = 0; i < reply.ids.length; i += 2) ids.push(`${reply.ids[i]} ${reply.ids[i + 1]}`)
  }
  return ids
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(20)
  assert.ok(condition(), 'in time')
}

test('a file that grows through restarts has the ids of an import of the whole', async () => {
  const folder = join(root, 'logs')
  await mkdir(folder)
  const path = join(folder, 'eve.json')
  const chunks: Chunk[] = []
  const append = async (more: readonly Chunk[]) => {
    chunks.push(...more.map(({ headers, body }) => ({ headers, body: Buffer.from(body) })))
  }
  const records = () => chunks.reduce((sum, { headers }) => sum + headers.records, 0)
  const log = {
    info() {},
    warn: (fields: object, message: string) => assert.fail(`${message} ${JSON.stringify(fields)}`)
  }
  let written = 0
  for (let life = 0; life < 4; life++) {
    const state = openState(join(root, 'state'))
    const sources = followSources({ intake: { append }, state, log, nowMs: Date.now, everyMs: 10 })
    sources.use([{ type: 'files', name: 'suricata', paths: [folder] }], limits)
    for (let i = 0; i < 3; i++) {
      const count = 1 + ((life * 3 + i) % 4) * 2000
      await appendFile(path, Array.from({ length: count }, (_, at) => eve(written + at)).join(''))
      written += count
      await until(() => records() >= written)
    }
    await sources.close()
    state.close()
  }
  assert.equal(records(), written)
  assert.ok(chunks.some(({ headers }) => (headers.firstIndex ?? 0) > 0))
  assert.deepEqual(new Set(chunks.map(({ headers }) => headers.source)), new Set(['suricata']))

  const whole: Chunk[] = []
  await importFile(
    { path, raw: Buffer.from(path), sizeBytes: 0, mtimeMs: 0 },
    {
      append: async more => void whole.push(...more.map(({ headers, body }) => ({ headers, body: Buffer.from(body) }))),
      run: 'r',
      nowMs: Date.now,
      ...limits
    }
  )
  assert.ok(whole.length >= 3)
  const ids = idsOf(chunks)
  assert.deepEqual(ids, idsOf(whole))
  assert.equal(new Set(ids).size, written)
})

test('two sources, one of which is removed; other kinds of sources are left alone', async () => {
  const state = openState(join(root, 'other'))
  const [a, b] = [join(root, 'a.log'), join(root, 'b.log')]
  await writeFile(a, 'a\n')
  await writeFile(b, 'b\n')
  const seen: string[] = []
  const append = async (chunks: readonly Chunk[]) => {
    for (const { headers, body } of chunks) seen.push(`${headers.source} ${body}`.trim())
  }
  const log = { info() {}, warn() {} }
  const sources = followSources({ intake: { append }, state, log, nowMs: Date.now, everyMs: 10 })
  const files = (name: string, path: string) => ({ type: 'files' as const, name, paths: [path], format: 'text' })
  sources.use([files('a', a), files('b', b), { type: 'http', name: 'c' }], limits)
  await until(() => seen.length === 2)
  sources.use([files('a', a)], limits)
  await appendFile(b, 'more\n')
  await appendFile(a, 'more\n')
  await until(() => seen.length === 3)
  await sleep(100)
  assert.deepEqual(seen.sort(), ['a a', 'a more', 'b b'])
  await sources.close()
  state.close()
})
