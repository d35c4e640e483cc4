/** Feeds and kill -9: a process that is killed anywhere in a run leaves whole pages, and the next one goes on where it was. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openIntel } from '../state/intel.ts'
import { addFeed, changeFeed, feedOf } from '../state/intel-feeds.ts'
import { eachIndicator } from '../state/intel-indicators.ts'
import { addedAt, answeringServer, collectionOf } from '../testing/answering-server.ts'

/** Runs what is due until it is killed or all is read. */
const program = `
import { openFeeds } from ${JSON.stringify(new URL('./feeds.ts', import.meta.url).href)}
import { openIntel } from ${JSON.stringify(new URL('../state/intel.ts', import.meta.url).href)}
import { openState } from ${JSON.stringify(new URL('../state/state.ts', import.meta.url).href)}
import { feedOf } from ${JSON.stringify(new URL('../state/intel-feeds.ts', import.meta.url).href)}
const folder = process.argv[2]
const intel = openIntel(folder)
const feeds = openFeeds({ folder, intel, state: openState(folder), log: { info() {}, warn() {} }, nowMs: Date.now, lookMs: 1e9 })
setInterval(() => {}, 1000)
const result = await feeds.run(Number(process.argv[3]))
process.stdout.write(JSON.stringify(result))
process.exit(0)
`

/** `kill` is told how, and does it when it wants; a number is milliseconds. */
function runChild(folder: string, feed: number, kill?: number | ((kill: () => void) => void)): Promise<string> {
  const child = spawn(process.execPath, [join(folder, 'program.ts'), folder, String(feed)], {
    stdio: ['ignore', 'pipe', 'inherit']
  })
  let said = ''
  child.stdout.on('data', part => {
    said += part
  })
  const end = () => void child.kill('SIGKILL')
  const timer = typeof kill === 'number' ? setTimeout(end, kill) : undefined
  if (typeof kill === 'function') kill(end)
  return new Promise(resolve => {
    child.once('close', () => {
      clearTimeout(timer)
      resolve(said)
    })
  })
}

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'picket-feeds-kill-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'program.ts'), program)
  return folder
}

test('killed in the middle of a collection: nothing lost, nothing twice, and no page asked for again that was kept', {
  timeout: 120_000
}, async t => {
  const folder = folderOf(t)
  const total = 400
  const serve = collectionOf({ count: () => total, pageSize: 10, names: false })
  let kept = 0
  let pages = 0
  let deadly = -1
  let end = () => {}
  await using server = await answeringServer(async (asked, response) => {
    // Somewhere around the answer: before it, while it is read, while it is kept.
    if (asked.path.endsWith('/objects/') && pages++ === deadly) setTimeout(() => end(), deadly % 4)
    serve(asked, response)
  })
  const intel = openIntel(folder)
  t.after(() => intel.close())
  const { id } = addFeed(
    intel,
    { name: 'x', settings: { kind: 'taxii', url: `${server.url}/root/collections/c1/` }, enabled: true, by: 't' },
    0
  )!
  let kills = 0
  for (let round = 0; round < 8; round++) {
    const before = server.asked.length
    pages = 0
    deadly = 2 + round
    const said = await runChild(folder, id, kill => {
      end = kill
    })
    const names = [...eachIndicator(intel, 0)].map(({ value }) => value)
    assert.equal(new Set(names).size, names.length, 'nothing twice')
    assert.equal(names.length, feedOf(intel, id)!.indicators, 'counted with them')
    assert.equal(names.length % 10, 0, 'whole pages')
    assert.ok(names.length >= kept, 'nothing lost')
    const first = server.asked.slice(before).find(({ path }) => path.endsWith('/objects/'))
    if (first !== undefined && kept > 0)
      assert.equal(first.query.get('added_after'), addedAt(kept - 1), 'it went on where it was')
    kept = names.length
    if (said !== '') break
    kills++
  }
  assert.ok(kills >= 2, `${kills} kills`)
  deadly = -1
  assert.equal(JSON.parse(await runChild(folder, id)).problem, '')
  const names = [...eachIndicator(intel, 0)].map(({ value }) => value).sort()
  assert.deepEqual(names, Array.from({ length: total }, (_, n) => `d${n}.example`).sort())
})

test('killed while a list is replaced: what stays is never away, and the next run makes it whole', {
  timeout: 120_000
}, async t => {
  const folder = folderOf(t)
  mkdirSync(join(folder, 'intel'))
  const file = join(folder, 'intel', 'list.txt')
  const lines = (from: number, to: number) =>
    writeFileSync(file, Array.from({ length: to - from }, (_, n) => `host${from + n}.example\n`).join(''))
  const intel = openIntel(folder)
  t.after(() => intel.close())
  const { id } = addFeed(intel, { name: 'x', settings: { kind: 'list', path: 'list.txt' }, enabled: true, by: 't' }, 0)!
  lines(0, 60_000)
  assert.equal(JSON.parse(await runChild(folder, id)).problem, '')
  lines(30_000, 90_000)
  let kills = 0
  for (let round = 0; round < 6; round++) {
    const said = await runChild(folder, id, 250 + round * 120)
    const names = new Set([...eachIndicator(intel, 0)].map(({ value }) => value))
    for (let n = 30_000; n < 60_000; n += 97) assert.ok(names.has(`host${n}.example`), `host${n} was away`)
    if (said !== '') break
    kills++
  }
  assert.ok(kills >= 1, `${kills} kills`)
  changeFeed(intel, id, { nextRunMs: 0 })
  await runChild(folder, id)
  const names = [...eachIndicator(intel, 0)].map(({ value }) => value)
  assert.equal(new Set(names).size, names.length)
  assert.equal(names.length, 60_000)
  assert.equal(feedOf(intel, id)!.indicators, 60_000)
  assert.ok(names.every(name => Number(name.slice(4, name.indexOf('.'))) >= 30_000))
})
