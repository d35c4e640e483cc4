/**
 * One log group, asked again and again (`FilterLogEvents`): each round from a little before where the last one ended, and now and then from a
 * look-back before it, for what became visible late. What was taken before is left out by its id; after a restart the store knows it.
 */

import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import type { PullContext } from '../pull/source.ts'
import { pause } from '../pull/trouble.ts'
import { chunksOf, type LogChunksOptions, type LogEvent, type LogGroup } from './log-events.ts'
import { Seen } from './seen.ts'

export type GroupReaderOptions = {
  readonly client: CloudWatchLogsClient
  readonly context: PullContext
  readonly group: LogGroup
  readonly streamPrefix: string | undefined
  readonly filter: string | undefined
  readonly sinceMs: number
  readonly lookBackMs: number
  readonly chunks: Omit<LogChunksOptions, 'nowMs' | 'recordBytesMax'>
  /** Between requests: CloudWatch allows five a second to all who ask. */
  readonly spacingMs: number
}

/** What is asked again each round. */
const overlapMs = 120_000
const pageEvents = 10_000

export class GroupReader {
  readonly #options: GroupReaderOptions
  readonly #seen: Seen
  readonly #key: string
  /** All before it was asked for: in milliseconds of the log events' times. */
  #toMs: number
  #sweptMs = 0
  records = 0
  requests = 0

  constructor(options: GroupReaderOptions) {
    this.#options = options
    this.#seen = new Seen(options.lookBackMs)
    this.#key = `group:${options.group.name}`
    const { checkpoints, nowMs } = options.context
    const known = Number(checkpoints.get(this.#key))
    this.#toMs = known > 0 ? known : nowMs() - options.sinceMs
    if (!(known > 0)) checkpoints.save(new Map([[this.#key, String(Math.floor(this.#toMs))]]))
  }

  /** How far it is behind now, as far as it knows. */
  behindMs(nowMs: number): number {
    return Math.max(0, nowMs - this.#toMs)
  }

  /** Resolves when everything up to now is durable. Rejects with what the SDK or the intake throws: nothing is skipped. */
  async round(signal: AbortSignal): Promise<void> {
    const { context, lookBackMs } = this.#options
    const nowMs = context.nowMs()
    const sweeps = nowMs - this.#sweptMs >= lookBackMs / 3
    const startMs = Math.max(0, this.#toMs - (sweeps ? lookBackMs : Math.min(overlapMs, lookBackMs)))
    await this.#take(startMs, nowMs, signal)
    if (sweeps) this.#sweptMs = nowMs
    this.#reached(nowMs)
  }

  async #take(startMs: number, endMs: number, signal: AbortSignal): Promise<void> {
    const { client, context, group, streamPrefix, filter, chunks, spacingMs } = this.#options
    const { FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
    let nextToken: string | undefined
    do {
      signal.throwIfAborted()
      const answer = await client.send(
        new FilterLogEventsCommand({
          logGroupName: group.name,
          logStreamNamePrefix: streamPrefix,
          filterPattern: filter,
          startTime: Math.floor(startMs),
          endTime: Math.ceil(endMs),
          limit: pageEvents,
          nextToken
        }),
        { abortSignal: signal }
      )
      this.requests++
      const fresh: LogEvent[] = []
      for (const { eventId, logStreamName, timestamp, ingestionTime, message } of answer.events ?? []) {
        if (eventId === undefined || timestamp === undefined || this.#seen.has(eventId)) continue
        fresh.push({
          id: eventId,
          stream: logStreamName ?? '',
          timeMs: timestamp,
          ingestedMs: ingestionTime,
          message: message ?? ''
        })
      }
      if (fresh.length > 0) {
        const now = context.nowMs()
        const recordBytesMax = context.recordBytesMax()
        await context.append(chunksOf(group, fresh, { ...chunks, nowMs: now, recordBytesMax }))
        for (const { id } of fresh) this.#seen.add(id, now)
        this.records += fresh.length
        // They come in the order of their times: a long way is not gone twice.
        this.#reached(fresh.at(-1)!.timeMs)
      }
      nextToken = answer.nextToken
      if (nextToken !== undefined) await pause(spacingMs, signal)
    } while (nextToken !== undefined)
  }

  #reached(timeMs: number): void {
    const { checkpoints, nowMs } = this.#options.context
    // A log event may bear a time to come: what comes until then is not to be left out.
    const toMs = Math.floor(Math.min(timeMs, nowMs()))
    if (toMs <= this.#toMs) return
    this.#toMs = toMs
    checkpoints.save(new Map([[this.#key, String(toMs)]]))
  }
}
