/**
 * A pipeline worker: chunks in, a `Native` block and the outcomes out. All CPU-heavy work (parsing, normalising, encoding) is here,
 * off the main thread; here, too, the rules look at each event that is stored. It keeps nothing between batches but caches, so that a
 * killed worker's batch can be given to another.
 */

import { isUtf8 } from 'node:buffer'
import { parentPort, workerData } from 'node:worker_threads'
import { crc32 } from 'node:zlib'
import type { Chunk, ChunkHeaders } from '../core/chunk.ts'
import { type MatchGroup, testField } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import { hashIdentity, IdSet, placeHigh, placesIn } from '../core/identity.ts'
import { type EcsEvent, NO_EVENT, type Parsed } from '../core/parser.ts'
import { parseIso } from '../core/time.ts'
import type { PackedRules } from '../detect/packed-rules.ts'
import type { IndicatorMatch } from '../intel/match.ts'
import { type MailSettings, setMailSettings } from '../mail/settings.ts'
import { declaredParser } from '../parsers/declared/declared.ts'
import type { Definition } from '../parsers/declared/definition.ts'
import { parserNamed, setOwnParsers } from '../parsers/index.ts'
import { LooksBySender } from '../parsers/looks.ts'
import { forEachRecord, type RecordReceiver } from '../parsers/parse-chunk.ts'
import { giveBack } from '../platform/memory.ts'
import type { Outcome } from '../state/ledger.ts'
import { EventEncoder } from '../store/encode/event-encoder.ts'
import { Detection } from './detection.ts'
import { lendMailDigest } from './mail-digest.ts'
import type { IndicatorsForWorkers } from './table-build.ts'

export type WorkerRequest = {
  readonly number: number
  readonly chunks: readonly { readonly headers: ChunkHeaders; readonly body: Uint8Array }[]
  /** Ids that the store holds already (pairs of halves): their records are duplicates. */
  readonly known: Uint32Array
  /** Where it is given: known records that are not among these are looked at by the detectors, though they are not stored again. */
  readonly matched?: Uint32Array | undefined
  /** The batch's place in the order of commits, which its rows carry: see `position.ts`. */
  readonly position?: number
}

/** People's own parsers, the rules and the indicators in force: what a worker is born with, and is told when they change. */
export type WorkerMessage = {
  readonly definitions?: readonly Definition[]
  readonly rules?: PackedRules
  readonly indicators?: IndicatorsForWorkers
  /** What the checks of mail are told by the configuration. */
  readonly mail?: MailSettings
}

export type WorkerReply =
  | {
      readonly number: number
      readonly ok: true
      readonly rows: number
      readonly block: Uint8Array
      /** Pairs of halves (high, low), one a row. */
      readonly ids: Uint32Array
      /** Hours since 1970 in seconds, distinct; empty if there are more than 2000. */
      readonly hours: readonly number[]
      readonly fromUs: number
      readonly toUs: number
      /** The distinct upper 24 bits of the ids; empty if there are more than 4000. */
      readonly idGroups: readonly number[]
      /** How many records have no time of their own; the range and the hours are those of the others. */
      readonly undated: number
      readonly outcomes: readonly Outcome[]
      /** What the detectors found in the rows. Becomes alerts when the batch is settled, and only then. */
      readonly matches: readonly MatchGroup[]
      readonly indicators: readonly IndicatorMatch[]
      /** Rows that a detector failed on: our mistake, and told. */
      readonly undetected: readonly { readonly count: number; readonly reason: string }[]
      readonly busyMs: number
      /** Fields with a column some of whose values stand in the map, seen by this worker so far. */
      readonly spilled: readonly string[]
    }
  | { readonly number: number; readonly ok: false; readonly error: string }

const idGroupsMax = 4000
const hoursMax = 2000
/** ClickHouse's hours are 32 bits of seconds since 1970. */
const timeUsEnd = Date.UTC(2106, 0, 1) * 1000
const deadLetterKind = 'pipeline_error'
const tokenFormats = new Set(['vpc-flow'])

export class BatchWorker {
  readonly #encoder = new EventEncoder()
  readonly #seen = new IdSet(1 << 17)
  readonly #known = new IdSet(1 << 12)
  readonly #looks = new LooksBySender()
  #ids = new Uint32Array(1 << 16)
  readonly #detection: Detection

  constructor(detection = new Detection()) {
    this.#detection = detection
  }

  run(request: WorkerRequest): WorkerReply & { ok: true } {
    const startedMs = performance.now()
    const encoder = this.#encoder
    const seen = this.#seen
    const known = this.#known
    const detection = this.#detection
    encoder.begin(request.position)
    seen.clear()
    known.clear()
    for (let i = 0; i < request.known.length; i += 2) known.add(request.known[i]!, request.known[i + 1]!)
    const matched = request.matched === undefined ? undefined : idSetOf(request.matched)
    const outcomes = new Map<string, Outcome>()
    const hours = new Set<number>()
    let fromUs = Number.POSITIVE_INFINITY
    let toUs = Number.NEGATIVE_INFINITY
    let lastHour = -1
    const idGroups = new Set<number>()
    let lastGroup = -1
    let undatedRows = 0

    for (const { headers, body } of request.chunks) {
      const chunk: Chunk = { headers, body: Buffer.from(body.buffer, body.byteOffset, body.byteLength) }
      const bytes = chunk.body
      const outcome = outcomeFor(outcomes, headers)
      const prefix = Number.parseInt(headers.prefix, 16) >>> 0
      const placeOf = placesIn(headers)
      const referenceUs = (headers.referenceMs ?? headers.receivedMs) * 1000
      let accounted = 0
      const add = (
        index: number,
        start: number,
        end: number,
        text: string | undefined,
        json: unknown,
        parsed: Parsed
      ): void => {
        accounted++
        let high = prefix
        let low: number
        if (parsed.ok && parsed.identity !== undefined) {
          const hashed = hashIdentity(parsed.identity)
          high = hashed.high
          low = hashed.low
        } else if (headers.framing === 'keyed' && timeOf(parsed) !== undefined) {
          // One without a time would have to be looked for among all of those.
          high = bytes.readUInt32LE(start - 8)
          low = bytes.readUInt32LE(start - 4)
        } else {
          high = placeHigh(prefix, index)
          low = crc32(bytes.subarray(start, end))
        }
        if (known.has(high, low) || !seen.add(high, low)) {
          outcome.duplicates++
          if (matched !== undefined && !matched.has(high, low) && seen.add(high, low)) {
            const event = parsed.ok ? eventOf(parsed.event, headers) : deadLetter(headers, parsed.reason)
            const kind = parsed.ok ? (parsed.kind ?? '') : 'dead-letter'
            detection.look(event, timeOf(parsed) ?? referenceUs, kind, high, low, headers)
          }
          return
        }
        const row = encoder.rows
        if (row * 2 >= this.#ids.length) {
          const bigger = new Uint32Array(this.#ids.length * 2)
          bigger.set(this.#ids)
          this.#ids = bigger
        }
        this.#ids[row * 2] = high
        this.#ids[row * 2 + 1] = low
        let event: EcsEvent
        let timeUs = referenceUs
        let undated = true
        let kind = ''
        if (parsed.ok) {
          event = eventOf(parsed.event, headers)
          const given = timeOf(parsed)
          if (given !== undefined) {
            timeUs = given
            undated = false
          }
          kind = parsed.kind ?? ''
          outcome.stored++
        } else {
          event = deadLetter(headers, parsed.reason)
          kind = 'dead-letter'
          outcome.deadLettered++
          const group = reasonGroup(parsed.reason)
          outcome.reasons[group] = (outcome.reasons[group] ?? 0) + 1
        }
        const group = high >>> 8
        if (group !== lastGroup) {
          lastGroup = group
          if (idGroups.size <= idGroupsMax) idGroups.add(group)
        }
        if (undated) undatedRows++
        else {
          if (timeUs < fromUs) fromUs = timeUs
          if (timeUs > toUs) toUs = timeUs
          const hour = Math.floor(timeUs / 3_600_000_000) * 3600
          if (hour !== lastHour) {
            lastHour = hour
            if (hours.size <= hoursMax) hours.add(hour)
          }
        }
        encoder.add({
          event,
          timeUs,
          undated,
          kind,
          source: headers.source,
          format: headers.format,
          receivedMs: headers.receivedMs,
          idHigh: high,
          idLow: low,
          text,
          bytes,
          start,
          end,
          json: json as never,
          tokens: parsed.ok && tokenFormats.has(headers.format)
        })
        // After the encoder: the event is completed in place.
        detection.look(event, timeUs, kind, high, low, headers)
      }
      const parser = parserNamed(headers.format)
      // Of records that are bytes the text is not the original.
      const isText = parser?.input !== 'bytes'
      const valid = isText && isUtf8(bytes)
      const receive: RecordReceiver = (index, start, end, text, json, parsed) => {
        const faithful = valid || (isText && isUtf8(bytes.subarray(start, end)))
        // A record without an event (a comment inside a stream) is kept whole: what was received is accounted for.
        add(
          placeOf(index),
          start,
          end,
          faithful ? text : undefined,
          json,
          parsed === NO_EVENT ? comment(headers, text) : parsed
        )
      }
      forEachRecord(chunk, receive, parser, this.#looks.of(headers))
      // The source counted `records`; whatever the parser's view of the chunk, each is accounted for.
      for (let missing = accounted; missing < headers.records; missing++) {
        outcome.deadLettered++
        const reason = 'the record was announced by its source but not found in its chunk'
        outcome.reasons[reason] = (outcome.reasons[reason] ?? 0) + 1
      }
    }
    const rows = encoder.rows
    const block = rows === 0 ? new Uint8Array(0) : encoder.finish()
    return {
      number: request.number,
      ok: true,
      rows,
      block,
      ids: this.#ids.slice(0, rows * 2),
      hours: hours.size > hoursMax ? [] : [...hours],
      fromUs: rows === undatedRows ? 0 : fromUs,
      toUs: rows === undatedRows ? -1 : toUs,
      idGroups: idGroups.size > idGroupsMax ? [] : [...idGroups],
      undated: undatedRows,
      outcomes: [...outcomes.values()],
      ...detection.take(),
      busyMs: performance.now() - startedMs,
      spilled: [...encoder.spilled]
    }
  }
}

function idSetOf(ids: Uint32Array): IdSet {
  const set = new IdSet(Math.max(16, ids.length))
  for (let i = 0; i < ids.length; i += 2) set.add(ids[i]!, ids[i + 1]!)
  return set
}

/** The event with what the chunk says of it. */
function eventOf(event: EcsEvent, headers: ChunkHeaders): EcsEvent {
  if (headers.sender !== undefined) nameSender(event, headers.sender)
  if (headers.object !== undefined) nameObject(event, headers.object)
  labelHeartbeat(event, headers.heartbeat)
  return event
}

/** A time that no hour of the store's can name is no time: the record is found by when it came. */
function timeOf(parsed: Parsed): number | undefined {
  if (!parsed.ok) return undefined
  const stamp = parsed.event['@timestamp']
  const given = parsed.timeUs ?? (typeof stamp === 'string' ? parseIso(stamp) : undefined)
  return given !== undefined && given >= 0 && given < timeUsEnd ? given : undefined
}

function outcomeFor(outcomes: Map<string, Outcome>, headers: ChunkHeaders): Outcome {
  const hour = Math.floor(headers.receivedMs / 3_600_000)
  const key = `${headers.source}\0${headers.format}\0${headers.run}\0${hour}`
  let outcome = outcomes.get(key)
  if (outcome === undefined) {
    outcome = {
      source: headers.source,
      format: headers.format,
      run: headers.run,
      hour,
      stored: 0,
      deadLettered: 0,
      duplicates: 0,
      reasons: {}
    }
    outcomes.set(key, outcome)
  }
  return outcome
}

/** Reasons that differ only in what they quote of the record are counted together. */
function reasonGroup(reason: string): string {
  if (reason.startsWith('not JSON')) return 'not JSON'
  return reason
    .replace(/(["']).*\1/s, '…')
    .replace(/\d+/g, 'N')
    .slice(0, 160)
}

function deadLetter(headers: ChunkHeaders, reason: string): EcsEvent {
  const path = headers.object ?? headers.fileName
  return {
    event: { kind: deadLetterKind, dataset: 'picket.dead_letter', module: 'picket' },
    error: { message: reason.slice(0, 1000) },
    log:
      path === undefined && headers.sender === undefined
        ? undefined
        : {
            file: path === undefined ? undefined : { path },
            source: headers.sender === undefined ? undefined : { address: headers.sender }
          }
  }
}

/** Parsers may share the objects below an event among events: what changes is copied. */
function nameSender(event: EcsEvent, address: string): void {
  const log = event['log']
  if (log === undefined) event['log'] = { source: { address } }
  else if (typeof log === 'object' && log !== null && (log as { source?: unknown }).source === undefined)
    event['log'] = { ...log, source: { address } }
}

function nameObject(event: EcsEvent, path: string): void {
  const log = event['log']
  if (log === undefined) event['log'] = { file: { path } }
  else if (typeof log === 'object' && log !== null && (log as { file?: unknown }).file === undefined)
    event['log'] = { ...log, file: { path } }
}

const heartbeatLabel = testField.slice('labels.'.length)

/** Writes the heartbeat's label, or takes away what passes for it. */
function labelHeartbeat(event: EcsEvent, run: string | undefined): void {
  const { labels } = event
  if (run !== undefined) event['labels'] = { ...(typeof labels === 'object' && labels), [heartbeatLabel]: run }
  else if (labels !== undefined && typeof labels === 'object' && labels !== null && heartbeatLabel in labels)
    event['labels'] = { ...labels, [heartbeatLabel]: undefined }
  if (testField in event) event[testField] = undefined
}

function comment(headers: ChunkHeaders, text: string): Parsed {
  return {
    ok: true,
    event: { event: { kind: 'event', dataset: `picket.${headers.format}_comment` }, message: text },
    kind: 'comment'
  }
}

function applyDefinitions(definitions: readonly Definition[]): void {
  setOwnParsers(definitions.map(declaredParser))
}

if (parentPort !== null) {
  const port = parentPort
  const detection = new Detection()
  const worker = new BatchWorker(detection)
  lendMailDigest()
  const apply = ({ definitions, rules, indicators, mail }: WorkerMessage): void => {
    if (mail !== undefined) setMailSettings(mail)
    if (definitions !== undefined) applyDefinitions(definitions)
    if (rules !== undefined) detection.applyRules(rules)
    if (indicators !== undefined) detection.applyIndicators(indicators)
  }
  apply((workerData as WorkerMessage | null) ?? {})
  port.on('message', (request: WorkerRequest | WorkerMessage) => {
    if (!('chunks' in request)) {
      apply(request)
      return
    }
    let reply: WorkerReply
    try {
      reply = worker.run(request)
    } catch (error) {
      reply = {
        number: request.number,
        ok: false,
        error: error instanceof Error ? (error.stack ?? error.message) : messageOf(error)
      }
    }
    for (const { body } of request.chunks) giveBack(body)
    port.postMessage(reply, reply.ok ? [reply.block.buffer as ArrayBuffer, reply.ids.buffer as ArrayBuffer] : [])
  })
}
