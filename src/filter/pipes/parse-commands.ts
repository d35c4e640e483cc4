/** The commands behind the pipes: text → list of commands. Grammar in docs/query-language.md; problems carry the place in the whole text. */

import { type Expression, testsOf } from '../expression.ts'
import { isKnownField } from '../known-fields.ts'
import { type Diagnostic, parseQuery, type QueryOptions } from '../parse-query.ts'
import { nameEnd, stop, warningsMax } from '../query-scanner.ts'
import {
  type Aggregate,
  type AggregateName,
  type Command,
  type CommandKind,
  commandHelp,
  type Group,
  type SortKey,
  type Value
} from './commands.ts'
import { ValueParser } from './parse-values.ts'
import type { Segment } from './split.ts'

export const commandsMax = 30
const listMax = 64
export const rowsMax = 100_000

/** What other languages call these. */
const otherNames: Readonly<Record<string, string>> = {
  search: 'where',
  filter: 'where',
  table: 'fields',
  project: 'fields',
  select: 'fields',
  keep: 'fields',
  drop: 'fields - …',
  summarize: 'stats',
  summarise: 'stats',
  aggregate: 'stats',
  'group by': 'stats … by',
  extend: 'eval',
  order: 'sort',
  limit: 'head',
  take: 'head',
  uniq: 'dedup',
  distinct: 'dedup',
  lookup: 'join',
  bucket: 'stats … by bin(5m)',
  cluster: 'pattern',
  patterns: 'pattern'
}

export type ParsedCommands = {
  readonly commands: readonly Command[]
  readonly errors: readonly Diagnostic[]
  readonly warnings: readonly Diagnostic[]
}

/** `segments` are the stretches behind each pipe. */
export function parseCommands(text: string, segments: readonly Segment[], options: QueryOptions): ParsedCommands {
  const commands: Command[] = []
  const errors: Diagnostic[] = []
  const warnings: Diagnostic[] = []
  if (segments.length > commandsMax) {
    const { start } = segments[commandsMax]!
    errors.push({
      position: start,
      length: text.length - start,
      message: `At most ${commandsMax} commands are possible.`
    })
    return { commands, errors, warnings }
  }
  const place: Place = { events: true, made: new Set(), joined: false }
  for (const { start, end } of segments) {
    const parser = new CommandParser(text.slice(0, end), start, place, options)
    try {
      const command = parser.command()
      commands.push(command)
      move(place, command)
    } catch (error) {
      if (error !== stop) throw error
    }
    errors.push(...parser.errors)
    warnings.push(...parser.warnings)
  }
  return { commands, errors: errors.slice(0, warningsMax), warnings: warnings.slice(0, warningsMax) }
}

/** What the commands so far have left: events with all their fields, and which columns were added to them. */
type Place = { events: boolean; readonly made: Set<string>; joined: boolean }

function move(place: Place, command: Command): void {
  if (!keepsEvents(command)) place.events = false
  if (command.kind === 'eval') for (const { as } of command.assign) place.made.add(as)
  if (command.kind === 'rename') for (const { to } of command.pairs) place.made.add(to)
  if (command.kind === 'join') place.joined = true
}

/** Are its rows still events, with all their fields? */
export function keepsEvents({ kind }: Command): boolean {
  return ['filter', 'sort', 'head', 'tail', 'dedup', 'where', 'eval', 'rename', 'join'].includes(kind)
}

/** A name with a parenthesis right behind it: that is no filter. */
const callOfFunction = /(?<![\w.@:-])(?!(?:and|or|not|cased)\()[A-Za-z_]\w*\(/i

class CommandParser extends ValueParser {
  readonly #options: QueryOptions
  readonly #place: Place

  constructor(text: string, start: number, place: Place, options: QueryOptions) {
    super(text, start)
    this.#options = options
    this.#place = place
  }

  command(): Command {
    this.space()
    const start = this.at
    const end = nameEnd(this.text, start)
    if (end === start)
      this.fail(start, end < this.text.length ? 1 : 0, 'After | a command is expected.', {
        expected: Object.keys(commandHelp)
      })
    const written = this.text.slice(start, end)
    const name = written.toLowerCase()
    this.at = end
    if (!Object.hasOwn(commandHelp, name)) this.#unknown(name, start, end)
    const command = this.#of(name as Exclude<CommandKind, 'filter'>)
    this.end()
    return command
  }

  #unknown(name: string, start: number, end: number): never {
    const known = Object.keys(commandHelp)
    const suggestion =
      (Object.hasOwn(otherNames, name) ? otherNames[name] : undefined) ??
      known.find(other => other.startsWith(name.slice(0, 3)) || name.startsWith(other)) ??
      known.find(other => other[0] === name[0])
    return this.fail(start, end - start, `There is no command ${name}.`, {
      expected: known,
      ...(suggestion === undefined ? {} : { suggestion })
    })
  }

  #of(name: Exclude<CommandKind, 'filter'>): Command {
    switch (name) {
      case 'stats': {
        const aggregates = this.#aggregates()
        return { kind: 'stats', aggregates, by: this.word('by') ? this.#groups() : [] }
      }
      case 'timechart':
        return this.#timechart()
      case 'where':
        return this.#where()
      case 'eval': {
        const assign = this.#list(() => {
          const as = this.name('a name for the column')
          if (!this.takes('=')) this.fail(this.at, 0, `After ${as} an = is expected.`, { expected: ['='] })
          return { as, of: this.value() }
        })
        return { kind: 'eval', assign }
      }
      case 'sort': {
        const keys = this.#list(() => this.#sortKey())
        return { kind: 'sort', keys }
      }
      case 'head':
      case 'tail':
        return { kind: name, count: this.done ? 10 : this.wholeNumber('a number of rows', 1, rowsMax) }
      case 'dedup': {
        this.space()
        const keep = /^\d+\s/.test(this.text.slice(this.at)) ? this.wholeNumber('a number of rows', 1, rowsMax) : 1
        return { kind: 'dedup', names: this.#names(), keep }
      }
      case 'fields': {
        this.space()
        const remove = this.takes('-')
        if (!remove) this.takes('+')
        return { kind: 'fields', names: this.#names(), remove }
      }
      case 'rename': {
        const pairs = this.#list(() => {
          const from = this.name()
          if (!this.word('as'))
            this.fail(this.at, 0, `After ${from} “as” and the new name are expected.`, { expected: ['as'] })
          return { from, to: this.name('the new name') }
        })
        return { kind: 'rename', pairs }
      }
      case 'top':
      case 'rare': {
        this.space()
        const count = /^\d/.test(this.text.slice(this.at, this.at + 1))
          ? this.wholeNumber('a number of rows', 1, rowsMax)
          : 10
        const of = this.#names()
        return { kind: name, count, of, by: this.word('by') ? this.#names() : [] }
      }
      case 'join': {
        const lookup = this.name('the name of a lookup table')
        if (!this.word('on'))
          this.fail(this.at, 0, 'Here “on” and the field are expected.', { expected: ['on field', 'on field=column'] })
        const on = this.name()
        const column = this.takes('=') ? this.name('a column of the table') : on
        return { kind: 'join', lookup, on, column, outer: this.word('outer') }
      }
      case 'transaction': {
        const by = this.#names(() => this.word('maxgap') || this.word('maxpause'))
        const gapSeconds = this.takes('=') ? this.duration() : 300
        return { kind: 'transaction', by, gapSeconds }
      }
      case 'pattern': {
        this.space()
        const of = this.done || /^\d/.test(this.text.slice(this.at)) ? 'message' : this.name()
        return { kind: 'pattern', of, count: this.done ? 100 : this.wholeNumber('a number of rows', 1, 10_000) }
      }
    }
  }

  #timechart(): Command {
    let seconds: number | undefined
    let limit = 8
    const options = (): void => {
      for (;;) {
        this.space()
        if (/^span\s*=/i.test(this.text.slice(this.at))) {
          this.word('span')
          this.takes('=')
          seconds = this.duration()
        } else if (/^limit\s*=/i.test(this.text.slice(this.at))) {
          this.word('limit')
          this.takes('=')
          limit = this.wholeNumber('a number of series', 1, 50)
        } else return
      }
    }
    options()
    const aggregates = this.done ? [countOf('count')] : this.#aggregates()
    options()
    const by: Value | undefined = this.word('by') ? this.value() : undefined
    options()
    if (by !== undefined && aggregates.length > 1)
      this.error(this.at, 0, 'With “by”, timechart shows one number: the first is taken.')
    return { kind: 'timechart', seconds, aggregates, by, limit }
  }

  /** Among events the language of filters is understood; else, and of computed columns, a condition. */
  #where(): Command {
    this.space()
    const start = this.at
    if (this.#place.events) {
      const written = this.text.slice(start)
      const parsed = parseQuery(written, this.#options)
      if (
        parsed.ok &&
        parsed.expression.kind !== 'all' &&
        !callOfFunction.test(written.replace(/"(?:[^"\\]|\\.)*"/g, '""')) &&
        this.#ofFields(parsed.expression)
      ) {
        this.at = this.text.length
        for (const { position, length, message, suggestion } of parsed.warnings)
          this.warn(position + start, length, message, suggestion)
        return { kind: 'filter', of: parsed.expression }
      }
    }
    if (this.done) this.fail(start, 0, 'After where a condition is expected.', { expected: ['a condition'] })
    return { kind: 'where', of: this.value() }
  }

  /** Does it ask about fields of events only, and not about columns that were added? */
  #ofFields(expression: Expression): boolean {
    const { made, joined } = this.#place
    return testsOf(expression).every(
      test =>
        !('field' in test) ||
        (!made.has(test.field) &&
          (!joined || test.field.includes('.') || isKnownField(test.field, this.#options.knownFields)))
    )
  }

  #list<T>(item: () => T): T[] {
    const items: T[] = []
    do {
      items.push(item())
      if (items.length > listMax) this.fail(this.at, 0, `At most ${listMax} of these are possible.`)
    } while (this.takes(','))
    return items
  }

  /** Names with commas or blanks between them, up to what `ends` takes. */
  #names(ends: () => boolean = () => false): string[] {
    const names = [this.name()]
    for (;;) {
      this.takes(',')
      if (this.done || ends()) return names
      const at = this.at
      if (this.word('by') || this.word('outer')) {
        this.at = at
        return names
      }
      names.push(this.name())
      if (names.length > listMax) this.fail(this.at, 0, `At most ${listMax} fields are possible.`)
    }
  }

  #sortKey(): SortKey {
    this.space()
    let descending = false
    if (this.takes('-')) descending = true
    else this.takes('+')
    const name = this.name()
    if (this.word('desc')) descending = true
    else if (this.word('asc')) descending = false
    return { name, descending }
  }

  #groups(): Group[] {
    const groups: Group[] = []
    for (;;) {
      groups.push(this.#group())
      if (groups.length > listMax) this.fail(this.at, 0, `At most ${listMax} groups are possible.`)
      this.takes(',')
      if (this.done) return groups.filter(({ as }, i) => groups.findIndex(other => other.as === as) === i)
    }
  }

  /** `field`, `bin(5m)`, `bin(field, 5m)`, a computed value, each with `as name`. */
  #group(): Group {
    this.space()
    const start = this.at
    const alone = /^bin\s*\(\s*(?=\d)/i.exec(this.text.slice(start, start + 64))
    if (alone !== null) {
      this.at += alone[0].length
      const seconds = this.duration()
      if (!this.takes(')')) this.fail(start, 3, 'It is bin(5m).', { suggestion: 'bin(5m)' })
      return {
        kind: 'bin',
        seconds,
        of: { kind: 'field', name: '@timestamp' },
        as: this.word('as') ? this.name() : '@timestamp'
      }
    }
    const of = this.value()
    const written = this.text.slice(start, this.at).trim().slice(0, 200)
    if (
      of.kind === 'call' &&
      of.name === 'bin' &&
      of.args[1]?.kind === 'number' &&
      of.args[0]?.kind === 'field' &&
      isTime(of.args[0].name)
    ) {
      return {
        kind: 'bin',
        seconds: of.args[1].value,
        of: of.args[0],
        as: this.word('as') ? this.name() : of.args[0].name
      }
    }
    return { kind: 'value', of, as: this.word('as') ? this.name() : of.kind === 'field' ? of.name : written }
  }

  #aggregates(): Aggregate[] {
    const found: Aggregate[] = []
    for (;;) {
      found.push(this.#aggregate())
      if (found.length > listMax) this.fail(this.at, 0, `At most ${listMax} numbers are possible.`)
      if (this.takes(',')) continue
      this.space()
      const rest = this.text.slice(this.at, this.at + 64)
      // Commas may be left out, as in Splunk.
      if (!/^[A-Za-z]\w*\s*\(/.test(rest) || /^by\b/i.test(rest)) break
    }
    const seen = new Set<string>()
    return found.map(aggregate => {
      let as = aggregate.as
      for (let n = 2; seen.has(as); n++) as = `${aggregate.as}_${n}`
      seen.add(as)
      return { ...aggregate, as }
    })
  }

  #aggregate(): Aggregate {
    this.space()
    const start = this.at
    const end = nameEnd(this.text, start)
    const written = this.text.slice(start, end)
    const known = aggregateOf(written.toLowerCase())
    if (known === undefined)
      this.fail(
        start,
        Math.max(end - start, 0),
        written === '' ? 'Here a number over the rows is expected.' : `${written} is no number over rows.`,
        {
          expected: [
            'count()',
            'dc(field)',
            'sum(field)',
            'avg(field)',
            'min(field)',
            'max(field)',
            'p95(field)',
            'first(field)',
            'last(field)',
            'values(field)'
          ]
        }
      )
    this.at = end
    let of: Value | undefined
    let percentile = known.percentile
    this.space()
    if (this.symbol('(')) {
      if (!this.takes(')')) {
        of = this.value()
        if (known.name === 'percentile' && percentile === undefined) {
          if (!this.takes(','))
            this.fail(this.at, 0, 'It is percentile(field, 95).', { suggestion: 'percentile(field, 95)' })
          this.space()
          const at = this.at
          const value = this.value()
          if (value.kind !== 'number' || !(value.value >= 0 && value.value <= 100))
            this.fail(at, this.at - at, 'A percentile is a number from 0 to 100.')
          percentile = value.value
        }
        if (!this.takes(')')) this.fail(start, end - start, 'This parenthesis is never closed.', { expected: [')'] })
      }
    } else if (known.name !== 'count')
      this.fail(end, 0, `After ${written} a field between parentheses is expected.`, {
        suggestion: `${written}(field)`
      })
    if (of === undefined && known.name !== 'count')
      this.fail(start, this.at - start, `${written} needs a field.`, { suggestion: `${written}(source.ip)` })
    const text = this.text.slice(start, this.at).replace(/\s+/g, ' ').slice(0, 200)
    const as = this.word('as') ? this.name('a name') : known.name === 'count' && of === undefined ? 'count' : text
    return { name: known.name, of, as, ...(percentile === undefined ? {} : { percentile }) }
  }
}

function countOf(as: string): Aggregate {
  return { name: 'count', of: undefined, as }
}

const aggregates: Readonly<Record<string, AggregateName>> = {
  count: 'count',
  c: 'count',
  dc: 'dc',
  distinct: 'dc',
  distinct_count: 'dc',
  dcount: 'dc',
  sum: 'sum',
  avg: 'avg',
  mean: 'avg',
  min: 'min',
  max: 'max',
  median: 'median',
  percentile: 'percentile',
  stdev: 'stdev',
  first: 'first',
  earliest: 'first',
  last: 'last',
  latest: 'last',
  values: 'values'
}

function aggregateOf(
  name: string
): { readonly name: AggregateName; readonly percentile: number | undefined } | undefined {
  const known = Object.hasOwn(aggregates, name) ? aggregates[name] : undefined
  if (known !== undefined) return { name: known, percentile: undefined }
  const match = /^(?:p|perc)(\d{1,2}(?:\.\d+)?)$/.exec(name)
  return match === null ? undefined : { name: 'percentile', percentile: Number(match[1]) }
}

const isTime = (name: string): boolean => name === '@timestamp' || name === 'event.start' || name === 'event.end'
