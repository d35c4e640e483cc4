/**
 * What the tests of shippers that retry share: senders send to a real `picket serve`, harm is done to it meanwhile, and at last everything is
 * counted in the store. How many events: `PICKET_TEST_EVENTS`, over all senders of a test (docs/how-to/test-kills.md).
 */

import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { freePort } from '../../src/testing/free-port.ts'
import { fillDisk, freeDisk } from '../faults/disk-full.ts'
import { type Lab, type Running, Skipped, sleep } from '../faults/lab.ts'
import { settledLedger, type Totals } from '../faults/sender.ts'
import { lossyWay } from './lossy-way.ts'

/** Of a test: what was asked for, or as many as are enough to fail. */
export function eventsAsked(usual: number): number {
  const asked = process.env['PICKET_TEST_EVENTS']
  if (asked === undefined) return usual
  const count = Number(asked)
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`PICKET_TEST_EVENTS is ${asked}: a number of events is meant`)
  return count
}

/** One for each 50,000, and two at least. */
export function killsFor(events: number): number {
  return Math.max(2, Math.floor(events / 50_000))
}

/** Longer than a kill and a start take: those who send should still do so at the last kill. */
const killMs = 4_000

/** How long to wait between each hundred of the `count` events of one sender, so that there is time for the kills. */
export function paceFor(count: number, kills: number): number {
  return Math.ceil((kills * killMs) / (count / 100))
}

export type Sender = {
  /** Of its source, which is made for it. */
  readonly type: 'elasticsearch' | 'otlp' | 'hec' | 'lumberjack'
  readonly name: string
  /** Sends `document 0`, `document 1` …, until all are acknowledged. `token` may bring records in. */
  send(port: number, token: string): Promise<unknown>
}

export type Senders = {
  isSending(): boolean
  /** Answers that are on their way to senders, and those to come over the connections that there are, do not arrive. */
  loseAnswers(): void
}

/** Resolves with the Picket that runs then. */
export type Harm = (picket: Running, senders: Senders) => Promise<Running>

/** Each sender sends `count` documents while harm is done; then each of them is in the store, once. Resolves with the ledger's totals. */
export async function whileSending(
  lab: Lab,
  t: TestContext,
  data: string,
  senders: readonly Sender[],
  count: number,
  harm: Harm
): Promise<Totals> {
  const ports = await Promise.all(senders.map(freePort))
  const lines = senders.map(
    ({ type, name }, i) => `  - { type: ${type}, name: ${name}, host: 127.0.0.1, port: ${ports[i]} }\n`
  )
  mkdirSync(data, { recursive: true })
  writeFileSync(`${data}/picket.yaml`, `sources:\n${lines.join('')}`)
  let picket = await lab.serve(data)
  const { stdout } = await lab.run(['token', 'create', 'shippers', '--scope', 'ingest', '--data', data])
  const ways = await Promise.all(ports.map(lossyWay))
  let isSending = true
  const sending = Promise.all(senders.map((sender, i) => sender.send(ways[i]!.port, stdout.trim()))).finally(() => {
    isSending = false
  })
  sending.catch(() => {})
  await sleep(1500)
  picket = await harm(picket, {
    isSending: () => isSending,
    loseAnswers() {
      for (const way of ways) way.loseAnswers()
    }
  })
  await sending
  await Promise.all(ways.map(way => way.close()))
  const totals = await settledLedger(data, 120_000)
  assert.equal((await lab.stop(picket)).code, 0)
  const { rows, others } = await lab.inspect(data, async ({ store }) => ({
    rows: await store.query<{ source: string; rows: string; messages: string }>(
      `SELECT picket_source AS source, toString(count()) AS rows, toString(uniqExact(message)) AS messages
        FROM picket.events WHERE message LIKE 'document %' GROUP BY source ORDER BY source`
    ),
    // Those of the heartbeat, where it takes minutes.
    others: await store.query<{ rows: string }>(
      `SELECT toString(count()) AS rows FROM picket.events WHERE message NOT LIKE 'document %'`
    )
  }))
  t.diagnostic(`${totals.received} received, ${totals.stored} stored, ${totals.duplicates} came again`)
  assert.deepEqual(
    rows.map(row => ({ ...row })),
    senders
      .map(({ name }) => name)
      .sort()
      .map(source => ({ source, rows: String(count), messages: String(count) }))
  )
  assert.equal(totals.received, totals.stored + totals.duplicates)
  assert.equal(totals.stored, count * senders.length + Number(others[0]!.rows))
  return totals
}

/** The last answers before a kill are lost on their way: what they are for is durable, and comes again. */
const lostMs = 400

/** Killed with -9 as often, or as long as somebody sends, and started again. */
export function killedAgain(lab: Lab, t: TestContext, data: string, kills: number): Harm {
  return async (first, senders) => {
    let picket = first
    let struck = 0
    for (; struck < kills && senders.isSending(); struck++) {
      senders.loseAnswers()
      await sleep(lostMs)
      picket.child.kill('SIGKILL')
      await picket.ended
      picket = await lab.serve(data)
      await sleep(1200)
    }
    t.diagnostic(`${struck} kills while somebody sent`)
    assert.ok(struck > 0, 'all was sent before the first kill')
    return picket
  }
}

export type DiskToFill = {
  /** A folder on it. */
  readonly data: string
  fill(picket: Running): Promise<Running>
}

/** A disk of its own that is full for a while, longer than senders wait for an answer; undefined where none can be mounted: the test is skipped. */
export function diskToFill(lab: Lab, t: TestContext): DiskToFill | undefined {
  let disk: string
  try {
    disk = lab.mount('disk', 1200)
  } catch (error) {
    if (!(error instanceof Skipped)) throw error
    t.skip(error.message)
    return undefined
  }
  return {
    data: `${disk}/data`,
    async fill(picket) {
      for (const endMs = performance.now() + 12_000; performance.now() < endMs; await sleep(200)) fillDisk(disk, 0)
      assert.ok(!picket.hasEnded, picket.stderr.slice(-2000))
      freeDisk(disk)
      return picket
    }
  }
}
