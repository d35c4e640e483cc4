/**
 * Detection in a worker: the detectors, in their order, look at each event that is stored, and what they find in a batch is grouped for the
 * reply. A new detector is a line in `#order`.
 */

import type { ChunkHeaders } from '../core/chunk.ts'
import type { MatchGroup } from '../core/detection.ts'
import { messageOf } from '../core/errors.ts'
import { completeEvent } from '../core/event.ts'
import { idText } from '../core/identity.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoMs } from '../core/time.ts'
import { type EventDetector, type FoundIn, MatchGroups } from '../detect/match-groups.ts'
import { type PackedRules, ruleDetector } from '../detect/packed-rules.ts'
import { IndicatorDetector, type IndicatorMatch } from '../intel/match.ts'
import type { IndicatorsForWorkers } from './table-build.ts'

const reasonsMax = 10

export class Detection {
  #rules: EventDetector | undefined
  #patterns: EventDetector | undefined
  #order: readonly EventDetector[] = []
  #indicators: IndicatorDetector | undefined
  readonly #groups = new MatchGroups()
  #headers: ChunkHeaders | undefined
  readonly #abouts = new Map<string, object>()
  readonly #failures = new Map<string, number>()

  applyRules(packed: PackedRules): void {
    this.#rules = packed.routes.length === 0 ? undefined : ruleDetector(packed)
    this.#arrange()
  }

  applyIndicators({ table, patterns }: IndicatorsForWorkers): void {
    this.#indicators = table.entries === 0 ? undefined : new IndicatorDetector(table)
    this.#patterns = patterns.routes.length === 0 ? undefined : ruleDetector(patterns)
    this.#arrange()
  }

  #arrange(): void {
    this.#order = [this.#rules, this.#patterns].filter(detector => detector !== undefined)
  }

  /** Looks at an event that will be a row. Adds to it what the store tells of rows: `picket.*`, and the time of one without. */
  look(event: EcsEvent, timeUs: number, kind: string, idHigh: number, idLow: number, headers: ChunkHeaders): void {
    const order = this.#order
    const indicators = this.#indicators
    if (order.length === 0 && indicators === undefined) return
    const own = event['picket']
    event['picket'] =
      own === undefined ? this.#about(headers, kind) : { ...(own as object), ...this.#about(headers, kind) }
    if (event['@timestamp'] === undefined) event['@timestamp'] = isoMs(timeUs)
    let found: FoundIn | undefined
    for (let i = 0; i < order.length; i++) {
      try {
        const hits = order[i]!(event)
        if (hits.length === 0) continue
        found ??= foundIn(event, timeUs, idText(idHigh, idLow), headers)
        this.#groups.add(hits, found)
      } catch (error) {
        this.#failed(error)
      }
    }
    if (indicators === undefined) return
    try {
      if (indicators.finds(event)) {
        found ??= foundIn(event, timeUs, idText(idHigh, idLow), headers)
        indicators.add(found, headers.receivedMs)
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** One object for the events of a chunk that are of a kind: nobody writes into it. */
  #about(headers: ChunkHeaders, kind: string): object {
    if (headers !== this.#headers) {
      this.#headers = headers
      this.#abouts.clear()
    }
    let about = this.#abouts.get(kind)
    if (about === undefined) {
      about = { source: headers.source, format: headers.format, ...(kind !== '' && { kind }) }
      this.#abouts.set(kind, about)
    }
    return about
  }

  /** What one event does to a detector must not keep the others from being stored. */
  #failed(error: unknown): void {
    const reason = messageOf(error).slice(0, 200)
    const known = this.#failures.has(reason) || this.#failures.size < reasonsMax
    const key = known ? reason : 'other reasons'
    this.#failures.set(key, (this.#failures.get(key) ?? 0) + 1)
  }

  /** What was found since the last call. */
  take(): {
    matches: readonly MatchGroup[]
    indicators: readonly IndicatorMatch[]
    undetected: readonly { count: number; reason: string }[]
  } {
    const undetected = [...this.#failures].map(([reason, count]) => ({ reason, count }))
    this.#failures.clear()
    return { matches: this.#groups.take(), indicators: this.#indicators?.take() ?? [], undetected }
  }
}

function foundIn(event: EcsEvent, timeUs: number, id: string, headers: ChunkHeaders): FoundIn {
  let document: EcsEvent | undefined
  return {
    event,
    timeUs,
    id,
    document() {
      document ??= asStored(event, id, headers)
      return document
    }
  }
}

/** The document as a search would show the row. */
function asStored(event: EcsEvent, id: string, headers: ChunkHeaders): EcsEvent {
  const document = completeEvent(event)
  const { event: about, picket } = document as { event?: object; picket?: object }
  document['event'] = { ...about, id: (about as { id?: unknown } | undefined)?.id ?? id }
  const ingestedMs = Math.floor(headers.receivedMs / 1000) * 1000
  document['picket'] = { ...picket, id, ingested: new Date(ingestedMs).toISOString() }
  return document
}
