/**
 * Sliding windows the obvious way: every window is looked at, hit by hit. What `src/correlate/windowed-sql.ts` makes the store answer is
 * compared with this.
 */

import type { EcsEvent } from '../core/parser.ts'
import { lowerPart, passes, upperPart } from '../correlate/bound.ts'
import { isGrowing, judgedLate, type RuleCondition, type Windowed } from '../correlate/windowed.ts'
import { valuesOf } from '../filter/event-values.ts'
import { toPredicate } from '../filter/to-predicate.ts'

export type PlacedEvent = {
  readonly event: EcsEvent
  readonly timeUs: number
  readonly id: number
  readonly old: boolean
}

type Hit = {
  readonly source: PlacedEvent
  readonly rule: number
  readonly group: string
  readonly value: string
  readonly old: boolean
}

export type Reported = { readonly group: string; readonly ids: readonly number[] }

export type Clocks = {
  readonly fromUs: number
  readonly toUs: number
  readonly overUs: number
  readonly overSeenUs: number
}

/** For each group, the events that are to be reported. */
export function evaluateWindows(windowed: Windowed, events: readonly PlacedEvent[], clocks: Clocks): Reported[] {
  const late = judgedLate(windowed)
  const hits = hitsOf(windowed, events)
  const found: Reported[] = []
  for (const group of new Set(hits.map(hit => hit.group))) {
    const own = hits.filter(hit => hit.group === group)
    const old = own.filter(hit => hit.old)
    const ids = own
      .filter(hit => {
        const t = hit.source.timeUs
        const now = isCovered(windowed, own, t) && (!late || t + windowed.spanUs <= clocks.overUs)
        const before = hit.old && isCovered(windowed, old, t) && (!late || t + windowed.spanUs <= clocks.overSeenUs)
        return now && !before && t >= clocks.fromUs && t < clocks.toUs
      })
      .map(hit => hit.source.id)
    if (ids.length > 0) found.push({ group, ids: ids.toSorted((a, b) => a - b) })
  }
  return found.toSorted((a, b) => (a.group < b.group ? -1 : 1))
}

function isCovered(windowed: Windowed, hits: readonly Hit[], t: number): boolean {
  const { kind, bound, spanUs } = windowed
  const ends = hits.filter(hit => hit.source.timeUs >= t && hit.source.timeUs <= t + spanUs)
  const { rules } = windowed
  if (rules !== undefined) {
    const sets = ends.map(end => rulesAt(windowed, hits, end))
    return sets.some(set => holds(rules, set, true)) && !sets.some(set => holds(rules, set, true) && !holds(rules, set))
  }
  if (!isGrowing(kind)) return ends.some(end => passes(bound, numberAt(windowed, hits, end)))
  return (
    ends.some(end => passes(lowerPart(bound), numberAt(windowed, hits, end))) &&
    ends.every(end => passes(upperPart(bound), numberAt(windowed, hits, end)))
  )
}

function rulesAt({ spanUs }: Windowed, hits: readonly Hit[], end: Hit): Set<number> {
  const x = end.source.timeUs
  return new Set(hits.filter(hit => hit.source.timeUs <= x && hit.source.timeUs >= x - spanUs).map(hit => hit.rule))
}

/** `hopeful`: what is denied is taken for absent. */
function holds(condition: RuleCondition, rules: ReadonlySet<number>, hopeful = false): boolean {
  switch (condition.kind) {
    case 'rule':
      return rules.has(condition.base)
    case 'not':
      return hopeful || !holds(condition.of, rules)
    case 'and':
      return condition.of.every(of => holds(of, rules, hopeful))
    case 'or':
      return condition.of.some(of => holds(of, rules, hopeful))
  }
}

function numberAt(windowed: Windowed, hits: readonly Hit[], end: Hit): number {
  const x = end.source.timeUs
  const inside = hits.filter(hit => hit.source.timeUs <= x && hit.source.timeUs >= x - windowed.spanUs)
  const numbers = inside.map(hit => Number(hit.value)).toSorted((a, b) => a - b)
  const sum = numbers.reduce((a, b) => a + b, 0)
  switch (windowed.kind) {
    case 'event_count':
      return inside.length
    case 'value_count':
      return new Set(inside.map(hit => hit.value)).size
    case 'temporal':
      return new Set(inside.map(hit => hit.rule)).size
    case 'value_sum':
      return sum
    case 'value_avg':
      return sum / numbers.length
    case 'value_median':
      return percentile(numbers, 50)
    case 'value_percentile':
      return percentile(numbers, windowed.percentile ?? 50)
    case 'temporal_ordered':
      return longestChain(inside, end)
  }
}

function percentile(sorted: readonly number[], level: number): number {
  const place = ((sorted.length - 1) * level) / 100
  const low = Math.floor(place)
  return sorted[low]! + ((sorted[Math.min(low + 1, sorted.length - 1)] ?? 0) - sorted[low]!) * (place - low)
}

function longestChain(inside: readonly Hit[], end: Hit): number {
  const before = inside.filter(hit => hit.rule < end.rule && hit.source.timeUs <= end.source.timeUs)
  return 1 + Math.max(0, ...before.map(hit => longestChain(inside, hit)))
}

function hitsOf(windowed: Windowed, events: readonly PlacedEvent[]): Hit[] {
  const hits = windowed.bases.flatMap((base, rule) => {
    const found: { source: PlacedEvent; old: boolean }[] = []
    if (base.of.kind === 'events') {
      const matches = toPredicate(base.of.expression)
      found.push(...events.filter(({ event }) => matches(event)).map(source => ({ source, old: source.old })))
    } else {
      const counting = windowed.kind !== 'temporal' && windowed.kind !== 'temporal_ordered'
      found.push(...momentsOf(base.of.windowed, events, counting))
    }
    return found.flatMap(({ source, old }): Hit[] => {
      const keys = base.keys.map(fields => firstOf(source.event, fields))
      const values = windowed.kind.startsWith('value_') ? base.values.map(fields => firstOf(source.event, fields)) : []
      if ([...keys, ...values].includes('')) return []
      return [{ source, rule, old, group: JSON.stringify(keys), value: values.join('\x1f') }]
    })
  })
  if (windowed.kind.startsWith('temporal')) return hits
  // An event that several rules find is one.
  const seen = new Map<string, Hit>()
  for (const hit of hits) {
    const key = `${hit.source.id} ${hit.group} ${hit.value}`
    const other = seen.get(key)
    if (other === undefined || (!other.old && hit.old)) seen.set(key, hit)
  }
  return [...seen.values()]
}

/** The events with which an inner condition held, group by group. */
function momentsOf(
  inner: Windowed,
  events: readonly PlacedEvent[],
  once: boolean
): { source: PlacedEvent; old: boolean }[] {
  const all = hitsOf(inner, events)
  return [...new Set(all.map(hit => hit.group))].flatMap(group => {
    const own = all.filter(hit => hit.group === group)
    const now = moments(inner, own, once)
    const before = moments(
      inner,
      own.filter(hit => hit.old),
      once
    )
    return now.map(hit => ({ source: hit.source, old: before.includes(hit) }))
  })
}

function moments(inner: Windowed, hits: readonly Hit[], once: boolean): Hit[] {
  const part = isGrowing(inner.kind) ? lowerPart(inner.bound) : inner.bound
  const ordered = inner.kind === 'temporal_ordered'
  // Of hits of the same time, the one that sorts last: old ones do.
  const order = (hit: Hit): number => (hit.old ? 1 : 0)
  const lastOfTime = (hit: Hit): boolean =>
    ordered ||
    !hits.some(other => other !== hit && other.source.timeUs === hit.source.timeUs && order(other) > order(hit))
  const holding = hits
    .filter(
      hit => lastOfTime(hit) && passes(part, numberAt(inner, hits, hit)) && isCovered(inner, hits, hit.source.timeUs)
    )
    .toSorted((a, b) => a.source.timeUs - b.source.timeUs)
  if (!once) return holding
  let last = Number.NEGATIVE_INFINITY
  return holding.filter(hit => {
    const first = hit.source.timeUs - last > inner.spanUs
    last = hit.source.timeUs
    return first
  })
}

function firstOf(event: EcsEvent, fields: readonly string[]): string {
  for (const field of fields) {
    const value = valuesOf(field)(event)[0]
    if (value !== undefined && String(value) !== '') return String(value)
  }
  return ''
}
