/** The loop between bus and store, in memory: crashes between all steps, failures of the world, and poison. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { memoryBus } from '../bus/memory.ts'
import type { Bus } from '../core/bus.ts'
import type { Chunk } from '../core/chunk.ts'
import { PicketError } from '../core/errors.ts'
import { idText } from '../core/identity.ts'
import { packRules } from '../detect/packed-rules.ts'
import type { DetectionRule } from '../detect/rule.ts'
import { all } from '../filter/expression.ts'
import { keptEvents, listAlerts } from '../state/alert-list.ts'
import { raiseAlerts } from '../state/alerts.ts'
import { type Ledger, openLedger } from '../state/ledger.ts'
import { memoryState, type State } from '../state/state.ts'
import { Detection } from './detection.ts'
import { type Intake, openIntake, rawTopic } from './intake.ts'
import { Pipeline, type PipelineOptions } from './pipeline.ts'
import { BatchWorker, type WorkerReply, type WorkerRequest } from './worker.ts'

/** What survives a crash. */
type World = {
  readonly bus: Bus
  readonly ledger: Ledger
  /** Ids of the rows, as often as they were stored. */
  readonly rows: string[]
  readonly tokens: Set<string>
  readonly state: State
  /** How often the rule was read again. */
  rulesRead: number
}

async function newWorld(): Promise<World> {
  const bus = memoryBus()
  await bus.createTopic(rawTopic, { partitions: 1 })
  const state = memoryState()
  return { bus, ledger: openLedger(state), rows: [], tokens: new Set(), state, rulesRead: 0 }
}

class Crash extends Error {}

/** Ends the process at its step number `crashAt`: neither that nor anything after it happens. */
class Steps {
  readonly #crashAt: number
  readonly taken: string[] = []

  constructor(crashAt = Number.POSITIVE_INFINITY) {
    this.#crashAt = crashAt
  }

  get crashed(): boolean {
    return this.taken.length > this.#crashAt
  }

  at(name: string): void {
    if (!this.crashed) this.taken.push(name)
    if (this.crashed) throw new Crash(name)
  }

  /** Before and after it are two steps. */
  sync<A extends unknown[], R>(name: string, fn: (...args: A) => R): (...args: A) => R {
    return (...args) => {
      this.at(`before ${name}`)
      const result = fn(...args)
      this.at(`after ${name}`)
      return result
    }
  }

  async<A extends unknown[], R>(name: string, fn: (...args: A) => Promise<R>): (...args: A) => Promise<R> {
    return async (...args) => {
      this.at(`before ${name}`)
      const result = await fn(...args)
      this.at(`after ${name}`)
      return result
    }
  }
}

/** A rule that each row meets, another version of it whenever it is read. */
function ruleOf(world: World): DetectionRule {
  const version = String(++world.rulesRead)
  const summary = { id: 'each', version, kind: 'rule', title: 'Each', level: 'low', tags: [] } as const
  return { summary, route: all, expression: all, groupBy: ['message'] }
}

/** A block is the ids of its rows. The rule is read again before each batch: it must hold for all. */
function runHere(world: World): PipelineOptions['pool'] {
  const detection = new Detection()
  const worker = new BatchWorker(detection)
  return {
    async run(request: WorkerRequest): Promise<WorkerReply & { ok: true }> {
      detection.applyRules(packRules([ruleOf(world)]))
      const reply = worker.run(request)
      return { ...reply, block: new Uint8Array(reply.ids.buffer, reply.ids.byteOffset, reply.ids.byteLength) }
    }
  }
}

function memoryStore(world: World): PipelineOptions['store'] {
  return {
    async insert(block, token) {
      if (world.tokens.has(token)) return
      world.tokens.add(token)
      const ids = new Uint32Array(block.buffer, block.byteOffset, block.length / 4)
      for (let i = 0; i < ids.length; i += 2) world.rows.push(idText(ids[i]!, ids[i + 1]!))
    },
    async existingIds() {
      return Uint32Array.from(
        world.rows.flatMap(id => [Number.parseInt(id.slice(0, 8), 16), Number.parseInt(id.slice(8), 16)])
      )
    }
  }
}

type Life = { readonly pipeline: Pipeline; readonly intake: Intake; readonly ended: Promise<unknown> }

async function live(world: World, options: Partial<PipelineOptions> = {}, steps = new Steps()): Promise<Life> {
  const { ledger } = world
  const ledgerOfLife: Ledger = {
    ...ledger,
    arrived: steps.sync('arrived', ledger.arrived),
    setIntent: steps.sync('setIntent', ledger.setIntent),
    settle: steps.sync('settle', ledger.settle)
  }
  const bus: Bus = { ...world.bus, append: steps.async('append', world.bus.append) }
  const store = memoryStore(world)
  const pool = runHere(world)
  const intake = await openIntake(bus, ledgerOfLife, { backlogBytesMax: 1 << 30, retryMs: 1 })
  const pipeline = new Pipeline({
    bus,
    ledger: ledgerOfLife,
    intake,
    store: {
      insert: steps.async('insert', store.insert),
      existingIds: steps.async('existingIds', store.existingIds)
    },
    pool: { run: steps.async('run', pool.run) },
    busId: 'bus',
    log: { info: () => {}, warn: () => {} },
    sleep: () => sleep(1),
    batchRecords: 5,
    lingerMs: 1,
    raise: steps.sync('raise', matches => void raiseAlerts(world.state, matches, nowMs)),
    ...options
  })
  const ended = pipeline.start().then(
    () => undefined,
    error => error
  )
  return { pipeline, intake, ended }
}

const time = '2026-01-02T03:04:05.678Z'
const nowMs = Date.UTC(2026, 0, 3)

/** Lines of JSON; `!` is a record that cannot be read. */
function chunk(prefix: number, records: readonly string[], more: Partial<Chunk['headers']> = {}): Chunk {
  const lines = records.map(record => (record === '!' ? 'not json' : JSON.stringify({ time, record })))
  return {
    headers: {
      source: 'test',
      format: 'ndjson',
      framing: 'lines',
      records: records.length,
      receivedMs: 1_800_000_000_000,
      prefix: prefix.toString(16).padStart(8, '0'),
      run: '',
      ...more
    },
    body: Buffer.from(lines.join('\n') + '\n')
  }
}

/** The first chunk comes again as the fourth; the third holds a dead letter. 12 different records. */
const sent: readonly Chunk[] = [
  chunk(1000, ['a', 'b', 'c']),
  chunk(2000, ['d', 'e']),
  chunk(3000, ['f', '!', 'g']),
  chunk(1000, ['a', 'b', 'c']),
  chunk(4000, ['h', 'i', 'j', 'k'])
]
const differentRecords = 12

/** Sends what was not acknowledged, waits until all is settled. False if the life ended before. */
async function sendAll(life: Life, from: { acknowledged: number }, world: World): Promise<boolean> {
  try {
    while (from.acknowledged < sent.length) {
      await life.intake.append([sent[from.acknowledged]!])
      from.acknowledged++
    }
  } catch (error) {
    assert.ok(error instanceof Crash, String(error))
    return false
  }
  const { end } = await world.bus.ends(rawTopic, 0)
  const settled = async (): Promise<true> => {
    while (world.ledger.committed(rawTopic, 0) < end) await sleep(1)
    return true
  }
  const ended = life.ended.then(() => false as const)
  return Promise.race([settled(), ended])
}

function assertExactlyOnce(world: World, what: string): void {
  assert.equal(world.rows.length, differentRecords, what)
  assert.equal(new Set(world.rows).size, differentRecords, what)
  const { totals, pending } = world.ledger.report()
  assert.equal(pending, 0, what)
  assert.equal(totals.stored + totals.deadLettered, differentRecords, `${what} ${JSON.stringify(totals)}`)
  assert.equal(totals.deadLettered, 1, what)
  assert.equal(totals.received, totals.stored + totals.deadLettered + totals.duplicates, what)
  assert.equal(world.ledger.intent(rawTopic, 0), undefined, what)
  assert.deepEqual(alerted(world), world.rows.toSorted(), `each row alerted once: ${what}`)
}

/** The ids of the rows that made alerts, each as often as it did. */
function alerted(world: World): string[] {
  const { alerts } = listAlerts(world.state, {}, { sort: 'created', limit: 100 }, nowMs)
  return alerts
    .flatMap(({ id, count }) => {
      const { first, latest } = keptEvents(world.state, id)
      const kept = [...first, ...latest].map(event => event.id)
      assert.equal(kept.length, count)
      return kept
    })
    .sort()
}

/** One life after the other: each ends at its step, the last lives on. */
async function livesAndDeaths(crashes: readonly number[]): Promise<{ steps: Steps; survived: boolean }> {
  const world = await newWorld()
  const from = { acknowledged: 0 }
  let steps = new Steps()
  let survived = true
  for (const crashAt of crashes) {
    steps = new Steps(crashAt)
    let life: Life | undefined
    try {
      life = await live(world, {}, steps)
    } catch (error) {
      // Already while the intake caught up.
      assert.ok(error instanceof Crash, String(error))
    }
    survived = life !== undefined && (await sendAll(life, from, world))
    if (life !== undefined) {
      await life.pipeline.stop()
      await life.ended
    }
  }
  const last = await live(world)
  assert.ok(await sendAll(last, from, world))
  await last.pipeline.stop()
  assert.equal(await last.ended, undefined)
  assertExactlyOnce(world, `crashed at ${crashes.join(' and ')}: ${steps.taken.at(-1)}`)
  return { steps, survived }
}

test('records pass: stored once, duplicates and dead letters counted', async () => {
  const { steps } = await livesAndDeaths([1e9])
  for (const step of ['append', 'arrived', 'run', 'existingIds', 'setIntent', 'insert', 'settle', 'raise'])
    assert.ok(steps.taken.includes(`after ${step}`), step)
})

test('a crash between any two steps changes nothing', async () => {
  let step = 0
  for (; ; step++) {
    const { survived } = await livesAndDeaths([step])
    if (survived) break
  }
  assert.ok(step > 25, `${step} steps`)
})

test('two crashes, the second while the first is being repaired', async () => {
  for (let first = 0; first < 40; first += 3) {
    for (let second = 0; second < 16; second++) await livesAndDeaths([first, second])
  }
})

test('a batch that was stored, not settled, and cannot be made again whole alerts once all the same', async () => {
  const { steps } = await livesAndDeaths([1e9])
  const world = await newWorld()
  const from = { acknowledged: 0 }
  const dying = await live(world, {}, new Steps(steps.taken.indexOf('after insert')))
  assert.equal(await sendAll(dying, from, world), false)
  await dying.pipeline.stop()
  assert.ok(world.rows.length > 0, 'it was stored')
  assert.deepEqual(alerted(world), [], 'and alerted nobody')
  const pool = runHere(world)
  const whole: number[] = []
  const last = await live(world, {
    pool: {
      async run(request) {
        if (request.chunks.length === 1) return pool.run(request)
        whole.push(request.chunks.length)
        throw new PicketError('worker-failed', 'too large')
      }
    }
  })
  assert.ok(await sendAll(last, from, world))
  await last.pipeline.stop()
  assert.ok(whole.length > 0, 'a batch of several chunks was tried')
  assert.equal(world.rows.length, differentRecords)
  assert.deepEqual(alerted(world), world.rows.toSorted())
})

test('what the world refuses is tried again with the same token, and the stall is told', async () => {
  const world = await newWorld()
  const store = memoryStore(world)
  const tokens: string[] = []
  const stalls: (string | undefined)[] = []
  let lookUps = 0
  const life: Life = await live(world, {
    store: {
      async existingIds(batch) {
        if (lookUps++ === 0) throw new PicketError('store-unreachable', 'gone', { retryable: true })
        return store.existingIds(batch)
      },
      async insert(block, token) {
        tokens.push(token)
        stalls.push(life.pipeline.state.stalled)
        if (tokens.length <= 3) {
          // The second attempt arrived, but its answer was lost.
          if (tokens.length === 2) await store.insert(block, token)
          throw new PicketError('store-full', 'the disk is full', { retryable: true })
        }
        await store.insert(block, token)
      }
    }
  })
  assert.ok(await sendAll(life, { acknowledged: 0 }, world))
  await life.pipeline.stop()
  assertExactlyOnce(world, 'world failures')
  assert.equal(new Set(tokens.slice(0, 4)).size, 1)
  assert.equal(stalls[1], 'the disk is full')
  assert.equal(life.pipeline.state.stalled, undefined)
})

test('the ledger that cannot be written holds the pipeline and the sources, and nothing is miscounted', async () => {
  const world = await newWorld()
  const full = new PicketError('ledger-write', 'full', { retryable: true })
  const { arrived, settle, setIntent } = world.ledger
  let refused = 0
  const failing = <A extends unknown[]>(fn: (...args: A) => void) => {
    let calls = 0
    return (...args: A): void => {
      if (calls++ % 2 === 0) {
        refused++
        throw full
      }
      fn(...args)
    }
  }
  const flaky: World = {
    ...world,
    ledger: { ...world.ledger, arrived: failing(arrived), settle: failing(settle), setIntent: failing(setIntent) }
  }
  const life = await live(flaky)
  assert.ok(await sendAll(life, { acknowledged: 0 }, world))
  await life.pipeline.stop()
  assertExactlyOnce(world, 'ledger failures')
  assert.ok(refused >= 6, String(refused))
})

/** Sends, settles, stops. */
async function run(world: World, options: Partial<PipelineOptions>): Promise<void> {
  const life = await live(world, options)
  assert.ok(await sendAll(life, { acknowledged: 0 }, world))
  await life.pipeline.stop()
  assert.equal(await life.ended, undefined)
}

function assertOnlyPoisonIsDead(world: World): void {
  const { totals, sources, pending } = world.ledger.report()
  // The chunk of the poison, 4 records, and the one that is not JSON.
  assert.deepEqual(totals, { received: 15, stored: 7, deadLettered: 5, duplicates: 3 })
  assert.equal(pending, 0)
  assert.match(sources[0]!.reasons[0]!.reason, /the record/)
  assert.equal(new Set(world.rows).size, world.rows.length)
  assert.equal(world.rows.length, 12)
}

test('a batch that the store refuses for good is divided; only the chunk at fault becomes dead letters', async () => {
  const world = await newWorld()
  const store = memoryStore(world)
  const refused = new PicketError('store-refused', 'bad block', { retryable: false })
  const here = runHere(world)
  await run(world, {
    batchRecords: 100,
    pool: {
      async run(request) {
        const reply = await here.run(request)
        const isPoison = request.chunks.some(
          ({ headers }) => headers.prefix === '00000fa0' && headers.dead === undefined
        )
        // An id of all ones tells the store: blocks here are only ids.
        return isPoison ? { ...reply, block: Buffer.concat([reply.block, Buffer.alloc(8, 0xff)]) } : reply
      }
    },
    store: {
      existingIds: store.existingIds,
      async insert(block, token) {
        if (block.length >= 8 && block.readUInt32LE(block.length - 4) === 0xffffffff) throw refused
        await store.insert(block, token)
      }
    }
  })
  assertOnlyPoisonIsDead(world)
})

test('a chunk that kills its workers becomes dead letters, the others pass', async () => {
  const world = await newWorld()
  const here = runHere(world)
  await run(world, {
    batchRecords: 100,
    pool: {
      async run(request) {
        if (request.chunks.some(({ headers }) => headers.prefix === '00000fa0' && headers.dead === undefined))
          throw new PicketError('worker-poisoned', 'a batch ended 3 pipeline workers')
        return here.run(request)
      }
    }
  })
  assertOnlyPoisonIsDead(world)
})

test('a look for duplicates that can never succeed divides, and does not end the pipeline', async () => {
  const world = await newWorld()
  const store = memoryStore(world)
  const here = runHere(world)
  let poison = false
  await run(world, {
    batchRecords: 100,
    pool: {
      async run(request) {
        poison = request.chunks.some(({ headers }) => headers.prefix === '00000fa0' && headers.dead === undefined)
        return here.run(request)
      }
    },
    depth: 1,
    store: {
      ...store,
      async existingIds(batch) {
        if (poison) throw new PicketError('store-refused', 'bad query', { retryable: false })
        return store.existingIds(batch)
      }
    }
  })
  assertOnlyPoisonIsDead(world)
})

test('stopping while the store is away leaves all of it on the bus, and nothing dead', async () => {
  const world = await newWorld()
  const life = await live(world, {
    store: {
      existingIds: async () => new Uint32Array(0),
      insert: async () => {
        throw new PicketError('store-unreachable', 'gone', { retryable: true })
      }
    },
    sleep: ms => sleep(ms)
  })
  await life.intake.append([sent[0]!])
  while (life.pipeline.state.stalled === undefined) await sleep(5)
  await sleep(300)
  const startedMs = performance.now()
  await life.pipeline.stop()
  assert.ok(performance.now() - startedMs < 4000)
  assert.equal(await life.ended, undefined)
  assert.equal(world.ledger.committed(rawTopic, 0), 0)
  assert.equal(world.ledger.report().pending, 3)
  const next = await live(world)
  assert.ok(await sendAll(next, { acknowledged: 1 }, world))
  await next.pipeline.stop()
  assertExactlyOnce(world, 'after a stop')
})

test('a stretch of the bus that cannot be read is counted as dead letters', async () => {
  const world = await newWorld()
  const before = await openIntake(world.bus, world.ledger, { backlogBytesMax: 1 << 30 })
  await before.append(sent)
  const bus: Bus = {
    ...world.bus,
    async read(topic, partition, offset, maxBytes) {
      const read = await world.bus.read(topic, partition, offset, maxBytes)
      if (offset > 1) return read
      const corrupt = { fromOffset: 1, toOffset: 3, bytes: 100, reason: 'checksum' }
      const whole = read.messages.filter(message => message.offset < 1)
      if (offset === 0 && whole.length > 0) return { messages: whole, nextOffset: 1, corrupt: [] }
      return {
        messages: read.messages.filter(message => message.offset >= 3),
        nextOffset: read.nextOffset,
        corrupt: [corrupt]
      }
    }
  }
  const life = await live({ ...world, bus })
  assert.ok(await sendAll(life, { acknowledged: sent.length }, world))
  await life.pipeline.stop()
  const { totals, pending, sources } = world.ledger.report()
  assert.equal(pending, 0)
  assert.deepEqual(totals, { received: 15, stored: 7, deadLettered: 5, duplicates: 3 })
  assert.match(sources[0]!.reasons[0]!.reason, /the bus could not be read \(checksum, offsets 1 to 2 of raw\)/)
})

test("another bus's tokens are not this one's", async () => {
  const world = await newWorld()
  await run(world, {})
  assert.ok([...world.tokens].every(token => token.startsWith('bus/raw/0/')))
})

test('a bus that ends before what was processed is not taken for the same', async () => {
  const world = await newWorld()
  await run(world, {})
  const bus = memoryBus()
  await bus.createTopic(rawTopic, { partitions: 1 })
  const life = await live({ ...world, bus })
  const error = await life.ended
  assert.ok(error instanceof PicketError && error.code === 'pipeline-position')
  assert.match(life.pipeline.state.failed ?? '', /is this the bus's folder/)
})
