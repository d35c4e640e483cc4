/** kill -9 at any moment of deciding and sending: nothing is lost, and what arrives twice is known by its key. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { listAttempts, listMessages } from '../state/outbox-log.ts'
import { openState } from '../state/state.ts'
import { addDestination, addRoute, changeLog, pause, startPeer, until } from '../testing/notify-lab.ts'

const child = join(import.meta.dirname, '../testing/notify-child.ts')

function start(folder: string, alerts: number): ChildProcess & { raised: number } {
  const running = Object.assign(
    spawn(process.execPath, [child, folder, String(alerts)], { stdio: ['ignore', 'pipe', 'inherit'] }),
    { raised: 0 }
  )
  running.stdout!.on('data', (text: Buffer) => {
    running.raised += text.length
  })
  return running
}

async function kill(running: ChildProcess): Promise<void> {
  const gone = once(running, 'exit')
  running.kill('SIGKILL')
  await gone
}

async function prepared(more: Parameters<typeof addDestination>[1] = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'picket-kill-'))
  const peer = await startPeer()
  const state = openState(folder)
  addDestination(state, { settings: { url: peer.url }, ...more })
  addRoute(state)
  changeLog(state)
  state.close()
  return {
    folder,
    peer,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    }
  }
}

test('killed again and again: every alert arrives, and none twice without the same key', {
  timeout: 120_000
}, async () => {
  await using it = await prepared()
  const { folder, peer } = it
  let seed = 42
  const chance = (): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed / 2_147_483_648
  }
  for (let life = 0; life < 12; life++) {
    const running = start(folder, 40)
    await until(() => running.raised > 0, 20_000)
    await pause(chance() * 150)
    await kill(running)
  }
  const last = start(folder, 0)
  const state = openState(folder)
  const raised = (): number => Number(state.db.prepare('SELECT count(*) AS n FROM test_changes').get()?.['n'])
  await until(
    () =>
      listMessages(state, { state: 'sent' }, 10_000).length === raised() &&
      listMessages(state, {}, 10_000).length === raised(),
    60_000
  )
  await kill(last)
  const arrived = new Map<string, string[]>()
  for (const { json, headers } of peer.received) {
    const alert = json.data.alerts[0].id as string
    arrived.set(alert, [...(arrived.get(alert) ?? []), headers['webhook-id']!])
  }
  assert.equal(arrived.size, raised(), 'every alert arrived')
  assert.ok(raised() >= 12)
  for (const [alert, keys] of arrived) assert.equal(new Set(keys).size, 1, `${alert} arrived under several keys`)
  const repeats = peer.received.length - arrived.size
  const unknown = listAttempts(state, {}, 10_000).filter(({ result }) => result === 'unknown').length
  assert.ok(repeats <= unknown, `${repeats} repeats, but only ${unknown} attempts of unknown result`)
  assert.ok(unknown <= 12, 'at most one for each kill')
  state.close()
})

test('killed between the sending and the answer: sent again under its key, and says so', {
  timeout: 60_000
}, async () => {
  await using it = await prepared()
  const { folder, peer } = it
  peer.answers.push('hang')
  const first = start(folder, 1)
  await until(() => peer.received.length === 1, 20_000)
  await kill(first)
  const second = start(folder, 0)
  await until(() => peer.received.length === 2, 20_000)
  const [before, after] = peer.received
  assert.equal(after!.headers['webhook-id'], before!.headers['webhook-id'])
  assert.deepEqual([before!.json.again, after!.json.again], [undefined, true])
  await pause(200)
  await kill(second)
  const state = openState(folder)
  assert.deepEqual(
    listAttempts(state, {}, 10).map(({ result, number }) => [number, result]),
    [
      [2, 'sent'],
      [1, 'unknown']
    ]
  )
  state.close()
})

test('a destination may want the doubtful ones held: they are dead letters then', { timeout: 60_000 }, async () => {
  await using it = await prepared({ pace: { afterCrash: 'hold' } })
  const { folder, peer } = it
  peer.answers.push('hang')
  const first = start(folder, 1)
  await until(() => peer.received.length === 1, 20_000)
  await kill(first)
  const second = start(folder, 0)
  const state = openState(folder)
  await until(() => listMessages(state, { state: 'dead' }, 10).length === 1, 20_000)
  await pause(200)
  await kill(second)
  assert.equal(peer.received.length, 1)
  assert.match(listMessages(state, { state: 'dead' }, 1)[0]!.reason, /may have arrived/)
  state.close()
})
