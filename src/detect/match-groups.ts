/**
 * What the detectors found in a batch, grouped by rule and entity, on its way to the alerts. Bounded, whatever the events are: so many groups,
 * so many samples, so many bytes. What is beyond the groups is counted in one group a rule, without an entity: no match is lost.
 */

import { type MatchGroup, type MatchSample, type RuleSummary, samplesMax, testField } from '../core/detection.ts'
import type { EcsEvent } from '../core/parser.ts'
import { firstValueOf, type Leaf } from '../filter/event-values.ts'
import { sampleText } from './sample-text.ts'

/** A rule (or an indicator) that an event meets. */
export type Hit = {
  readonly rule: RuleSummary
  /** The fields to group by; empty: the host, else the source's address, else the user. */
  readonly groupBy: readonly string[]
  /** What the detector wants to say of it in a line. */
  readonly summary?: string
}

/** Looks at one event at a time and keeps nothing between events. The list is good until the next call. */
export type EventDetector = (event: EcsEvent) => readonly Hit[]

/** The event in which hits were found. */
export type FoundIn = {
  readonly event: EcsEvent
  readonly timeUs: number
  /** 16 hexadecimal digits. */
  readonly id: string
  /** The document as people see it; asked for only if it is kept as a sample. */
  readonly document: () => EcsEvent
}

export const groupsMax = 5_000
/** Of one batch: beyond the first, a group has its first sample only; beyond the second, none. */
const manySamplesBytes = 4 << 20
const samplesBytesMax = 24 << 20
const entityTextMax = 512

const defaultEntity = ['host.name', 'source.ip', 'user.name'] as const

type Group = {
  readonly rule: RuleSummary
  readonly entity: Readonly<Record<string, string>>
  count: number
  firstUs: number
  lastUs: number
  readonly samples: MatchSample[]
  readonly test: boolean
  readonly summary: string | undefined
}

export class MatchGroups {
  #groups = new Map<string, Group>()
  #overflow = new Map<string, Group>()
  #bytes = 0
  readonly #readers = new Map<string, (event: EcsEvent) => Leaf | undefined>()

  add(hits: readonly Hit[], found: FoundIn): void {
    const isTest = this.#value(found.event, testField) !== undefined
    for (const hit of hits) {
      const group = this.#groupOf(hit, found.event, isTest)
      group.count++
      if (found.timeUs < group.firstUs) group.firstUs = found.timeUs
      if (found.timeUs > group.lastUs) group.lastUs = found.timeUs
      this.#sample(group, found)
    }
  }

  /** The groups, and makes ready for the next batch. */
  take(): MatchGroup[] {
    const all = [...this.#groups.values(), ...this.#overflow.values()]
    this.#groups = new Map()
    this.#overflow = new Map()
    this.#bytes = 0
    return all.map(({ test, summary, ...group }) => ({
      ...group,
      ...(test && { test: true as const }),
      ...(summary !== undefined && { summary })
    }))
  }

  #groupOf(hit: Hit, event: EcsEvent, test: boolean): Group {
    const entity = this.#entity(hit.groupBy, event)
    const rule = `${test ? 'test' : ''}\0${hit.rule.id}\0${hit.rule.version}`
    let key = rule
    for (const field in entity) key += `\0${entity[field]}`
    const known = this.#groups.get(key)
    if (known !== undefined) return known
    const fits = this.#groups.size < groupsMax
    const groups = fits ? this.#groups : this.#overflow
    if (!fits) {
      const beyond = groups.get(rule)
      if (beyond !== undefined) return beyond
    }
    const group: Group = {
      rule: hit.rule,
      entity: fits ? entity : {},
      count: 0,
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
      samples: [],
      test,
      summary: hit.summary
    }
    groups.set(fits ? key : rule, group)
    return group
  }

  #entity(fields: readonly string[], event: EcsEvent): Record<string, string> {
    if (fields.length > 0)
      return Object.fromEntries(fields.map(field => [field, textOf(this.#value(event, field) ?? '')]))
    for (const field of defaultEntity) {
      const value = this.#value(event, field)
      if (value !== undefined && value !== '') return { [field]: textOf(value) }
    }
    return {}
  }

  #value(event: EcsEvent, field: string): Leaf | undefined {
    let reader = this.#readers.get(field)
    if (reader === undefined) {
      reader = firstValueOf(field)
      this.#readers.set(field, reader)
    }
    return reader(event)
  }

  #sample(group: Group, found: FoundIn): void {
    if (group.samples.length >= samplesMax) return
    if (this.#bytes >= (group.samples.length === 0 ? samplesBytesMax : manySamplesBytes)) return
    const event = sampleText(found.document())
    this.#bytes += event.length
    group.samples.push({ id: found.id, timeUs: found.timeUs, event })
  }
}

function textOf(value: Leaf): string {
  return String(value).slice(0, entityTextMax)
}
