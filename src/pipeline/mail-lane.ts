/**
 * The mail lane: from the topic `email.raw` to `raw`, in order. What needs the network is found out by a thread, for many mails at once; what was found goes along as
 * the first header line of each mail's chunk (`src/mail/facts.ts`). See docs/adr/0023.
 *
 * A mail that ends the thread is tried alone, and again; then it is a dead letter. What cannot be read of the topic is counted as dead letters.
 */

import { Worker } from 'node:worker_threads'
import type { Bus, CorruptRange, StoredMessage } from '../core/bus.ts'
import { type Chunk, forEachSized } from '../core/chunk.ts'
import { messageOf, PicketError } from '../core/errors.ts'
import { domainOf } from '../mail/addresses.ts'
import { type MailFacts, readFacts } from '../mail/facts.ts'
import { siteOf } from '../mail/links.ts'
import type { Ledger } from '../state/ledger.ts'
import type { MailSenders } from '../state/mail-senders.ts'
import { chunkOf, type Intake, mailTopic, rawPartition } from './intake.ts'
import { lostOutcomes } from './lost.ts'
import type { MailResult, ThreadReply, ThreadRequest, ThreadSettings } from './mail-thread.ts'

export type MailLaneOptions = {
  readonly bus: Bus
  readonly ledger: Ledger
  readonly intake: Pick<Intake, 'carry'>
  readonly senders: MailSenders
  readonly settings: ThreadSettings
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void }
  readonly nowMs: () => number
  readonly retryMs?: number
}

export type MailLane = {
  /** For the mails from the next on. */
  use(settings: ThreadSettings): void
  readonly figures: { readonly carried: number; readonly stalled: string | undefined; readonly threadsLost: number }
  /** Resolves when what is under way is carried over. */
  close(): Promise<void>
}

const mailsMax = 128
const bytesMax = 96 << 20
const appendBytesMax = 8 << 20
const headerLineMax = 40_000
const triesMax = 2
const notedMax = 2000
const noteEveryMs = 1000

/** A message of the topic, and what becomes of each of its mails; or a stretch of it that cannot be read. */
type Item = {
  readonly next: number
  readonly bytes: number
  readonly results: Promise<readonly Found[]>
  readonly lost?: CorruptRange
}
type Found = { readonly chunk: Chunk; readonly result: MailResult }

export function openMailLane(options: MailLaneOptions): MailLane {
  const { bus, ledger, intake, senders, log } = options
  const stop = new AbortController()
  const thread = new MailThread(options.settings, log)
  /** Senders that are not written down yet: each writing waits for the disk. A crash forgets the latest, who are new once more. */
  const noted = new Set<string>()
  let notedMs = 0
  let carried = 0
  let stalled: string | undefined
  let offset = ledger.committed(mailTopic, rawPartition)

  const patiently = async <T>(what: string, attempt: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        const done = await attempt()
        stalled = undefined
        return done
      } catch (error) {
        if (!(error instanceof PicketError) || !error.retryable || stop.signal.aborted) throw error
        if (stalled === undefined) log.warn({ error: error.message }, `${what} failed and is tried again`)
        stalled = error.message
        await new Promise(resolve => setTimeout(resolve, options.retryMs ?? 1000))
      }
    }
  }

  const begin = (message: StoredMessage): Item => {
    const chunk = chunkOf(message)
    const mails: Buffer[] = []
    forEachSized(chunk.body, (start, end) => void mails.push(chunk.body.subarray(start, end)))
    const known = readFacts(chunk.headers.header?.[0])
    const results = Promise.all(
      mails.map(async (mail, i): Promise<Found> => {
        const result = await thread.findOut(chunk.headers, known, mail)
        const firstIndex = (chunk.headers.firstIndex ?? 0) + i
        return { chunk: { headers: { ...chunk.headers, records: 1, firstIndex }, body: mail }, result }
      })
    )
    // What was announced and is not there is counted by the worker, as of all chunks.
    const missing = chunk.headers.records - mails.length
    const all = missing <= 0 ? results : results.then(found => [...found, absent(chunk, missing)])
    // Its failure is met when its turn comes.
    all.catch(() => {})
    return { next: message.offset + 1, bytes: message.value.length, results: all }
  }

  const inOrder = (messages: readonly StoredMessage[], corrupt: readonly CorruptRange[]) =>
    [
      ...messages.map(message => ({ at: message.offset, begin: () => begin(message) })),
      ...corrupt.map(lost => ({
        at: lost.fromOffset,
        begin: (): Item => ({ next: lost.toOffset, bytes: 0, results: Promise.resolve([]), lost })
      }))
    ].sort((a, b) => a.at - b.at)

  const writeSenders = (): void => {
    try {
      senders.saw(noted, options.nowMs())
      noted.clear()
    } catch (error) {
      log.warn({ error: messageOf(error) }, 'the senders of mail could not be noted')
    }
    notedMs = options.nowMs()
  }

  /** The mails of an item as chunks for `raw`, with what is known of their senders by now. */
  const finish = (found: readonly Found[], seen: Set<string>): Chunk[] =>
    found.flatMap(({ chunk, result }) => {
      if (chunk.body.length === 0) return [chunk]
      const address = result.from?.toLowerCase()
      const site = siteOf(domainOf(address))
      const isNew = (sender: string | undefined): boolean | undefined =>
        sender === undefined ? undefined : !seen.has(sender) && !noted.has(sender) && !senders.has(sender)
      const known = readFacts(chunk.headers.header?.[0])
      const facts: MailFacts = {
        ...result.facts,
        receivedMs: known.receivedMs,
        newSender: isNew(address),
        newDomain: isNew(site)
      }
      for (const sender of [address, site]) if (sender !== undefined) seen.add(sender)
      const body = Buffer.allocUnsafe(4 + result.mail.length)
      body.writeUInt32LE(result.mail.length, 0)
      body.set(result.mail, 4)
      const headers = { ...chunk.headers, header: [factsLine(facts)], framing: 'sized' as const }
      const mail: Chunk = { headers: result.dead === undefined ? headers : { ...headers, dead: result.dead }, body }
      return [
        mail,
        ...result.attached.map(each => ({
          headers: each.headers,
          body: Buffer.from(each.body.buffer, each.body.byteOffset, each.body.byteLength)
        }))
      ]
    })

  const run = async (): Promise<void> => {
    const items: Item[] = []
    let held = 0
    let unread: { readonly at: number; begin(): Item }[] = []
    while (!stop.signal.aborted || items.length > 0) {
      // As many as may be looked at once.
      while (items.length < mailsMax && held < bytesMax && !stop.signal.aborted) {
        if (unread.length === 0) {
          const read = await bus.read(mailTopic, rawPartition, offset, 8 << 20)
          if (read.messages.length + read.corrupt.length === 0 && read.nextOffset <= offset) break
          // What cannot be read has its place among the mails: the position must not overtake them.
          unread = inOrder(read.messages, read.corrupt)
          offset = Math.max(offset, read.nextOffset)
        }
        const next = unread.shift()
        if (next === undefined) continue
        const item = next.begin()
        items.push(item)
        held += item.bytes
      }
      if (items.length === 0) {
        if (stop.signal.aborted) return
        await bus.waitFor(mailTopic, rawPartition, offset, stop.signal).catch(error => {
          if (!stop.signal.aborted) throw error
        })
        continue
      }
      const { lost } = items[0]!
      if (lost !== undefined) {
        await patiently('writing the ledger', async () => settleLost(lost))
        items.shift()
        continue
      }
      // The first is waited for; those behind it that are ready go along.
      const seen = new Set<string>()
      const chunks: Chunk[] = []
      let next = offset
      let bytes = 0
      do {
        const item = items[0]!
        chunks.push(...finish(await item.results, seen))
        bytes += item.bytes
        held -= item.bytes
        next = item.next
        items.shift()
      } while (
        items[0]?.lost === undefined &&
        items.length > 0 &&
        bytes < appendBytesMax &&
        (await isReady(items[0]!.results))
      )
      await patiently('carrying mails over', () => intake.carry(chunks, next))
      carried += chunks.length
      for (const sender of seen) noted.add(sender)
      if (noted.size >= notedMax || options.nowMs() - notedMs > noteEveryMs) writeSenders()
    }
  }

  const settleLost = (range: CorruptRange): void => {
    log.warn({ ...range }, 'a stretch of the topic of mails cannot be read; its mails are counted as dead letters')
    ledger.settle(mailTopic, rawPartition, range.toOffset, lostOutcomes(ledger, mailTopic, range))
  }

  const running = run().catch(error => {
    if (stop.signal.aborted) return
    stalled = messageOf(error)
    log.warn({ error: error instanceof Error ? error.stack : messageOf(error) }, 'the mail lane stopped: mails wait')
  })

  return {
    use: settings => thread.use(settings),
    get figures() {
      return { carried, stalled, threadsLost: thread.lost }
    },
    async close() {
      stop.abort()
      await running
      if (noted.size > 0) writeSenders()
      await thread.close()
    }
  }
}

function absent({ headers }: Chunk, records: number): Found {
  const dead = 'the record was announced by its source but not found in its chunk'
  const body = Buffer.alloc(0)
  return {
    chunk: { headers: { ...headers, records, dead }, body },
    result: { facts: {}, from: undefined, mail: body, attached: [] }
  }
}

async function isReady(promise: Promise<unknown>): Promise<boolean> {
  const no = Symbol('not yet')
  return (await Promise.race([promise.catch(() => undefined), Promise.resolve(no)])) !== no
}

/** Facts that are too long for a header lose their longest lists, never their results. */
function factsLine(facts: MailFacts): string {
  const line = JSON.stringify(facts)
  if (line.length <= headerLineMax) return line
  const { envelope } = facts
  return JSON.stringify({
    ...facts,
    envelope: envelope === undefined ? undefined : { ...envelope, to: envelope.to?.slice(0, 50) },
    leftOut: facts.leftOut?.map(one => ({ ...one, judged: { ...one.judged, inside: [] } }))
  })
}

type Job = {
  readonly request: Omit<Extract<ThreadRequest, { number: number }>, 'mail'>
  readonly mail: Buffer
  tries: number
  resolve(result: MailResult): void
}

/** The thread, started with the first mail; begun again where a mail ends it, with the mails that it had, one after the other. */
class MailThread {
  #settings: ThreadSettings
  readonly #log: MailLaneOptions['log']
  readonly #jobs = new Map<number, Job>()
  #worker: Worker | undefined
  #number = 0
  #alone: Job[] = []
  #closed = false
  lost = 0

  constructor(settings: ThreadSettings, log: MailLaneOptions['log']) {
    this.#settings = settings
    this.#log = log
  }

  use(settings: ThreadSettings): void {
    this.#settings = settings
    this.#worker?.postMessage({ settings } satisfies ThreadRequest)
  }

  findOut(headers: Chunk['headers'], facts: MailFacts, mail: Buffer): Promise<MailResult> {
    return new Promise(resolve => {
      const request = { number: ++this.#number, headers, envelope: facts.envelope }
      const job: Job = { request, mail, tries: 0, resolve }
      // While mails are tried alone, others wait.
      if (this.#alone.length > 0) this.#alone.push(job)
      else this.#give(job)
    })
  }

  #give(job: Job): void {
    this.#jobs.set(job.request.number, job)
    this.#worker ??= this.#start()
    // A copy to give away: the mail is given again if the thread ends.
    const mail = new Uint8Array(job.mail)
    this.#worker.postMessage({ ...job.request, mail } satisfies ThreadRequest, [mail.buffer])
  }

  #start(): Worker {
    const worker = new Worker(new URL('./mail-thread.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: 768, maxYoungGenerationSizeMb: 48 }
    })
    worker.postMessage({ settings: this.#settings } satisfies ThreadRequest)
    worker.on('message', (reply: ThreadReply) => {
      const job = this.#jobs.get(reply.number)
      this.#jobs.delete(reply.number)
      job?.resolve('error' in reply ? withoutFacts(job, `the mail could not be looked at: ${reply.error}`) : reply)
      this.#nextAlone()
    })
    worker.on('error', error => this.#log.warn({ error: messageOf(error) }, 'the thread of the mail lane failed'))
    worker.on('exit', () => {
      if (this.#closed || this.#worker !== worker) return
      this.#worker = undefined
      this.lost++
      const left = [...this.#jobs.values()]
      this.#jobs.clear()
      const wasAlone = left.length === 1
      for (const job of left) if (wasAlone || job.tries > 0) job.tries++
      const poisoned = left.filter(job => job.tries >= triesMax)
      for (const job of poisoned)
        job.resolve(withoutFacts(job, `the mail ended the thread that looked at it, ${triesMax} times`))
      this.#alone = [...left.filter(job => job.tries < triesMax), ...this.#alone]
      this.#nextAlone()
    })
    return worker
  }

  #nextAlone(): void {
    if (this.#alone.length === 0 || this.#jobs.size > 0 || this.#closed) return
    const job = this.#alone.shift()!
    this.#give(job)
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#worker?.terminate()
  }
}

/** A mail of which nothing was found out is a dead letter with its beginning. */
function withoutFacts({ mail }: Job, dead: string): MailResult {
  return { facts: {}, from: undefined, mail: mail.subarray(0, 65_536), dead, attached: [] }
}
