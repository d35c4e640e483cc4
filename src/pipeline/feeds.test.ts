import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { memoryIntel, openIntel } from '../state/intel.ts'
import { allowListsInForce, listAllowLists } from '../state/intel-allow.ts'
import { addFeed, changeFeed, feedOf, listFeeds } from '../state/intel-feeds.ts'
import { eachIndicator } from '../state/intel-indicators.ts'
import { openState } from '../state/state.ts'
import { answeringServer, collectionOf } from '../testing/answering-server.ts'
import type { FeedLimits } from './feed-context.ts'
import { runFeed } from './feed-run.ts'
import { openFeeds } from './feeds.ts'

function setting(settings: Record<string, unknown>, folder = '/nowhere', limits: Partial<FeedLimits> = {}) {
  const intel = memoryIntel()
  const { id } = addFeed(intel, { name: 'feed', settings, enabled: true, by: 'test' }, 0)!
  let nowMs = Date.UTC(2026, 5, 1)
  return {
    intel,
    id,
    run: () =>
      runFeed(id, {
        intel,
        folder,
        signal: new AbortController().signal,
        nowMs: () => nowMs++,
        sleep: async () => {},
        chance: () => 0,
        log: () => {},
        limits: { timeoutMs: 5000, ...limits }
      }),
    feed: () => feedOf(intel, id)!,
    values: () => [...eachIndicator(intel, 0)].map(each => each.value).sort()
  }
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-feeds-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

const lines = (count: number) => Array.from({ length: count }, (_, n) => `d${n}.example\n`).join('')

test('a list is asked whether it changed, replaced when it did, and kept when what comes makes no sense', async () => {
  let text = `# a list\n${lines(200)}`
  let etag: string | undefined = '"1"'
  await using server = await answeringServer(({ headers }, response) => {
    if (etag !== undefined && headers['if-none-match'] === etag) return void response.writeHead(304).end()
    response.writeHead(200, { 'content-encoding': 'gzip', ...(etag !== undefined && { etag }) }).end(gzipSync(text))
  })
  const { run, feed, values, intel, id } = setting({ kind: 'list', url: `${server.url}/list.txt` })
  const first = await run()
  assert.deepEqual([first.problem, first.counts.added, values().length], ['', 200, 200])
  const second = await run()
  assert.deepEqual([second.unchanged, feed().indicators], [true, 200])
  assert.equal(server.asked.at(-1)!.headers['if-none-match'], '"1"')
  assert.ok(feed().fetchedMs! > feed().createdMs)

  // Without ETags, the content tells.
  etag = undefined
  assert.equal((await run()).unchanged, true)
  text = `${lines(100)}new.example\n`
  const third = await run()
  assert.deepEqual([third.counts.added, third.counts.removed, values().length], [1, 100, 101])

  for (const [nonsense, why] of [
    ['<!DOCTYPE html><html><body>Please log in</body></html>', /web page/],
    ['# nothing to see\n', /suddenly empty/],
    ['error: try again\nerror: really\n', /text without any indicator/]
  ] as const) {
    text = nonsense
    assert.match((await run()).problem, why)
    assert.equal(values().length, 101)
  }
  // What the settings mean changed: it is read anew although it is the same.
  text = 'name,host\nx,one.example\n'
  changeFeed(intel, id, { settings: { ...feed().settings, column: 'host' } })
  assert.equal((await run()).problem, '')
  assert.deepEqual(values(), ['one.example'])
})

test('a list that breaks off, is a bomb, or is packed in a way that is none changes nothing', async () => {
  let answer = (response: Parameters<Parameters<typeof answeringServer>[0]>[1]) => void response.end(lines(10))
  await using server = await answeringServer((_, response) => answer(response))
  const { run, values } = setting({ kind: 'list', url: `${server.url}/x` }, '', { bytesMax: 1 << 20 })
  assert.equal((await run()).problem, '')
  for (const [broken, why] of [
    [
      response => {
        response.writeHead(200)
        response.write(lines(3))
        setTimeout(() => response.destroy(), 20)
      },
      /broke off|aborted|socket/
    ],
    [
      response =>
        void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 << 20, 'a'))),
      /larger than/
    ],
    [response => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip'), /incorrect header/],
    [response => void response.end(gzipSync(Buffer.alloc(2 << 20, 'a'))), /larger than/],
    [response => void response.end(gzipSync(lines(9)).subarray(0, 30)), /cannot be unpacked/]
  ] as [typeof answer, RegExp][]) {
    answer = broken
    assert.match((await run()).problem, why)
    assert.equal(values().length, 10)
  }
  answer = response => void response.end(zstdCompressSync(lines(12)))
  assert.equal((await run()).problem, '')
  assert.equal(values().length, 12)
})

test('files below the data folder are a feed, links out of it are not followed, and formats are recognised', async t => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'lists'))
  writeFileSync(join(folder, 'lists', 'a.txt'), 'a.example\n')
  writeFileSync(
    join(folder, 'lists', 'b.json'),
    JSON.stringify({
      type: 'bundle',
      id: 'bundle--1',
      objects: [
        {
          type: 'indicator',
          id: 'indicator--00000000-0000-4000-8000-000000000001',
          modified: '2026-01-01T00:00:00Z',
          pattern: "[ipv4-addr:value = '192.0.2.1']",
          pattern_type: 'stix'
        }
      ]
    })
  )
  writeFileSync(join(folder, 'secret'), 'secret.example\n')
  symlinkSync('/etc', join(folder, 'lists', 'etc'))
  const { run, values } = setting({ kind: 'list', path: 'lists' }, folder)
  assert.equal((await run()).problem, '')
  assert.deepEqual(values(), ['192.0.2.1', 'a.example'])
  assert.equal((await run()).unchanged, true)
  writeFileSync(
    join(folder, 'lists', 'c.txt'),
    'see evil[.]com and hxxp://bad.example/x in the report of today, they are bad\nand nothing else is here\n'
  )
  await run()
  assert.deepEqual(values(), ['192.0.2.1', 'a.example', 'evil.com', 'http://bad.example/x'])
  assert.match((await setting({ kind: 'list', path: 'lists/etc/hostname' }, folder).run()).problem, /leads out of/)
  assert.match((await setting({ kind: 'list', path: 'missing' }, folder).run()).problem, /there is no missing/)
  assert.match((await setting({ kind: 'list', path: '../secret' }, folder).run()).problem, /settings are not valid/)
})

test('warninglists become allow lists; one that is gone goes, and one that is switched off stays off', async t => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'w'))
  const write = (name: string, list: string[], type = 'hostname') =>
    writeFileSync(
      join(folder, 'w', `${name}.json`),
      JSON.stringify({ name, type, list, version: 1, matching_attributes: ['domain'] })
    )
  write('one', ['google.com'])
  write('two', ['10.0.0.0/8'], 'cidr')
  writeFileSync(join(folder, 'w', 'schema.json'), '{"$schema": 1}')
  const { run, intel, feed } = setting({ kind: 'warninglists', path: 'w' }, folder)
  assert.equal((await run()).problem, '')
  assert.deepEqual(
    allowListsInForce(intel).map(({ name, values, types }) => [name, values, types]),
    [
      ['one', ['google.com'], ['domain']],
      ['two', ['10.0.0.0/8'], ['domain']]
    ]
  )
  assert.match(feed().counts.problems![0]!, /schema.json/)
  rmSync(join(folder, 'w', 'two.json'))
  write('one', ['google.com', 'example.org'])
  await run()
  assert.deepEqual(
    listAllowLists(intel).map(({ name, entries }) => [name, entries]),
    [['one', 2]]
  )
})

test('due feeds run in their thread, once at a time, and who keeps indicators is told', async t => {
  const folder = folderOf(t)
  let count = 10
  let hold: Promise<void> | undefined
  const serve = collectionOf({ count: () => count, pageSize: 4, names: true })
  await using server = await answeringServer(async (asked, response) => {
    if (asked.path === '/list') return void response.end('a.example\n')
    await hold
    return serve(asked, response)
  })
  const intel = openIntel(folder)
  const state = openState(folder)
  t.after(() => {
    intel.close()
    state.close()
  })
  const add = (name: string, settings: Record<string, unknown>) =>
    addFeed(intel, { name, settings, enabled: true, by: 'test' }, Date.now())!.id
  const taxii = add('taxii', { kind: 'taxii', url: `${server.url}/taxii2/` })
  add('list', { kind: 'list', url: `${server.url}/list` })
  add('own', { kind: 'own' })
  const told: string[] = []
  const log = {
    info: (_: object, message: string) => void told.push(message),
    warn: (_: object, message: string) => void told.push(message)
  }
  const feeds = openFeeds({ folder, intel, state, log, nowMs: Date.now, lookMs: 20 })
  t.after(() => feeds.close())
  let changes = 0
  feeds.onChange(() => changes++)
  const until = async (test: () => boolean) => {
    for (let waited = 0; !test(); waited += 20) {
      assert.ok(waited < 20_000, `waited in vain; ${told}`)
      await new Promise(resolve => setTimeout(resolve, 20))
    }
  }
  await until(() => [...eachIndicator(intel, 0)].length === 11)
  await until(() => changes > 0 && feeds.running.size === 0)
  // Asked for twice while it runs: one run.
  const gate = Promise.withResolvers<void>()
  hold = gate.promise
  const before = server.asked.length
  const both = [feeds.run(taxii), feeds.run(taxii)]
  await until(() => server.asked.length > before)
  assert.deepEqual([...feeds.running], [taxii])
  count = 12
  hold = undefined
  gate.resolve()
  const results = await Promise.all(both)
  assert.equal(results[0], results[1])
  assert.equal(results[0]!.counts.added, 2)
  await assert.rejects(feeds.run(999), /does not run/)
  // Removed in the middle of a run.
  const other = Promise.withResolvers<void>()
  hold = other.promise
  count = 1000
  const under = feeds.run(taxii)
  await until(() => feeds.running.size === 1)
  const removed = feeds.remove(taxii)
  const stopped = await under
  assert.equal(stopped.stopped, true)
  await removed
  other.resolve()
  assert.deepEqual(
    listFeeds(intel).map(({ name }) => name),
    ['list', 'own']
  )
  assert.deepEqual(
    [...eachIndicator(intel, 0)].map(({ value }) => value),
    ['a.example']
  )
  assert.ok(told.includes('a feed was read'))
})
