/** The spool and its handing over, against a main Picket that fails in every way that matters: all arrives, in order, once. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryBus } from '../bus/memory.ts'
import type { Chunk } from '../core/chunk.ts'
import { decodeFrames } from './chunk-frames.ts'
import { forward, type GateAnswer } from './gate-forward.ts'
import { openSpool, spoolPartition, spoolTopic } from './gate-spool.ts'

const chunk = (text: string): Chunk => ({
  headers: { source: 's', format: 'mixed', framing: 'lines', records: 1, receivedMs: 1, prefix: '00000000', run: '' },
  body: Buffer.from(text)
})

/** A main Picket as `api/gate.ts` is one: it takes what it does not have, and nothing before its turn. */
class Main {
  taken: string[] = []
  next: number | undefined
  /** Before it takes; after it has taken, and before it answers. */
  before: (() => void) | undefined
  after: (() => void) | undefined

  async position(): Promise<GateAnswer> {
    this.before?.()
    return { next: this.next }
  }

  async send(_gate: string, from: number, body: Buffer): Promise<GateAnswer> {
    this.before?.()
    for (const [i, { body: text }] of decodeFrames(body).entries()) {
      const offset = from + i
      if (offset < (this.next ?? 0)) continue
      this.taken.push(text.toString())
      this.next = offset + 1
    }
    this.after?.()
    return { next: this.next }
  }
}

async function lay(waitingBytesMax = 1 << 20) {
  const bus = memoryBus()
  await bus.createTopic(spoolTopic, { partitions: 1 })
  const spool = await openSpool(bus, 0, waitingBytesMax)
  const main = new Main()
  const warnings: string[] = []
  const log = { info() {}, warn: (_fields: object, message: string) => void warnings.push(message) }
  const begin = (to = spool) => forward({ bus, spool: to, gate: 'g', main, log, delaysMs: [1] })
  return { bus, spool, main, warnings, begin }
}

async function until(what: string, check: () => boolean): Promise<void> {
  for (let tries = 0; !check(); tries++) {
    if (tries > 500) throw new Error(`not in time: ${what}`)
    await sleep(10)
  }
}

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `${from + i}`)

test('what is handed over is there once and in order, whatever breaks before or after main took it', async () => {
  const { spool, main, begin } = await lay()
  let calls = 0
  const sometimes = (every: number) => () => {
    if (++calls % every === 0) throw new Error('the connection broke')
  }
  main.before = sometimes(3)
  main.after = sometimes(2)
  const forwarding = begin()
  for (const number of numbers(0, 200)) {
    await spool.append([chunk(number)])
    if (Number(number) % 20 === 0) await sleep(2)
  }
  await until('all is there', () => main.taken.length >= 200 && spool.waitingBytes === 0)
  assert.deepEqual(main.taken, numbers(0, 200))
  await forwarding.close()
})

test('it goes on after its own end: what was not handed over waits, and counts against the bound', async () => {
  const { bus, spool, main, begin } = await lay()
  await spool.append(numbers(0, 5).map(chunk))
  const first = begin()
  await until('the first are there', () => main.taken.length === 5)
  await first.close()
  await spool.append(numbers(5, 9).map(chunk))
  const from = (await bus.committed('forward', spoolTopic, spoolPartition))!
  const again = await openSpool(bus, from, 1 << 20)
  assert.equal(again.waitingBytes, 4)
  const second = begin(again)
  await until('the rest is there', () => main.taken.length === 9 && again.waitingBytes === 0)
  assert.deepEqual(main.taken, numbers(0, 9))
  await second.close()
})

test('a main Picket that was restored to an earlier state gets again what the spool has; a new one only what is new', async () => {
  const { spool, main, warnings, begin } = await lay()
  await spool.append(numbers(0, 10).map(chunk))
  let forwarding = begin()
  await until('all is there', () => main.taken.length === 10)
  await forwarding.close()
  main.taken = numbers(0, 4)
  main.next = 4
  forwarding = begin()
  await until('it was given again', () => main.taken.length === 10 && spool.waitingBytes === 0)
  assert.deepEqual(main.taken, numbers(0, 10))
  assert.ok(warnings.some(text => text.includes('restored to an earlier state')))
  await forwarding.close()
  main.taken = []
  main.next = undefined
  await spool.append([chunk('10')])
  forwarding = begin()
  await until('the new one is there', () => main.taken.length === 1)
  assert.deepEqual(main.taken, ['10'])
  await forwarding.close()
})

test('at the bound, appends wait until main has taken some; why is told', async () => {
  const { spool, main, begin } = await lay(100)
  main.before = () => {
    throw new Error('it is away')
  }
  const forwarding = begin()
  await spool.append([chunk('x'.repeat(101))])
  assert.ok(spool.full)
  let appended = false
  const waiting = spool.append([chunk('y')]).then(() => {
    appended = true
  })
  await sleep(50)
  assert.ok(!appended)
  assert.match(forwarding.problem ?? '', /it is away/)
  main.before = undefined
  await waiting
  await until('all is there', () => main.taken.length === 2)
  await until('all is well', () => forwarding.problem === undefined)
  await forwarding.close()
})
