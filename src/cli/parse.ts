/**
 * `picket parse`: files to ECS documents on standard output, one a line, without a server. The same reading and parsing as an import.
 * For trying a format, for pipes (`picket parse eve.json.gz | jq …`), and for judging parsers.
 */
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import type { Chunk } from '../core/chunk.ts'
import { messageOf, PicketError } from '../core/errors.ts'
import { completeEvent } from '../core/event.ts'
import { type EcsEvent, NO_EVENT, type Parsed, type Parser } from '../core/parser.ts'
import { isoMs } from '../core/time.ts'
import { parserNamed } from '../parsers/index.ts'
import { forEachRecord } from '../parsers/parse-chunk.ts'
import { attachedChunks } from '../pipeline/mail-attached.ts'
import { lendMailDigest } from '../pipeline/mail-digest.ts'
import { realClock } from '../platform/clock.ts'
import { openStreams } from '../sources/files/open-streams.ts'
import { type ReadOptions, readChunks } from '../sources/files/read-chunks.ts'
import { walk } from '../sources/files/walk.ts'

export type ParseOptions = {
  /** A format's name, or a parser. Default: recognised for each stream. */
  readonly format?: string | Parser
  /** Of time stamps without a zone: minutes east of UTC. */
  readonly timezone?: number
  /** Where the documents go. Default: standard output. */
  readonly out?: Writable
  /** Where reasons go. Default: standard error. */
  readonly err?: Writable
  /** What `-` reads. Default: standard input. */
  readonly stdin?: AsyncIterable<Buffer>
}

const reasonsShownMax = 10
const flushChars = 64 * 1024

/**
 * Prints one line for each record, in order: its ECS document with the record's text in `event.original`, or `null` where it holds no
 * event or was rejected (the reason goes to `err`, at most 10 of them and a count). Resolves with the exit code: 0, 1 if something could
 * not be read, 2 for a format that does not exist.
 */
export async function parseCommand(files: readonly string[], options: ParseOptions = {}): Promise<number> {
  const out = new Lines(options.out ?? process.stdout)
  const err = options.err ?? process.stderr
  const report = new Report(err)
  const { format, timezone } = options
  lendMailDigest()
  const reading: ReadOptions = { nowMs: realClock.nowMs(), format, timezoneMinutes: timezone }
  try {
    const paths = files.length === 0 ? ['-'] : files
    for await (const file of walk(paths, { onProblem: ({ path, reason }) => report.problem(`${path}: ${reason}`) })) {
      for await (const stream of openStreams(file, { stdin: options.stdin })) {
        let records = 0
        for await (const chunk of readChunks(stream, reading)) {
          records = printChunk(chunk, format, records, out, report)
          // Logs and reports that are attached to mails, as the mail lane takes them out.
          for await (const attached of attachedChunks(chunk))
            records = printChunk(attached, undefined, records, out, report)
          await out.drained()
          if (out.closed) return 0
        }
      }
    }
    await out.end()
  } catch (error) {
    if (out.closed) return 0
    await out.end()
    err.write(`picket parse: ${messageOf(error)}\n`)
    return error instanceof PicketError && error.code === 'unknown-format' ? 2 : 1
  }
  report.finish()
  return report.problems > 0 ? 1 : 0
}

/** Returns how many records of the stream there were up to and with this chunk. */
function printChunk(
  chunk: Chunk,
  format: string | Parser | undefined,
  recordsBefore: number,
  out: Lines,
  report: Report
): number {
  const { headers } = chunk
  const parser = typeof format === 'object' ? format : parserNamed(headers.format)
  // A stream that failed between records: a reason without a record.
  if (headers.dead !== undefined && chunk.body.length <= 4) {
    report.problem(`${headers.source}: ${headers.dead}`)
    return recordsBefore
  }
  const count = forEachRecord(
    chunk,
    (index, _start, _end, text, _json, parsed) => {
      if (parsed !== NO_EVENT && parsed.ok) out.write(documentOf(parsed, text))
      else {
        out.write('null')
        if (parsed !== NO_EVENT) report.rejected(headers.source, recordsBefore + index + 1, parsed.reason)
      }
    },
    parser
  )
  return recordsBefore + count
}

function documentOf(parsed: Extract<Parsed, { ok: true }>, text: string): string {
  const event = completeEvent(parsed.event)
  if (event['@timestamp'] === undefined && parsed.timeUs !== undefined && Number.isFinite(parsed.timeUs)) {
    event['@timestamp'] = isoMs(parsed.timeUs)
  }
  const facts = (event as { event?: { original?: unknown } }).event
  const document: EcsEvent = facts?.original === undefined ? { ...event, event: { ...facts, original: text } } : event
  return JSON.stringify(document)
}

/** Lines to a stream in large pieces, at its pace. A reader that went away (`| head`) is no error. */
class Lines {
  readonly #out: Writable
  #waiting = ''
  #full = false
  closed = false

  constructor(out: Writable) {
    this.#out = out
    out.on('error', () => {
      this.closed = true
    })
    out.on('close', () => {
      this.closed = true
    })
  }

  write(line: string): void {
    this.#waiting += line + '\n'
    if (this.#waiting.length >= flushChars) this.#flush()
  }

  async drained(): Promise<void> {
    this.#flush()
    if (!this.#full || this.closed) return
    await Promise.race([once(this.#out, 'drain'), once(this.#out, 'close')]).catch(() => {})
    this.#full = false
  }

  async end(): Promise<void> {
    await this.drained()
  }

  #flush(): void {
    if (this.#waiting === '' || this.closed) return
    if (!this.#out.write(this.#waiting)) this.#full = true
    this.#waiting = ''
  }
}

class Report {
  readonly #err: Writable
  #shown = 0
  #rejected = 0
  problems = 0

  constructor(err: Writable) {
    this.#err = err
  }

  problem(line: string): void {
    this.problems++
    this.#err.write(`${line}\n`)
  }

  rejected(source: string, record: number, reason: string): void {
    this.#rejected++
    if (this.#shown++ < reasonsShownMax) this.#err.write(`${source}: record ${record}: ${reason}\n`)
  }

  finish(): void {
    if (this.#rejected > reasonsShownMax) this.#err.write(`… ${this.#rejected} records were rejected in all\n`)
  }
}
