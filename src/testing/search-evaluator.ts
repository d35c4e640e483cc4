/**
 * Searches with commands, evaluated in the obvious way over plain documents: the third opinion that the SQL is tested against.
 * Slow, and says itself what the language means: it shares only the readings of values (numbers, times, addresses) with the compiler.
 */

import { columnOf, repeatedFields } from '../core/columns.ts'
import { writeIp } from '../core/ip.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoMs, parseIso } from '../core/time.ts'
import { addressText, inNetwork, parseCidr } from '../filter/address.ts'
import { columnText, communityIdOfEvent, valuesOf } from '../filter/event-values.ts'
import { compileRegex, numberOfText, timeOfText } from '../filter/literals.ts'
import type { Aggregate, Command, Group, SortKey, Value } from '../filter/pipes/commands.ts'
import type { Search } from '../filter/search.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { asciiLower } from '../filter/tokens.ts'
import { fieldsBehind } from '../filter/virtual-fields.ts'
import { wildcardMatcher } from '../filter/wildcard.ts'

export type Cell =
  | { readonly type: 'text'; readonly v: string }
  | { readonly type: 'ip'; readonly v: string }
  | { readonly type: 'number'; readonly v: number | undefined }
  /** Microseconds. */
  | { readonly type: 'time'; readonly v: number | undefined }
  | { readonly type: 'list'; readonly v: readonly string[] }
  | { readonly type: 'truth'; readonly v: boolean }

type Row = { readonly event?: EcsEvent; readonly id?: number; readonly cells: ReadonlyMap<string, Cell> }
type Table = { readonly events: boolean; readonly names: readonly string[]; readonly rows: readonly Row[] }

export type Evaluated = { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] }
export type Lookups = ReadonlyMap<string, readonly Readonly<Record<string, string>>[]>

const text = (v: string): Cell => ({ type: 'text', v })
const number = (v: number | undefined): Cell => ({
  type: 'number',
  v: v !== undefined && Number.isFinite(v) ? v : undefined
})
const time = (v: number | undefined): Cell => ({ type: 'time', v })
const truth = (v: boolean): Cell => ({ type: 'truth', v })

// What a field of an event is.

function fieldOf(event: EcsEvent, id: number, field: string): Cell {
  if (field === '@timestamp') return time(parseIso(String(event['@timestamp'])))
  if (field === 'event.id') return text(id.toString(16).padStart(16, '0'))
  if (field === 'network.community_id') return text(communityIdOfEvent(event) ?? '')
  const [own, ...others] = fieldsBehind(field)
  if (others.length > 0) {
    const texts = [own!, ...others].map(name => textOf(stored(event, name)))
    return text(texts.find(found => found !== '') ?? '')
  }
  const repeats = repeatedFields.get(field)
  const cell = stored(event, field)
  return repeats !== undefined && cell.type !== stored(event, repeats).type ? text(textOf(cell)) : cell
}

function stored(event: EcsEvent, field: string): Cell {
  const leaves = valuesOf(field)(event)
  const [first] = leaves
  const column = columnOf(field)
  switch (column?.type) {
    case undefined:
    case 'word':
    case 'text':
      return text(first === undefined ? '' : String(first))
    case 'words': {
      const words = leaves.filter(leaf => leaf !== '' && typeof leaf !== 'boolean').map(String)
      if (words.length > 0 || first === undefined || first === '') return { type: 'list', v: words }
      return { type: 'list', v: [String(first)] }
    }
    case 'ip':
      return { type: 'ip', v: columnText(column!, first ?? '') ?? '' }
    case 'time':
      return time(typeof first === 'string' ? timeOfText(first) : undefined)
    default:
      return number(first === undefined ? undefined : numberOfText(String(first)))
  }
}

// How one type is read as another.

function present(cell: Cell): boolean {
  if (cell.type === 'list') return cell.v.length > 0
  return cell.v !== undefined && cell.v !== ''
}

function textOf(cell: Cell): string {
  switch (cell.type) {
    case 'text':
    case 'ip':
      return cell.v
    case 'number':
      return cell.v === undefined ? '' : String(cell.v).replace('e+', 'e')
    case 'time':
      return cell.v === undefined ? '' : isoMs(cell.v)
    case 'list':
      return cell.v.join(', ')
    case 'truth':
      return String(cell.v)
  }
}

function numberOf(cell: Cell): number | undefined {
  switch (cell.type) {
    case 'number':
      return cell.v
    case 'truth':
      return cell.v ? 1 : 0
    case 'time':
      return cell.v === undefined ? undefined : cell.v / 1e6
    case 'list':
      return cell.v.length === 1 ? numberOfText(cell.v[0]!) : undefined
    case 'ip':
      return undefined
    case 'text':
      return numberOfText(cell.v)
  }
}

function timeOf(cell: Cell): number | undefined {
  if (cell.type === 'time') return cell.v
  if (cell.type === 'number') return cell.v === undefined ? undefined : Math.round(cell.v * 1e6)
  return timeOfText(textOf(cell))
}

function truthOf(cell: Cell): boolean {
  if (cell.type === 'truth') return cell.v
  if (cell.type === 'number') return (cell.v ?? 0) !== 0
  return present(cell)
}

const anyText = (cell: Cell, test: (one: string) => boolean): boolean =>
  cell.type === 'list' ? cell.v.some(test) : test(textOf(cell))

// Values.

type Names = (name: string) => Cell

function valueIn(value: Value, names: Names, nowMs: number): Cell {
  const of = (inner: Value): Cell => valueIn(inner, names, nowMs)
  switch (value.kind) {
    case 'number':
      return number(value.value)
    case 'text':
      return text(value.value)
    case 'field':
      return names(value.name)
    case 'binary': {
      const [a, b] = [numberOf(of(value.left)), numberOf(of(value.right))]
      if (a === undefined || b === undefined) return number(undefined)
      if (value.op === '+') return number(a + b)
      if (value.op === '-') return number(a - b)
      if (value.op === '*') return number(a * b)
      if (b === 0) return number(undefined)
      return number(value.op === '/' ? a / b : a - Math.floor(a / b) * b)
    }
    case 'compare':
      return truth(compare(value.op, of(value.left), of(value.right)))
    case 'and':
      return truth(value.of.every(item => truthOf(of(item))))
    case 'or':
      return truth(value.of.some(item => truthOf(of(item))))
    case 'not':
      return truth(!truthOf(of(value.of)))
    case 'exists':
      return truth(present(of(value.of)))
    case 'wildcard': {
      const matches = wildcardMatcher(value.pattern, false)
      return truth(anyText(of(value.of), one => one !== '' && matches(one)))
    }
    case 'regex': {
      const regex = compileRegex(value.pattern, value.cased)
      return truth(anyText(of(value.of), one => one !== '' && regex.ok && regex.test(one)))
    }
    case 'call':
      return call(value.name, value.args.map(of), nowMs)
  }
}

function compare(op: string, left: Cell, right: Cell): boolean {
  const numeric = (cell: Cell): boolean => cell.type === 'number' || cell.type === 'truth'
  if ((op === '=' || op === '!=') && !numeric(left) && !numeric(right)) {
    const equal = anyText(left, one => asciiLower(one) === asciiLower(textOf(right)))
    return op === '=' ? equal : !equal
  }
  const read = left.type === 'time' || right.type === 'time' ? timeOf : numberOf
  const [a, b] = [read(left), read(right)]
  if (a === undefined || b === undefined) return op === '!='
  if (op === '=') return a === b
  if (op === '!=') return a !== b
  if (op === '<') return a < b
  if (op === '<=') return a <= b
  return op === '>' ? a > b : a >= b
}

function alike(cells: readonly Cell[]): readonly Cell[] {
  const type = cells[0]!.type
  return type !== 'list' && cells.every(cell => cell.type === type) ? cells : cells.map(cell => text(textOf(cell)))
}

function call(name: string, args: readonly Cell[], nowMs: number): Cell {
  const n = (index: number): number | undefined => numberOf(args[index]!)
  const t = (index: number): string => textOf(args[index]!)
  const int = (index: number): number => Math.round(n(index) ?? 0)
  const math = (f: (a: number) => number): Cell => {
    const a = n(0)
    return number(a === undefined ? undefined : f(a))
  }
  const clock = (f: (date: Date) => number): Cell => {
    const us = timeOf(args[0]!)
    return number(us === undefined ? undefined : f(new Date(Math.floor(us / 1000))))
  }
  switch (name) {
    case 'if':
      return alike([args[1]!, args[2]!])[truthOf(args[0]!) ? 0 : 1]!
    case 'coalesce': {
      const cells = alike(args)
      return cells.find(present) ?? cells.at(-1)!
    }
    case 'abs':
      return math(Math.abs)
    case 'floor':
      return math(Math.floor)
    case 'ceil':
      return math(Math.ceil)
    case 'sqrt':
      return math(Math.sqrt)
    case 'log':
      return math(Math.log)
    case 'round': {
      const scale = args.length === 1 ? 1 : 10 ** int(1)
      return math(a => Math.floor(a * scale + 0.5) / scale)
    }
    case 'pow': {
      const [a, b] = [n(0), n(1)]
      return number(a === undefined || b === undefined ? undefined : a ** b)
    }
    case 'lower':
      return text(asciiLower(t(0)))
    case 'upper':
      return text(t(0).replace(/[a-z]/g, c => c.toUpperCase()))
    case 'len':
      return number(t(0) === '' ? undefined : [...t(0)].length)
    case 'trim':
      return text(t(0).replace(/^ +| +$/g, ''))
    case 'substr': {
      const from = Math.max(1, int(1)) - 1
      const letters = [...t(0)].slice(from)
      return text((args.length === 2 ? letters : letters.slice(0, Math.max(0, int(2)))).join(''))
    }
    case 'concat':
      return text(args.map(textOf).join(''))
    case 'replace':
      return text(t(1) === '' ? t(0) : t(0).replaceAll(t(1), () => t(2)))
    case 'split': {
      if (t(1) === '') return text(t(0))
      const parts = t(0).split(t(1))
      const place = int(2) === 0 ? 1 : int(2)
      return text(parts.at(place > 0 ? place - 1 : place) ?? '')
    }
    case 'number':
      return number(n(0))
    case 'text':
      return text(t(0))
    case 'bin': {
      const width = Math.abs(n(1) ?? 0)
      if (args[0]!.type === 'time') return time(binned(args[0]!.v, width))
      const a = n(0)
      return number(a === undefined || width === 0 ? undefined : Math.floor(a / width) * width)
    }
    case 'now':
      return time(nowMs * 1000)
    case 'hour':
      return clock(date => date.getUTCHours())
    case 'weekday':
      return clock(date => date.getUTCDay() || 7)
    case 'date':
      return text(isoMs(timeOf(args[0]!) ?? 0).slice(0, timeOf(args[0]!) === undefined ? 0 : 10))
    case 'strftime': {
      const us = timeOf(args[0]!)
      if (us === undefined) return text('')
      const [, y, m, d, h, min, s] = /^(\d+)-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)/.exec(isoMs(us))!
      const parts: Readonly<Record<string, string>> = { Y: y!, m: m!, d: d!, H: h!, M: min!, S: s! }
      return text(t(1).replace(/%(.)/g, (_, letter: string) => parts[letter]!))
    }
    case 'epoch':
      return number(numberOf(time(timeOf(args[0]!))))
    case 'cidr':
      return truth(anyText(args[0]!, one => addressText(one) !== undefined && inNetwork(one, parseCidr(t(1))!)))
    case 'contains':
      return truth(t(1) !== '' && anyText(args[0]!, one => asciiLower(one).includes(asciiLower(t(1)))))
    default:
      throw new Error(`no function ${name}`)
  }
}

function binned(us: number | undefined, seconds: number): number | undefined {
  const width = Math.round(seconds * 1e6)
  if (us === undefined || width === 0) return undefined
  const offset = seconds % 604_800 === 0 ? 345_600_000_000 : 0
  return us - ((((us - offset) % width) + width) % width)
}

// Orders.

const bytesOf = (v: string): Buffer => Buffer.from(v)

function compareCells(a: Cell, b: Cell): number {
  if (a.type === 'text') return Buffer.compare(bytesOf(a.v), bytesOf((b as typeof a).v))
  if (a.type === 'ip') {
    const [x, y] = [new Uint8Array(16), new Uint8Array(16)]
    writeIp(a.v, x, 0)
    writeIp((b as typeof a).v, y, 0)
    return Buffer.compare(x, y)
  }
  if (a.type === 'list') {
    const other = (b as typeof a).v
    for (let i = 0; i < Math.min(a.v.length, other.length); i++) {
      const c = Buffer.compare(bytesOf(a.v[i]!), bytesOf(other[i]!))
      if (c !== 0) return c
    }
    return a.v.length - other.length
  }
  const [x, y] = [Number(a.v), Number(b.v)]
  return x < y ? -1 : x > y ? 1 : 0
}

/** Stable; what is absent comes last. */
function sorted(rows: readonly Row[], keys: readonly SortKey[], names: (row: Row) => Names): Row[] {
  return rows.toSorted((a, b) => {
    for (const { name, descending } of keys) {
      const [x, y] = [names(a)(name), names(b)(name)]
      if (present(x) !== present(y)) return present(x) ? -1 : 1
      const c = present(x) ? compareCells(x, y) : 0
      if (c !== 0) return descending ? -c : c
    }
    return 0
  })
}

// Commands.

const eventColumns = ['@timestamp', 'event.dataset', 'message']

export type EvaluateOptions = { readonly nowMs: number; readonly lookups?: Lookups; readonly timechartSeconds?: number }

export function evaluate(search: Search, events: readonly EcsEvent[], options: EvaluateOptions): Evaluated {
  const passes = toPredicate(search.filter)
  const all: Row[] = events.map((event, id) => ({ event, id, cells: new Map<string, Cell>() }))
  const found = all.filter(row => passes(row.event!))
  const newest = found.toSorted(
    (a, b) => parseIso(b.event!['@timestamp']!)! - parseIso(a.event!['@timestamp']!)! || b.id! - a.id!
  )
  let table: Table = { events: true, names: [], rows: newest }
  for (const command of search.commands) table = run(command, table, options)
  const stays = search.commands.every(({ kind }) => ['filter', 'sort', 'head'].includes(kind))
  if (table.events && stays && asEvents(search.commands))
    return { columns: ['event.id'], rows: table.rows.map(row => [row.id]) }
  const shown = table.events ? [...new Set([...eventColumns, ...table.names])] : table.names
  return { columns: shown, rows: table.rows.map(row => shown.map(name => out(lookup(row, table)(name)))) }
}

/** The compiler answers these with the events themselves. */
function asEvents(commands: readonly Command[]): boolean {
  const head = commands.findIndex(({ kind }) => kind === 'head')
  return (
    (head < 0 || head === commands.length - 1) &&
    commands.every(
      command => command.kind !== 'sort' || (command.keys.length === 1 && command.keys[0]!.name === '@timestamp')
    )
  )
}

function out(cell: Cell): unknown {
  if (cell.type === 'list') return cell.v
  if (!present(cell)) return null
  return cell.type === 'number' ? cell.v : textOf(cell)
}

const lookup =
  (row: Row, table: Table): Names =>
  name => {
    const cell = row.cells.get(name)
    if (cell !== undefined) return cell
    if (!table.events) throw new Error(`no column ${name}`)
    return fieldOf(row.event!, row.id!, name)
  }

function withCell(row: Row, name: string, cell: Cell): Row {
  return { ...row, cells: new Map([...row.cells, [name, cell]]) }
}

const plus = (names: readonly string[], name: string): string[] => [...new Set([...names, name])]

function run(command: Command, table: Table, options: EvaluateOptions): Table {
  const names = (row: Row): Names => lookup(row, table)
  const { rows } = table
  switch (command.kind) {
    case 'filter': {
      const passes = toPredicate(command.of)
      return { ...table, rows: rows.filter(row => passes(row.event!)) }
    }
    case 'where':
      return { ...table, rows: rows.filter(row => truthOf(valueIn(command.of, names(row), options.nowMs))) }
    case 'eval': {
      let made = table
      for (const { as, of } of command.assign) {
        const before = made
        made = {
          ...before,
          names: plus(before.names, as),
          rows: before.rows.map(row => withCell(row, as, valueIn(of, lookup(row, before), options.nowMs)))
        }
      }
      return made
    }
    case 'sort': {
      const last = command.keys.at(-1)!
      // Events of the same time follow each other in the direction of the time.
      const byTime = table.events && last.name === '@timestamp' && !table.names.includes('@timestamp')
      const direction = last.descending ? -1 : 1
      const before = byTime ? rows.toSorted((a, b) => direction * (a.id! - b.id!)) : rows
      return { ...table, rows: sorted(before, command.keys, names) }
    }
    case 'head':
      return { ...table, rows: rows.slice(0, command.count) }
    case 'tail':
      return { ...table, rows: rows.slice(-command.count) }
    case 'dedup': {
      const seen = new Map<string, number>()
      const kept = rows.filter(row => {
        const key = JSON.stringify(command.names.map(name => textOf(names(row)(name))))
        seen.set(key, (seen.get(key) ?? 0) + 1)
        return seen.get(key)! <= command.keep
      })
      return { ...table, rows: kept }
    }
    case 'fields': {
      const shown = table.events ? [...new Set([...eventColumns, ...table.names])] : table.names
      const kept = command.remove ? shown.filter(name => !command.names.includes(name)) : [...new Set(command.names)]
      return {
        events: false,
        names: kept,
        rows: rows.map(row => ({ cells: new Map(kept.map(name => [name, names(row)(name)])) }))
      }
    }
    case 'rename': {
      if (table.events) {
        let made: Table = table
        for (const { from, to } of command.pairs)
          made = {
            ...made,
            names: plus(made.names, to),
            rows: made.rows.map((row, i) => withCell(row, to, names(rows[i]!)(from)))
          }
        return made
      }
      const now = new Map(command.pairs.map(({ from, to }) => [from, to]))
      const taken = new Set(now.values())
      const kept = table.names.filter(name => now.has(name) || !taken.has(name))
      const renamed = kept.map(name => now.get(name) ?? name)
      return {
        events: false,
        names: [...new Set(renamed)],
        rows: rows.map(row => ({ cells: new Map(kept.map((name, i) => [renamed[i]!, names(row)(name)])) }))
      }
    }
    case 'stats':
      return stats(command.aggregates, command.by, table, options)
    case 'timechart':
      return timechart(command, table, options)
    case 'top':
    case 'rare':
      return top(command, table, options)
    case 'join':
      return join(command, table, options)
    case 'transaction':
      return transaction(command, table)
    case 'pattern':
      return pattern(command, table)
  }
}

function tableOf(names: readonly string[], rows: readonly (readonly Cell[])[]): Table {
  return {
    events: false,
    names: [...new Set(names)],
    rows: rows.map(cells => ({ cells: new Map(cells.map((cell, i) => [names[i]!, cell])) }))
  }
}

type Expanded = { readonly row: Row; readonly place: number; readonly keys: readonly Cell[] }

function stats(aggregates: readonly Aggregate[], by: readonly Group[], table: Table, options: EvaluateOptions): Table {
  const groups = new Map<string, Expanded[]>()
  if (by.length === 0) groups.set('', [])
  for (const [place, row] of table.rows.entries()) {
    let found: Cell[][] = [[]]
    for (const [place, group] of by.entries()) {
      // A list that is named twice is taken apart once.
      const before = by.findIndex(other => JSON.stringify(other.of) === JSON.stringify(group.of))
      if (before < place && group.kind === 'value' && by[before]!.kind === 'value') {
        found = found.map(keys => [...keys, keys[before]!])
        continue
      }
      const of = valueIn(group.of, lookup(row, table), options.nowMs)
      const cell = group.kind === 'bin' ? time(binned(timeOf(of), group.seconds)) : of
      const cells = cell.type === 'list' ? cell.v.map(text) : present(cell) ? [cell] : []
      found = found.flatMap(keys => cells.map(one => [...keys, one]))
    }
    for (const keys of found) {
      const key = JSON.stringify(keys.map(one => (one.v === 0 ? 0 : one.v)))
      const before = groups.get(by.length === 0 ? '' : key) ?? []
      before.push({ row, place, keys })
      groups.set(by.length === 0 ? '' : key, before)
    }
  }
  const rows = [...groups.values()].map(members => [
    ...(members[0]?.keys ?? []),
    ...aggregates.map(aggregate => aggregated(aggregate, members, table, options))
  ])
  rows.sort((a, b) => {
    for (let i = 0; i < by.length; i++) {
      const c = compareCells(a[i]!, b[i]!)
      if (c !== 0) return c
    }
    return 0
  })
  return tableOf([...by.map(({ as }) => as), ...aggregates.map(({ as }) => as)], rows)
}

function aggregated(
  { name, of, percentile }: Aggregate,
  members: readonly Expanded[],
  table: Table,
  options: EvaluateOptions
): Cell {
  if (of === undefined) return number(members.length)
  const cells = members.map(({ row, place }) => ({ row, place, cell: valueIn(of, lookup(row, table), options.nowMs) }))
  const there = cells.filter(({ cell }) => present(cell))
  const type = cells[0]?.cell.type
  const numbers = cells.flatMap(({ cell }) => numberOf(cell) ?? [])
  switch (name) {
    case 'count':
      return number(cells.filter(({ cell }) => (cell.type === 'truth' ? cell.v : present(cell))).length)
    case 'dc': {
      const values = there.flatMap(({ cell }) => (cell.type === 'list' ? cell.v : [String(cell.v)]))
      return number(new Set(values).size)
    }
    case 'sum':
      return number(numbers.length === 0 ? undefined : numbers.reduce((a, b) => a + b))
    case 'avg':
      return number(numbers.reduce((a, b) => a + b, 0) / numbers.length)
    case 'stdev': {
      if (numbers.length < 2) return number(undefined)
      const mean = numbers.reduce((a, b) => a + b, 0) / numbers.length
      return number(Math.sqrt(numbers.reduce((a, b) => a + (b - mean) ** 2, 0) / (numbers.length - 1)))
    }
    case 'median':
      return number(quantile(numbers, 0.5))
    case 'percentile':
      return number(quantile(numbers, (percentile ?? 50) / 100))
    case 'min':
    case 'max': {
      const better = (a: Cell, b: Cell): Cell =>
        (name === 'min' ? compareCells(b, a) < 0 : compareCells(b, a) > 0) ? b : a
      if (type === 'number' || type === 'truth') {
        return number(numbers.length === 0 ? undefined : Math[name](...numbers))
      }
      const kept = there.map(({ cell }) => (cell.type === 'list' ? text(textOf(cell)) : cell))
      return kept.length === 0 ? text('') : kept.reduce(better)
    }
    case 'first':
    case 'last': {
      const order = there.toSorted((a, b) => {
        if (table.events) return timeIn(a.row, table) - timeIn(b.row, table) || a.row.id! - b.row.id!
        const timed = a.row.cells.get('@timestamp')?.type === 'time'
        return timed ? timeIn(a.row, table) - timeIn(b.row, table) || b.place - a.place : a.place - b.place
      })
      const cell = order.at(name === 'first' ? 0 : -1)?.cell
      if (cell === undefined) return type === 'list' ? { type: 'list', v: [] } : text('')
      return cell.type === 'truth' ? text(textOf(cell)) : cell
    }
    case 'values': {
      const values = there.flatMap(({ cell }) => (cell.type === 'list' ? cell.v : [textOf(cell)]))
      const order = [...new Set(values)].toSorted((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)))
      return { type: 'list', v: order.slice(0, 100) }
    }
  }
}

const timeIn = (row: Row, table: Table): number => timeOf(lookup(row, table)('@timestamp')) ?? 0

/** Between the two nearest values. */
function quantile(values: readonly number[], level: number): number | undefined {
  if (values.length === 0) return undefined
  const order = values.toSorted((a, b) => a - b)
  const place = level * (order.length - 1)
  const [low, high] = [order[Math.floor(place)]!, order[Math.ceil(place)]!]
  return low + (high - low) * (place - Math.floor(place))
}

function timechart(
  { seconds, aggregates, by, limit }: Extract<Command, { kind: 'timechart' }>,
  table: Table,
  options: EvaluateOptions
): Table {
  const width = seconds ?? options.timechartSeconds ?? 3600
  const group: Group = { kind: 'bin', seconds: width, of: { kind: 'field', name: '@timestamp' }, as: '@timestamp' }
  if (by === undefined) return stats(aggregates, [group], table, options)
  const as = by.kind === 'field' ? by.name : 'series'
  const rows = table.rows.flatMap(row => {
    const cell = valueIn(by, lookup(row, table), options.nowMs)
    return (cell.type === 'list' ? cell.v : [textOf(cell)]).map(name => withCell(row, as, text(name)))
  })
  const counts = new Map<string, number>()
  for (const row of rows)
    counts.set(row.cells.get(as)!.v as string, (counts.get(row.cells.get(as)!.v as string) ?? 0) + 1)
  counts.delete('')
  const largest = [...counts]
    .toSorted(([a, m], [b, n]) => n - m || Buffer.compare(bytesOf(a), bytesOf(b)))
    .slice(0, limit)
    .map(([name]) => name)
  const named = rows.map(row => {
    const name = row.cells.get(as)!.v as string
    return withCell(row, as, text(name === '' || largest.includes(name) ? name : 'other'))
  })
  const series: Group = { kind: 'value', of: { kind: 'field', name: as }, as }
  return stats(
    aggregates.slice(0, 1),
    [group, series],
    { ...table, names: plus(table.names, as), rows: named },
    options
  )
}

function top(
  { kind, count, of, by }: Extract<Command, { kind: 'top' | 'rare' }>,
  table: Table,
  options: EvaluateOptions
): Table {
  const groups = [...by, ...of].map((name): Group => ({ kind: 'value', of: { kind: 'field', name }, as: name }))
  const counted = stats([{ name: 'count', of: undefined, as: 'count' }], groups, table, options)
  const part = (row: Row): string => JSON.stringify(by.map(name => row.cells.get(name)!.v))
  const totals = new Map<string, number>()
  for (const row of counted.rows)
    totals.set(part(row), (totals.get(part(row)) ?? 0) + (row.cells.get('count')!.v as number))
  const shared = counted.rows.map(row =>
    withCell(
      row,
      'percent',
      number(Math.floor(((row.cells.get('count')!.v as number) * 10_000) / totals.get(part(row))! + 0.5) / 100)
    )
  )
  const keys: SortKey[] = [
    ...by.map(name => ({ name, descending: false })),
    { name: 'count', descending: kind === 'top' },
    ...of.map(name => ({ name, descending: false }))
  ]
  const made: Table = { events: false, names: [...counted.names, 'percent'], rows: shared }
  const seen = new Map<string, number>()
  const rows = sorted(shared, keys, row => lookup(row, made)).filter(row => {
    seen.set(part(row), (seen.get(part(row)) ?? 0) + 1)
    return seen.get(part(row))! <= count
  })
  return { ...made, rows }
}

function join(
  { lookup: name, on, column, outer }: Extract<Command, { kind: 'join' }>,
  table: Table,
  options: EvaluateOptions
): Table {
  const lines = options.lookups!.get(name)!
  const columns = Object.keys(lines[0]!)
  const shown = table.events ? [...eventColumns, ...table.names] : table.names
  const as = (one: string): string => (shown.includes(one) ? `${name}.${one}` : one)
  const added = columns.filter(one => !(one === column && one === on))
  const rows = table.rows.flatMap(row => {
    const key = asciiLower(textOf(lookup(row, table)(on)))
    const line = key === '' ? undefined : lines.find(one => asciiLower(one[column]!) === key)
    if (line === undefined && !outer) return []
    let made = table.events ? withCell(row, on, lookup(row, table)(on)) : row
    for (const one of added) made = withCell(made, as(one), text(line?.[one] ?? ''))
    return [made]
  })
  let { names } = table
  for (const one of [...(table.events ? [on] : []), ...added.map(as)]) names = plus(names, one)
  return { ...table, names, rows }
}

function transaction({ by, gapSeconds }: Extract<Command, { kind: 'transaction' }>, table: Table): Table {
  const keyed = new Map<string, { keys: Cell[]; times: number[] }>()
  for (const row of table.rows) {
    const keys = by.map(name => lookup(row, table)(name))
    const at = timeOf(lookup(row, table)('@timestamp'))
    if (at === undefined || !keys.every(present)) continue
    const key = JSON.stringify(keys)
    const found = keyed.get(key) ?? { keys, times: [] }
    found.times.push(at)
    keyed.set(key, found)
  }
  const rows: Cell[][] = []
  for (const { keys, times } of keyed.values()) {
    let session: number[] = []
    const close = (): void => {
      if (session.length === 0) return
      const [start, end] = [session[0]!, session.at(-1)!]
      rows.push([...keys, time(start), time(end), number((end - start) / 1e6), number(session.length)])
    }
    for (const at of times.toSorted((a, b) => a - b)) {
      if (session.length > 0 && at - session.at(-1)! > gapSeconds * 1e6) {
        close()
        session = []
      }
      session.push(at)
    }
    close()
  }
  const made = tableOf([...by, 'start', 'end', 'duration', 'count'], rows)
  const keys = [{ name: 'start', descending: true }, ...by.map(name => ({ name, descending: false }))]
  return { ...made, rows: sorted(made.rows, keys, row => lookup(row, made)) }
}

function shapeOf(value: string): string {
  return value
    .replace(/[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}/g, '<uuid>')
    .replace(/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/g, '<ip>')
    .replace(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}[.,0-9]*Z?/g, '<time>')
    .replace(/0x[0-9A-Fa-f]+/g, '<hex>')
    .replace(/\d+/g, '<n>')
}

function pattern({ of, count }: Extract<Command, { kind: 'pattern' }>, table: Table): Table {
  const groups = new Map<string, string[]>()
  for (const row of table.rows) {
    const value = textOf(lookup(row, table)(of))
    if (value === '') continue
    groups.set(shapeOf(value), [...(groups.get(shapeOf(value)) ?? []), value])
  }
  const rows = [...groups].map(([shape, values]) => [
    text(shape),
    number(values.length),
    text(values.toSorted((a, b) => Buffer.compare(bytesOf(a), bytesOf(b)))[0]!)
  ])
  const made = tableOf(['pattern', 'count', 'example'], rows)
  const keys = [
    { name: 'count', descending: true },
    { name: 'pattern', descending: false }
  ]
  return { ...made, rows: sorted(made.rows, keys, row => lookup(row, made)).slice(0, count) }
}
