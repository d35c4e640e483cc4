/**
 * Detections of our own as people write them: a YAML document beside Sigma's with `threshold`, `baseline`, `first-seen`, `beacon` or
 * `silence`, and a filter in the search language. docs/rules/thresholds-and-baselines.md is the reference.
 */

import { all, type Expression } from '../filter/expression.ts'
import { parseQuery } from '../filter/parse-query.ts'
import { isRelated, notSearchable } from '../filter/virtual-fields.ts'
import { aboutOf, type Fields, isFields, textOf, textsOf } from '../sigma/about.ts'
import { type Path, Problem } from '../sigma/problem.ts'
import type { Diagnostic, RuleAbout, RuleFile } from '../sigma/rule.ts'
import { placeOf, readDocuments, type YamlDocument } from '../sigma/yaml.ts'
import { type Bound, type BoundWord, boundWords } from './bound.ts'
import { declaredKinds, isDeclared } from './declared-kinds.ts'
import type { Windowed, WindowedKind } from './windowed.ts'

export type Baseline = {
  readonly kind: 'baseline'
  readonly groupBy: readonly string[]
  /** Events are counted if neither is given. */
  readonly distinct?: string
  readonly sum?: string
  readonly everyUs: number
  readonly season: 'hour-of-week' | 'hour-of-day' | 'none'
  readonly historyUs: number
  /** So many comparable stretches must be known before it speaks. */
  readonly warmUp: number
  readonly deviations: number
  /** Below so many nothing is said. */
  readonly floor: number
  readonly side: 'above' | 'below' | 'both'
}

export type FirstSeen = {
  readonly kind: 'first-seen'
  readonly value: readonly string[]
  readonly groupBy: readonly string[]
  readonly learnUs: number
  readonly forgetUs: number
}

export type Beacon = {
  readonly kind: 'beacon'
  readonly groupBy: readonly string[]
  readonly spanUs: number
  readonly contacts: number
  /** The median deviation from the median gap, relative to it. */
  readonly jitter: number
  readonly gapUs: readonly [number, number]
}

export type Silence = {
  readonly kind: 'silence'
  readonly groupBy: readonly string[]
  readonly longerThanUs: number
  readonly seenWithinUs: number
}

export type Ask = { readonly kind: 'windowed'; readonly windowed: Windowed } | Baseline | FirstSeen | Beacon | Silence

export type Declared = RuleAbout & {
  readonly filter: Expression
  readonly ask: Ask
  readonly everyMs: number
  readonly windowMs?: number
}

const second = 1_000_000
const day = 86_400 * second

/** Never throws for what the files hold. */
export function readDeclared(files: readonly RuleFile[]): { declared: Declared[]; diagnostics: Diagnostic[] } {
  const declared: Declared[] = []
  const diagnostics: Diagnostic[] = []
  const ids = new Set<string>()
  for (const file of files) {
    // Most files are Sigma's: they need not be read twice.
    if (!declaredKinds.some(kind => file.text.includes(`${kind}:`))) continue
    for (const [index, document] of readDocuments(file.text).documents.entries()) {
      if (!isFields(document.value) || !isDeclared(document.value)) continue
      try {
        const one = read(document.value, file.path, index, document)
        // The first of an id is the one: what people write goes before what comes with Picket.
        if (ids.has(one.id)) continue
        ids.add(one.id)
        declared.push(one)
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        const { message, path, suggestion } = error
        const id = document.value['id']
        diagnostics.push({
          file: file.path,
          ...placeOf(document, path),
          severity: 'error',
          message,
          ...(suggestion === undefined ? {} : { suggestion }),
          ...(typeof id === 'string' ? { rule: id } : {})
        })
      }
    }
  }
  return { declared, diagnostics }
}

const topKeys = [
  ...['title', 'id', 'name', 'description', 'author', 'date', 'modified', 'level', 'status', 'tags', 'references'],
  ...['falsepositives', 'fields', 'filter', 'schedule', 'picket', ...declaredKinds]
]

function read(fields: Fields, file: string, index: number, document: YamlDocument): Declared {
  onlyKeys(fields, topKeys, [])
  const kinds = declaredKinds.filter(kind => fields[kind] !== undefined)
  if (kinds.length > 1) throw new Problem(`A document is one detection: ${kinds.join(' or ')}.`, [kinds[1]!])
  const kind = kinds[0]!
  const body = fields[kind]
  if (!isFields(body)) throw new Problem(`${kind} is a map.`, [kind])
  const filter = filterOf(fields)
  const part = new Part(body, [kind])
  const ask = asks[kind](part, filter)
  const windowMs = windowOf(fields)
  const schedule = fields['schedule']
  const everyUs =
    schedule === undefined ? defaultEvery(ask) : Math.max(10 * second, spanUs(schedule, ['schedule'], 'schedule'))
  return {
    ...aboutOf(fields, file, index, document, ''),
    filter,
    ask,
    everyMs: everyUs / 1000,
    ...(windowMs === undefined ? {} : { windowMs })
  }
}

/** Those whose question is large are asked more rarely. */
function defaultEvery(ask: Ask): number {
  if (ask.kind === 'baseline') return Math.min(600 * second, Math.max(60 * second, ask.everyUs / 6))
  if (ask.kind === 'beacon') return 600 * second
  return 60 * second
}

function filterOf(fields: Fields): Expression {
  const text = textOf(fields, 'filter')
  if (text === undefined) return all
  const parsed = parseQuery(text)
  if (parsed.ok) return parsed.expression
  const [first] = parsed.errors
  throw new Problem(`The filter: ${first?.message ?? 'is no query.'}`, ['filter'])
}

function windowOf(fields: Fields): number | undefined {
  const own = fields['picket']
  if (own === undefined) return undefined
  if (!isFields(own)) throw new Problem('picket is a map.', ['picket'])
  onlyKeys(own, ['window'], ['picket'])
  const { window } = own
  return window === undefined ? undefined : spanUs(window, ['picket', 'window'], 'window') / 1000
}

const units: Readonly<Record<string, number>> = { s: second, m: 60 * second, h: 3600 * second, d: day, w: 7 * day }

/** `90s`, `5m`, `2h`, `14d`, `8w`: microseconds. */
export function spanUs(value: unknown, path: Path, name: string): number {
  const match = /^(\d{1,6})\s*([smhdw])$/.exec(String(value).trim())
  const us = match === null ? 0 : Number(match[1]) * units[match[2]!]!
  if (us <= 0 || us > 400 * day)
    throw new Problem(`${name} is a length of time, like 5m, 2h or 14d (at most 400d).`, path)
  return us
}

/** The map below a kind's key, read key by key with its place for messages. */
class Part {
  readonly fields: Fields
  readonly path: Path

  constructor(fields: Fields, path: Path) {
    this.fields = fields
    this.path = path
  }

  only(keys: readonly string[]): void {
    onlyKeys(this.fields, keys, this.path)
  }

  span(key: string, standard?: string): number {
    const value = this.fields[key] ?? standard
    if (value === undefined) throw new Problem(`${key} is missing.`, this.path)
    return spanUs(value, [...this.path, key], key)
  }

  number(key: string, standard: number | undefined, least: number, most: number): number {
    const value = this.fields[key] ?? standard
    if (value === undefined) throw new Problem(`${key} is missing.`, this.path)
    if (typeof value !== 'number' || !(value >= least && value <= most))
      throw new Problem(`${key} is a number from ${least} to ${most}.`, [...this.path, key])
    return value
  }

  word<W extends string>(key: string, words: readonly W[], standard: W): W {
    const value = this.fields[key] ?? standard
    const known = words.find(word => word === value)
    if (known === undefined) throw new Problem(`${key} is one of ${words.join(', ')}.`, [...this.path, key])
    return known
  }

  names(key: string, standard?: readonly string[]): readonly string[] {
    const names = this.fields[key] === undefined ? standard : within(this.path, () => textsOf(this.fields, key))
    if (names === undefined || names.length === 0) throw new Problem(`${key} names at least one field.`, this.path)
    if (names.length > 10) throw new Problem(`${key} names at most 10 fields.`, [...this.path, key])
    for (const [at, name] of names.entries()) {
      const reason = isRelated(name)
        ? `${name} repeats other fields: name one of those.`
        : /\s/.test(name) || name.length > 200
          ? 'A field has no spaces.'
          : notSearchable(name, 'equals')
      if (reason !== undefined) throw new Problem(reason, [...this.path, key, at])
    }
    return names
  }

  field(key: string): string | undefined {
    return this.fields[key] === undefined ? undefined : this.names(key)[0]
  }

  bound(key: string): Bound {
    const value = this.fields[key]
    const path = [...this.path, key]
    if (!isFields(value)) throw new Problem(`${key} says how many: { gt: 10 } (${boundWords.join(', ')}).`, path)
    onlyKeys(value, boundWords, path)
    const bound: Partial<Record<BoundWord, number>> = {}
    for (const word of boundWords) {
      const limit = value[word]
      if (limit === undefined) continue
      if (typeof limit !== 'number') throw new Problem(`${word} is a number.`, [...path, word])
      bound[word] = limit
    }
    if (Object.keys(bound).length === 0) throw new Problem(`${key} is empty: { gt: 10 }.`, path)
    return bound
  }
}

const asks: Readonly<Record<(typeof declaredKinds)[number], (part: Part, filter: Expression) => Ask>> = {
  threshold(part, filter) {
    const counts = { distinct: 'value_count', sum: 'value_sum', average: 'value_avg', median: 'value_median' } as const
    const given = Object.keys(counts).filter(key => part.fields[key] !== undefined) as (keyof typeof counts)[]
    part.only(['group-by', 'timespan', 'condition', ...Object.keys(counts)])
    if (given.length > 1) throw new Problem(`One of ${given.join(' and ')} only.`, [...part.path, given[1]!])
    const [what] = given
    const kind: WindowedKind = what === undefined ? 'event_count' : counts[what]
    const groupBy = part.fields['group-by'] === undefined ? [] : part.names('group-by')
    const keys = groupBy.map(name => [name])
    const values = what === undefined ? [] : part.names(what).map(name => [name])
    const base = { name: 'filter', of: { kind: 'events', expression: filter }, keys, values } as const
    const windowed = { kind, bases: [base], groupBy, spanUs: part.span('timespan'), bound: part.bound('condition') }
    return { kind: 'windowed', windowed }
  },

  baseline(part) {
    part.only([
      ...['group-by', 'distinct', 'sum', 'every', 'compare-with', 'history', 'warm-up'],
      ...['deviations', 'floor', 'side']
    ])
    const distinct = part.field('distinct')
    const sum = part.field('sum')
    if (distinct !== undefined && sum !== undefined) throw new Problem('Either distinct or sum.', [...part.path, 'sum'])
    const everyUs = part.span('every', '1h')
    const season = part.word('compare-with', ['hour-of-week', 'hour-of-day', 'none'] as const, 'hour-of-week')
    const period = season === 'hour-of-week' ? 7 * day : season === 'hour-of-day' ? day : everyUs
    if (period % everyUs !== 0)
      throw new Problem(`every must divide ${season === 'hour-of-week' ? 'a week' : 'a day'}.`, [...part.path, 'every'])
    const standard = season === 'hour-of-week' ? '8w' : season === 'hour-of-day' ? '28d' : undefined
    const historyUs =
      standard === undefined && part.fields['history'] === undefined
        ? Math.min(50 * everyUs, 400 * day)
        : part.span('history', standard)
    const compared = Math.floor(historyUs / period)
    if (compared < 3 || compared > 400)
      throw new Problem(`history holds ${compared} stretches to compare with; from 3 to 400 make sense.`, [
        ...part.path,
        'history'
      ])
    return {
      kind: 'baseline',
      groupBy: part.fields['group-by'] === undefined ? [] : part.names('group-by'),
      ...(distinct === undefined ? {} : { distinct }),
      ...(sum === undefined ? {} : { sum }),
      everyUs,
      season,
      historyUs,
      warmUp: part.number('warm-up', Math.min(4, compared), 2, compared),
      deviations: part.number('deviations', 6, 1, 1000),
      floor: part.number('floor', 20, 0, Number.MAX_SAFE_INTEGER),
      side: part.word('side', ['above', 'below', 'both'] as const, 'above')
    }
  },

  'first-seen'(part) {
    part.only(['value', 'for', 'learn', 'forget'])
    const learnUs = part.span('learn', '14d')
    const forgetUs = part.span('forget', '90d')
    if (forgetUs < learnUs) throw new Problem('forget is at least as long as learn.', [...part.path, 'forget'])
    const groupBy = part.fields['for'] === undefined ? [] : part.names('for')
    return { kind: 'first-seen', value: part.names('value'), groupBy, learnUs, forgetUs }
  },

  beacon(part) {
    part.only(['group-by', 'timespan', 'contacts', 'jitter', 'shortest', 'longest'])
    return {
      kind: 'beacon',
      groupBy: part.names('group-by', ['source.ip', 'destination.ip', 'destination.port']),
      spanUs: part.span('timespan', '24h'),
      contacts: part.number('contacts', 12, 4, 100_000),
      jitter: part.number('jitter', 0.1, 0, 1),
      gapUs: [part.span('shortest', '10s'), part.span('longest', '6h')]
    }
  },

  silence(part) {
    part.only(['group-by', 'longer-than', 'seen-within'])
    const longerThanUs = part.span('longer-than', '1h')
    const seenWithinUs = part.span('seen-within', '7d')
    if (seenWithinUs <= longerThanUs)
      throw new Problem('seen-within is longer than longer-than.', [...part.path, 'seen-within'])
    return { kind: 'silence', groupBy: part.names('group-by', ['picket.source']), longerThanUs, seenWithinUs }
  }
}

function onlyKeys(fields: Fields, known: readonly string[], path: Path): void {
  for (const key of Object.keys(fields)) {
    if (known.includes(key)) continue
    const near = known.find(one => one.replace(/[-_]/g, '') === key.replace(/[-_]/g, '').toLowerCase())
    const message = `There is no key ${JSON.stringify(key.slice(0, 80))} here; there are ${known.join(', ')}.`
    throw new Problem(message, [...path, key], near)
  }
}

function within<T>(path: Path, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof Problem) throw new Problem(error.message, [...path, ...error.path], error.suggestion)
    throw error
  }
}
