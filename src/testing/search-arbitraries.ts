/** Random events and random searches with commands that fit them; the same seed gives the same ones. For the tests of the pipes. */

import type { EcsEvent } from '../core/parser.ts'
import { all, contains, type Expression, equals, exists, not, range, wildcard, word } from '../filter/expression.ts'
import type { Aggregate, AggregateName, Command, Group, Value } from '../filter/pipes/commands.ts'
import type { Search } from '../filter/search.ts'

/** Mulberry32. */
export class Random {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  int(below: number): number {
    return Math.floor(this.next() * below)
  }
  of<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!
  }
  chance(share: number): boolean {
    return this.next() < share
  }
  some<T>(items: readonly T[], most: number): T[] {
    const found = new Set<T>()
    for (let n = 1 + this.int(most); n > 0; n--) found.add(this.of(items))
    return [...found]
  }
}

const names = [
  'alpha',
  'Alpha',
  'ALPHA beta',
  'beta',
  'user1',
  'ÄÖ ü',
  'a%b_c',
  '',
  '-',
  '10.1.2.3',
  '443',
  "it's",
  '😀 x'
]
const addresses = [
  '10.1.2.3',
  '10.1.2.34',
  '10.200.0.1',
  '192.168.0.1',
  '2001:db8::1',
  '2001:DB8:0::1',
  '::1',
  '::',
  'n/a'
]
const numbers = [0, 1, 5, 22, 443, '443', '0443', 'n/a', 1000, 1.5, -7, 70_000, 3, 3, true]
const bytes = [0, 0, 1, 10, 512, 1000, 4096, 0.5, -2, 'none']
const messages = [
  'Failed password for alpha from 10.1.2.3 port 22',
  'Failed password for beta from 10.1.2.34 port 443',
  'session 0xFF opened at 2024-05-06T07:08:09Z by user1',
  'id 01234567-89ab-cdef-0123-456789abcdef done',
  'line\nbreak',
  'a, b; c',
  ' padded ',
  'ÄÖ 12 ü'
]
const networks = ['10.0.0.0/8', '10.1.2.0/24', '2001:db8::/32', '0.0.0.0/0']

const dayMs = Date.UTC(2024, 4, 6)

/** `clean`: every value is such that its column holds it. */
function randomEvent(random: Random, clean: boolean): EcsEvent {
  const event: Record<string, unknown> = {}
  const put = (field: string, value: unknown): void => {
    const path = field.split('.')
    let node = event
    for (const part of path.slice(0, -1)) node = (node[part] ??= {}) as Record<string, unknown>
    node[path.at(-1)!] = value
  }
  const maybe = (field: string, pool: readonly unknown[], share = 0.7): void => {
    if (!random.chance(share)) return
    const odd = random.chance(0.06)
    const some = clean ? pool.filter(isClean) : pool
    put(field, odd && !clean ? random.some(some, 3) : random.of(some))
  }
  // Some of the times are the same, some stand close together.
  const ms = dayMs + (random.chance(0.5) ? random.int(40) * 60_000 : random.int(3 * 86_400_000))
  const micros = random.chance(0.2) ? String(random.int(1000)).padStart(3, '0') : ''
  event['@timestamp'] = new Date(ms).toISOString().replace('Z', `${micros}Z`)
  maybe('event.action', names)
  maybe('event.dataset', ['a.one', 'a.two', 'b'])
  maybe('event.severity', numbers)
  maybe('message', messages)
  maybe('user.name', names)
  maybe('source.ip', addresses)
  maybe('destination.ip', addresses)
  maybe('source.port', numbers)
  maybe('destination.port', [22, 443, 0, 80])
  maybe('source.bytes', bytes)
  maybe('destination.bytes', [1, 2, 300])
  maybe('destination.domain', names, 0.5)
  maybe('custom.text', [...names, ...addresses, ...messages, '2024-05-06T07:08:09Z'])
  maybe('custom.number', numbers)
  if (random.chance(0.6)) put('event.category', random.some([...names, true, 7], 3))
  if (random.chance(0.3)) put('dns.answers.data', random.some([...names, ...addresses], 2))
  if (random.chance(0.4)) put('dns.id', random.of([1, 2, 300]))
  if (random.chance(0.4)) put('suricata.eve.dns.id', random.of([1, 2, '3']))
  if (random.chance(0.3)) put('url.domain', random.of(names))
  if (random.chance(0.5)) {
    put('event.start', new Date(ms).toISOString())
    put('event.end', new Date(ms + random.int(5) * 1000).toISOString())
    if (random.chance(0.5)) put('event.duration', random.int(5) * 1_000_000_000)
  }
  if (random.chance(0.3)) put('network.bytes', random.of([1, 3, 302, 0]))
  return event as EcsEvent
}

function isClean(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && value > 0 && value < 65_536
  return typeof value === 'string' && value !== '' && value !== 'n/a' && value !== 'none' && !/::|^0/.test(value)
}

export function randomEvents(random: Random, count: number, clean = false): EcsEvent[] {
  return Array.from({ length: count }, () => randomEvent(random, clean))
}

/** A few lines for `join`. */
export const testLookup = [
  { key: 'alpha', owner: 'Ann', 'user.name': 'x' },
  { key: '10.1.2.3', owner: 'Bob', 'user.name': 'y' },
  { key: 'ALPHA', owner: 'never', 'user.name': 'z' },
  { key: '443', owner: '', 'user.name': 'w' }
]

const eventFields = [
  '@timestamp',
  'event.action',
  'event.dataset',
  'event.severity',
  'message',
  'user.name',
  'source.ip',
  'destination.ip',
  'source.port',
  'destination.port',
  'source.bytes',
  'network.bytes',
  'event.duration',
  'custom.text',
  'custom.number',
  'event.category',
  'dns.answers.data',
  'dns.id',
  'suricata.eve.dns.id',
  'url.domain',
  'source.address',
  'event.start',
  'event.id',
  'network.community_id',
  'no.such.field'
]

const columnNames = ['a', 'b', 'a name', 'user.name', 'x_1', 'count']

/** What a random search may speak of at its place in the pipe. */
class Generator {
  readonly random: Random
  events = true
  /** Whether `@timestamp` is a time here. */
  timed = true
  fields: string[] = [...eventFields]

  constructor(random: Random) {
    this.random = random
  }

  #field(): string {
    return this.random.of(this.fields)
  }

  value(depth: number): Value {
    const { random } = this
    const field = (): Value => ({ kind: 'field', name: this.#field() })
    if (depth <= 0 || random.chance(0.35)) {
      if (random.chance(0.65)) return field()
      if (random.chance(0.5)) return { kind: 'number', value: random.of([0, 1, 2, 5, 10, 443, 1.5]) }
      return { kind: 'text', value: random.of([...names, ...addresses.filter(address => address !== '')]) }
    }
    const value = (): Value => this.value(depth - 1)
    const call = (name: string, ...args: Value[]): Value => ({ kind: 'call', name, args })
    const whole = (...from: number[]): Value => ({ kind: 'number', value: random.of(from) })
    const literal = (...from: string[]): Value => ({ kind: 'text', value: random.of(from) })
    switch (random.int(17)) {
      case 0:
      case 1:
        return { kind: 'binary', op: random.of(['+', '-', '*', '/', '%']), left: value(), right: value() }
      case 2:
      case 3:
      case 4:
        return this.condition(depth - 1)
      case 5:
        return call('if', this.condition(depth - 1), value(), value())
      case 6:
        return call('coalesce', value(), value(), ...(random.chance(0.5) ? [value()] : []))
      case 7:
        return call(random.of(['abs', 'floor', 'ceil', 'number']), value())
      case 8:
        return call(random.of(['lower', 'upper', 'len', 'trim', 'text']), value())
      case 9:
        return call('substr', value(), whole(-1, 0, 1, 3), ...(random.chance(0.5) ? [whole(0, 1, 5)] : []))
      case 10:
        return call('concat', value(), literal('-', '/'), value())
      case 11:
        return call('replace', value(), literal('a', ' ', '', '10.'), literal('', 'x'))
      case 12:
        return call('split', value(), literal(' ', '.', ''), whole(-1, 0, 1, 2, 9))
      case 13:
        return call(
          'bin',
          random.chance(0.5) ? { kind: 'field', name: this.timed ? '@timestamp' : this.#field() } : value(),
          whole(60, 3600, 604_800)
        )
      case 14:
        return call(
          random.of(['hour', 'weekday', 'date', 'epoch']),
          this.timed ? { kind: 'field', name: '@timestamp' } : value()
        )
      case 15:
        return call('round', value())
      default:
        return call(
          'strftime',
          this.timed ? { kind: 'field', name: '@timestamp' } : value(),
          literal('%Y-%m-%d %H:%M:%S', '%H')
        )
    }
  }

  condition(depth: number): Value {
    const { random } = this
    const value = (): Value => this.value(depth - 1)
    switch (random.int(depth <= 0 ? 6 : 9)) {
      case 0:
      case 1:
      case 2:
        return { kind: 'compare', op: random.of(['=', '!=', '<', '<=', '>', '>=']), left: value(), right: value() }
      case 3:
        return { kind: 'exists', of: value() }
      case 4:
        return { kind: 'wildcard', of: value(), pattern: random.of(['al*', '*a', '1?.*', '*-*', '?']) }
      case 5:
        return random.chance(0.5)
          ? { kind: 'call', name: 'cidr', args: [value(), { kind: 'text', value: random.of(networks) }] }
          : { kind: 'call', name: 'contains', args: [value(), { kind: 'text', value: random.of(['a', 'PASS', '1']) }] }
      case 6:
        return { kind: random.of(['and', 'or']), of: [this.condition(depth - 1), this.condition(depth - 1)] }
      case 7:
        return { kind: 'not', of: this.condition(depth - 1) }
      default:
        return {
          kind: 'regex',
          of: value(),
          pattern: random.of(['^al', 'a$', '[0-9]+', 'b.t']),
          cased: random.chance(0.5)
        }
    }
  }

  filter(): Expression {
    const { random } = this
    const field = random.of(eventFields.filter(name => name !== 'event.id'))
    switch (random.int(6)) {
      case 0:
        return equals(field, random.of([...names, ...addresses, '443']))
      case 1:
        return exists(field)
      case 2:
        return not(exists(field))
      case 3:
        return wildcard(field, random.of(['a*', '*1*']))
      case 4:
        return random.chance(0.5) ? word(random.of(['alpha', 'password'])) : contains(field, 'a')
      default:
        return range(
          random.of(['source.bytes', 'event.severity', 'custom.number', 'network.bytes', 'message']),
          'gt',
          random.of([0, 5, 100])
        )
    }
  }

  aggregates(): Aggregate[] {
    const { random } = this
    const kinds: readonly AggregateName[] = [
      'count',
      'dc',
      'sum',
      'avg',
      'min',
      'max',
      'median',
      'percentile',
      'stdev',
      'first',
      'last',
      'values'
    ]
    const found = Array.from({ length: 1 + random.int(3) }, (_, i): Aggregate => {
      const name = random.of(kinds)
      const as = `n${i}`
      if (name === 'count' && random.chance(0.6)) return { name, of: undefined, as: random.chance(0.5) ? 'count' : as }
      const of = this.value(random.chance(0.3) ? 1 : 0)
      return { name, of, as, ...(name === 'percentile' ? { percentile: random.of([0, 5, 95, 99.9, 100]) } : {}) }
    })
    const seen = new Set<string>()
    return found.filter(({ as }) => !seen.has(as) && seen.add(as))
  }

  groups(): Group[] {
    const { random } = this
    const found: Group[] = []
    if (this.timed && random.chance(0.3))
      found.push({
        kind: 'bin',
        seconds: random.of([300, 3600, 86_400, 604_800]),
        of: { kind: 'field', name: '@timestamp' },
        as: '@timestamp'
      })
    for (const name of random.chance(0.8) ? random.some(this.fields, 2) : []) {
      if (name === '@timestamp' && found.length > 0) continue
      found.push({ kind: 'value', of: { kind: 'field', name }, as: name })
    }
    const of = this.value(2)
    if (random.chance(0.2) && !(of.kind === 'call' && of.name === 'bin')) found.push({ kind: 'value', of, as: 'made' })
    return found.filter(({ as }, i) => found.findIndex(other => other.as === as) === i)
  }

  #table(columns: readonly string[]): void {
    this.events = false
    this.fields = [...new Set(columns)]
  }

  command(): Command {
    const { random } = this
    const count = 1 + random.int(12)
    switch (random.int(22)) {
      case 0:
        if (this.events) return { kind: 'filter', of: this.filter() }
        return { kind: 'where', of: this.condition(2) }
      case 1:
      case 2:
        return { kind: 'where', of: this.condition(2) }
      case 3:
      case 4:
      case 5: {
        const as = random.of(columnNames)
        const of = this.value(3)
        this.fields = [...new Set([...this.fields, as])]
        return { kind: 'eval', assign: [{ as, of }] }
      }
      case 6:
      case 7:
        return {
          kind: 'sort',
          keys: random.some(this.fields, 2).map(name => ({ name, descending: random.chance(0.5) }))
        }
      case 8:
        return { kind: 'head', count: count * 5 }
      case 9:
        return { kind: 'tail', count: count * 5 }
      case 10:
        return { kind: 'dedup', names: random.some(this.fields, 2), keep: random.chance(0.7) ? 1 : 2 }
      case 11: {
        const names = random.some(this.fields, 5)
        if (this.events || random.chance(0.7)) {
          this.#table(names)
          this.timed &&= names.includes('@timestamp')
          return { kind: 'fields', names, remove: false }
        }
        const kept = this.fields.filter(name => !names.includes(name))
        if (kept.length === 0) return { kind: 'head', count }
        this.#table(kept)
        this.timed &&= kept.includes('@timestamp')
        return { kind: 'fields', names, remove: true }
      }
      case 12: {
        const from = this.#field()
        const to = random.of(['new', 'other name'])
        if (from === to) return { kind: 'head', count }
        if (this.events) this.fields = [...new Set([...this.fields, to])]
        else {
          this.timed &&= from !== '@timestamp'
          this.#table(this.fields.filter(name => name !== from && name !== to).concat(to))
        }
        return { kind: 'rename', pairs: [{ from, to }] }
      }
      case 13:
      case 14:
      case 15:
      case 16: {
        const aggregates = this.aggregates()
        const by = this.groups()
        const columns = [...by.map(({ as }) => as), ...aggregates.map(({ as }) => as)]
        this.#table(columns)
        this.timed = by.some(({ as, kind }) => as === '@timestamp' && (kind === 'bin' || this.timed))
        return { kind: 'stats', aggregates, by }
      }
      case 17: {
        if (!this.timed) return { kind: 'head', count }
        const some = this.aggregates()
        const by: Value | undefined = random.chance(0.6) ? { kind: 'field', name: this.#field() } : undefined
        if (by?.kind === 'field' && by.name === '@timestamp') return { kind: 'tail', count }
        const aggregates = by === undefined ? some : some.slice(0, 1)
        this.#table(['@timestamp', ...(by?.kind === 'field' ? [by.name] : []), ...aggregates.map(({ as }) => as)])
        return { kind: 'timechart', seconds: random.of([60, 3600, 86_400]), aggregates, by, limit: 1 + random.int(4) }
      }
      case 18: {
        const of = random.some(this.fields, 2)
        const by = random.chance(0.3) ? [this.#field()].filter(name => !of.includes(name)) : []
        if ([...of, ...by].some(name => name === 'count' || name === 'percent')) return { kind: 'head', count }
        this.timed &&= [...of, ...by].includes('@timestamp')
        this.#table([...by, ...of, 'count', 'percent'])
        return { kind: random.of(['top', 'rare']), count, of, by }
      }
      case 19: {
        const on = this.#field()
        const shown = this.events ? [] : this.fields
        if (this.fields.includes('owner') || on === 'key' || shown.includes('key')) return { kind: 'head', count }
        this.fields = [...new Set([...this.fields, 'key', 'owner'])]
        return { kind: 'join', lookup: 'people', on, column: 'key', outer: random.chance(0.5) }
      }
      case 20: {
        if (!this.timed) return { kind: 'tail', count }
        const by = random.some(this.fields, 2).filter(name => !['start', 'end', 'duration', 'count'].includes(name))
        if (by.length === 0) return { kind: 'tail', count }
        this.timed = by.includes('@timestamp')
        this.#table([...by, 'start', 'end', 'duration', 'count'])
        return { kind: 'transaction', by, gapSeconds: random.of([60, 300, 3600]) }
      }
      default: {
        const of = this.#field()
        this.timed = false
        this.#table(['pattern', 'count', 'example'])
        return { kind: 'pattern', of, count }
      }
    }
  }
}

export function randomSearch(random: Random): Search {
  const generator = new Generator(random)
  const filter = random.chance(0.6) ? all : generator.filter()
  const commands = Array.from({ length: 1 + random.int(5) }, () => generator.command())
  return { filter, commands }
}
