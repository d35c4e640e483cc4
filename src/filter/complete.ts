/**
 * What could stand at a place in a search: fields, functions, keywords and commands. Values come from the store: where one stands,
 * `needValuesOf` names its field. Pure, and quick enough for each key that is pressed.
 */

import type { Command } from './pipes/commands.ts'
import { commandHelp, functionHelp } from './pipes/commands.ts'
import { parseCommands } from './pipes/parse-commands.ts'
import { splitPipes } from './pipes/split.ts'

export type Completion = {
  readonly label: string
  readonly kind: 'field' | 'value' | 'function' | 'keyword' | 'command'
  readonly detail?: string
  /** What is written instead of the label. */
  readonly insert?: string
}

export type Completions = {
  /** The stretch of the text that the choice replaces. */
  readonly from: number
  readonly to: number
  readonly items: readonly Completion[]
  /** Here stands a value of this field: its frequent values belong first. `from` and `to` hold its quotes too. */
  readonly needValuesOf?: string
}

export type CompleteOptions = {
  /** The fields that occur, the more frequent ones first. */
  readonly fields: readonly (string | { readonly name: string; readonly detail?: string })[]
  /** The lookup tables, and their columns. */
  readonly lookups?: ReadonlyMap<string, readonly string[]>
}

const itemsMax = 50

export function complete(text: string, at: number, options: CompleteOptions): Completions {
  const place = Math.max(0, Math.min(at, text.length))
  const segments = splitPipes(text)
  // Behind a quote that is not closed yet the pipes cannot be told: what stands before the place counts.
  const before = splitPipes(text.slice(0, place))
  const index = before.length - 1
  const { start } = before[index]!
  const end = nameEndOf(text, place, segments[index]?.end ?? text.length)
  const written = text.slice(start, place)
  return index === 0
    ? inFilter(written, start, end, text, options)
    : inCommand(written, start, end, text, before, options)
}

/** A choice replaces the rest of the word that it stands in. */
function nameEndOf(text: string, at: number, limit: number): number {
  let end = at
  while (end < limit && /[\p{L}\p{N}_.@$-]/u.test(text[end]!)) end++
  return end
}

const operator = ':~|=~|!=|==|<>|:|='
const name = '[\\p{L}\\p{N}_.@$][\\p{L}\\p{N}_.@$-]*'
const openQuote = new RegExp(`(${name})\\s*(?:${operator})\\s*(?:\\((?:[^()]*\\s)?)?"$`, 'u')
const openList = new RegExp(`(${name})\\s*(?:${operator})\\s*\\(([^()]*)$`, 'u')
const openValue = new RegExp(`(${name})\\s*(?:${operator})\\s*([^\\s()"|,]*)$`, 'u')

/** Where a value of a field stands at the end of the text: which field's, and where the value begins. */
function valuePlace(written: string): { readonly field: string; readonly from: number } | undefined {
  // Of long searches the end is enough: a value stands near its field.
  const offset = Math.max(0, written.length - 2000)
  const near = written.slice(offset)
  const quote = openQuoteAt(near)
  if (quote !== undefined) {
    const match = openQuote.exec(near.slice(0, quote + 1))
    return match === null ? undefined : { field: match[1]!, from: offset + quote }
  }
  const value = openValue.exec(near)
  if (value !== null) return { field: value[1]!, from: written.length - value[2]!.length }
  const list = openList.exec(near)
  if (list === null) return undefined
  const word = /[^\s()"|,]*$/.exec(list[2]!)![0]
  return { field: list[1]!, from: written.length - word.length }
}

/** Where a quote that is never closed stands. */
function openQuoteAt(text: string): number | undefined {
  let open: number | undefined
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') open = open === undefined ? at : undefined
  }
  return open
}

function values(field: string, from: number, end: number, text: string): Completions {
  // The quote behind the place goes along with the one before it.
  const to = text[from] === '"' && text[end] === '"' ? end + 1 : end
  const items: Completion[] =
    field === '@timestamp'
      ? ['now-15m', 'now-1h', 'now-24h', 'now-7d'].map(label => ({ label, kind: 'value', detail: 'a point in time' }))
      : []
  return { from, to, items, needValuesOf: field }
}

function inFilter(written: string, start: number, end: number, text: string, options: CompleteOptions): Completions {
  const value = valuePlace(written)
  if (value !== undefined && value.field !== '@from' && value.field !== '@to')
    return values(value.field, start + value.from, end, text)
  if (value !== undefined) {
    const times = ['-15m', '-1h', '-24h', '-7d', '2026-01-01']
    return { from: start + value.from, to: end, items: times.map(label => ({ label, kind: 'value' })) }
  }
  if (openQuoteAt(written) !== undefined) return { from: start + written.length, to: end, items: [] }
  const word = /[^\s()"|!]*$/.exec(written)![0].replace(/^-/, '')
  const rest = written.slice(0, written.length - word.length).trimEnd()
  const follows = rest !== '' && !/(?:^|[\s(])(?:and|or|not)$|[(!&|-]$/i.test(rest)
  const from = start + written.length - word.length
  const items = [
    ...matching(word, fieldItems(options, ':')),
    ...(follows ? matching(word, keywords('and', 'or', 'not')) : matching(word, keywords('not'))),
    ...matching(word, [
      { label: '@from', kind: 'keyword', detail: 'events from this time on', insert: '@from:' },
      { label: '@to', kind: 'keyword', detail: 'events before this time', insert: '@to:' }
    ])
  ]
  return { from, to: end, items: items.slice(0, itemsMax) }
}

function inCommand(
  written: string,
  start: number,
  end: number,
  text: string,
  segments: readonly { readonly start: number; readonly end: number }[],
  options: CompleteOptions
): Completions {
  const bare = /^\s*([A-Za-z]*)$/.exec(written)
  if (bare !== null) {
    const word = bare[1]!
    return { from: start + written.length - word.length, to: end, items: matching(word, commands) }
  }
  const command = /^\s*([A-Za-z]+)/.exec(written)?.[1]?.toLowerCase() ?? ''
  const rest = written.slice(written.indexOf(command) + command.length)
  const { columns, events } = columnsAt(text, segments.slice(1, -1), options)
  if (command === 'where' && events) {
    const value = valuePlace(written)
    if (value !== undefined) return values(value.field, start + value.from, end, text)
  }
  if (openQuoteAt(written) !== undefined) return { from: start + written.length, to: end, items: [] }
  const word = /[\p{L}\p{N}_.@$]*$/u.exec(written)![0]
  const from = start + written.length - word.length
  const items = matching(word, itemsOf(command, rest.slice(0, rest.length - word.length), columns, options))
  return { from, to: end, items: items.slice(0, itemsMax) }
}

const commands: readonly Completion[] = Object.entries(commandHelp).map(([label, [form, words]]) => ({
  label,
  kind: 'command',
  detail: `${form}: ${words}`,
  insert: `${label} `
}))

const functions: readonly Completion[] = Object.entries(functionHelp).map(([label, [least, , form, words]]) => ({
  label,
  kind: 'function',
  detail: `${form}: ${words}`,
  insert: least === 0 ? `${label}()` : `${label}(`
}))

const aggregates: readonly Completion[] = (
  [
    ['count', 'count(): how many there are', 'count()'],
    ['dc', 'dc(field): how many different values', 'dc('],
    ['sum', 'sum(field)', 'sum('],
    ['avg', 'avg(field): the average', 'avg('],
    ['min', 'min(field): the least', 'min('],
    ['max', 'max(field): the largest', 'max('],
    ['median', 'median(field)', 'median('],
    ['p95', 'p95(field): 95% are below', 'p95('],
    ['percentile', 'percentile(field, 99.9)', 'percentile('],
    ['stdev', 'stdev(field): the standard deviation', 'stdev('],
    ['first', 'first(field): the earliest value', 'first('],
    ['last', 'last(field): the latest value', 'last('],
    ['values', 'values(field): the different values', 'values(']
  ] as const
).map(([label, detail, insert]) => ({ label, kind: 'function', detail, insert }))

const keywords = (...labels: string[]): Completion[] => labels.map(label => ({ label, kind: 'keyword' }))

function fieldItems(options: CompleteOptions, behind = ''): Completion[] {
  return options.fields.map(field => {
    const { name: label, detail } = typeof field === 'string' ? { name: field, detail: undefined } : field
    return {
      label,
      kind: 'field',
      ...(detail === undefined ? {} : { detail }),
      ...(behind === '' ? {} : { insert: label + behind })
    }
  })
}

/** What may stand behind `before` in a command. */
function itemsOf(
  command: string,
  before: string,
  columns: readonly Completion[],
  { lookups }: CompleteOptions
): readonly Completion[] {
  const open = before.lastIndexOf('(') > before.lastIndexOf(')')
  const said = (word: string): boolean => new RegExp(`\\b${word}\\b`, 'i').test(before)
  const something = before.trim() !== ''
  switch (command) {
    case 'stats':
    case 'timechart': {
      if (said('by')) {
        const bins: readonly Completion[] = ['bin(5m)', 'bin(1h)', 'bin(1d)'].map(label => ({
          label,
          kind: 'function',
          detail: 'the time, rounded down'
        }))
        return command === 'stats'
          ? [...columns, ...bins, ...functions]
          : [...columns, ...keywords('limit='), ...functions]
      }
      if (open) return [...columns, ...functions]
      return [
        ...(something ? keywords('by', 'as') : []),
        ...aggregates,
        ...(command === 'timechart' ? keywords('span=5m', 'span=1h', 'span=1d') : [])
      ]
    }
    case 'where':
      return [...columns, ...functions, ...(something ? keywords('and', 'or', 'not') : keywords('not'))]
    case 'eval':
      return before.includes('=') ? [...columns, ...functions] : []
    case 'rename':
      return /\bas\s+\S*$/i.test(before) ? [] : [...columns, ...(something ? keywords('as') : [])]
    case 'top':
    case 'rare':
      return [...columns, ...(something ? keywords('by') : [])]
    case 'transaction':
      return [...columns, ...(something ? keywords('maxgap=5m', 'maxgap=1h') : [])]
    case 'join': {
      const lookup = /^\s*(\S+)\s/.exec(before)?.[1]
      if (lookup === undefined)
        return [...(lookups?.keys() ?? [])].map(label => ({ label, kind: 'value', detail: 'a lookup table' }))
      if (!said('on')) return keywords('on')
      if (/=\s*$/.test(before)) return (lookups?.get(lookup) ?? []).map(label => ({ label, kind: 'field' }))
      return [...columns, ...keywords('outer')]
    }
    case 'head':
    case 'tail':
      return something ? [] : ['10', '20', '100'].map(label => ({ label, kind: 'value' }))
    case 'sort':
    case 'dedup':
    case 'fields':
    case 'pattern':
      return columns
    default:
      return []
  }
}

/** The columns that the commands before have left. */
function columnsAt(
  text: string,
  segments: readonly { readonly start: number; readonly end: number }[],
  options: CompleteOptions
): { readonly columns: readonly Completion[]; readonly events: boolean } {
  let names: string[] | undefined
  const added: string[] = []
  for (const command of parseCommands(text, segments, {}).commands) {
    const made = columnsOf(command, names, added, options)
    if (made !== undefined) names = made
  }
  if (names !== undefined)
    return { columns: [...new Set(names)].map(label => ({ label, kind: 'field', detail: 'column' })), events: false }
  return {
    columns: [
      ...added.map((label): Completion => ({ label, kind: 'field', detail: 'column' })),
      ...fieldItems(options)
    ],
    events: true
  }
}

/** The columns of the table that a command makes; undefined where it leaves them as they are. Columns added to events go to `added`. */
function columnsOf(
  command: Command,
  names: readonly string[] | undefined,
  added: string[],
  options: CompleteOptions
): string[] | undefined {
  const plus = (more: readonly string[]): string[] | undefined => {
    if (names !== undefined) return [...names, ...more]
    added.push(...more)
    return undefined
  }
  switch (command.kind) {
    case 'stats':
      return [...command.by, ...command.aggregates].map(({ as }) => as)
    case 'timechart': {
      const by = command.by === undefined ? [] : [command.by.kind === 'field' ? command.by.name : 'series']
      return ['@timestamp', ...by, ...command.aggregates.map(({ as }) => as)]
    }
    case 'eval':
      return plus(command.assign.map(({ as }) => as))
    case 'fields':
      return command.remove ? names?.filter(one => !command.names.includes(one)) : [...command.names]
    case 'rename': {
      if (names === undefined) return plus(command.pairs.map(({ to }) => to))
      const now = new Map(command.pairs.map(({ from, to }) => [from, to]))
      return names.map(one => now.get(one) ?? one)
    }
    case 'top':
    case 'rare':
      return [...command.by, ...command.of, 'count', 'percent']
    case 'join':
      return plus(options.lookups?.get(command.lookup) ?? [])
    case 'transaction':
      return [...command.by, 'start', 'end', 'duration', 'count']
    case 'pattern':
      return ['pattern', 'count', 'example']
    default:
      return undefined
  }
}

/** Those that begin with the word, then those of which a part does, then those that hold it. */
function matching(word: string, items: readonly Completion[]): Completion[] {
  if (word === '') return items.slice(0, itemsMax)
  const wanted = word.toLowerCase()
  const ranked: Completion[][] = [[], [], []]
  for (const item of items) {
    const label = item.label.toLowerCase()
    if (label === wanted && item.kind === 'keyword') continue
    if (label.startsWith(wanted)) ranked[0]!.push(item)
    else if (label.includes(`.${wanted}`) || label.includes(`_${wanted}`)) ranked[1]!.push(item)
    else if (wanted.length > 1 && label.includes(wanted)) ranked[2]!.push(item)
  }
  return ranked.flat().slice(0, itemsMax)
}
