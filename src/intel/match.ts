/**
 * Which indicators does an event show? One walk over the event reads the fields of `event-fields.ts`; each value is looked up in the
 * shared table. What is found in a batch is grouped by indicator, value and internal host, each group with its sighting: bounded,
 * whatever the events are.
 */

import {
  type Level,
  levels,
  type MatchGroup,
  type MatchSample,
  type RuleSummary,
  samplesMax,
  testField
} from '../core/detection.ts'
import type { EcsEvent } from '../core/parser.ts'
import { EventFields } from '../detect/event-fields.ts'
import type { FoundIn } from '../detect/match-groups.ts'
import { sampleText } from '../detect/sample-text.ts'
import { firstValueOf, type Leaf } from '../filter/event-values.ts'
import { fieldUses, senderFields, urlParts } from './event-fields.ts'
import type { IndicatorType, Sighting } from './indicator.ts'
import { normalUrl } from './normalise.ts'
import { hostInUrl, type SharedTable } from './table/layout.ts'
import { type Entry, IndicatorTable } from './table/table.ts'

/** An indicator met in a batch. Counts only if no allow list names what was observed: the main thread asks them. */
export type IndicatorMatch = {
  readonly group: MatchGroup
  /** Absent for the heartbeat's events: nothing was seen. */
  readonly sighting: Sighting | undefined
  readonly observed: { readonly type: IndicatorType; readonly value: string }
}

const groupsMax = 5_000
const samplesBytesMax = 16 << 20
const textMax = 512
/** Of one event: a list of answers may be long. */
const entriesPerEventMax = 50

type Group = {
  readonly rule: RuleSummary
  readonly entry: Entry
  readonly entity: Record<string, string>
  readonly field: string
  readonly observed: string
  readonly test: boolean
  count: number
  firstUs: number
  lastUs: number
  readonly samples: MatchSample[]
}

type Use = {
  readonly field: string
  readonly number: number
  readonly as: readonly IndicatorType[]
  readonly side: string
}

export class IndicatorDetector {
  readonly table: IndicatorTable
  readonly #fields = new EventFields()
  readonly #uses: (Use | undefined)[] = []
  readonly #found: number[] = []
  readonly #foundIn: Use[] = []
  readonly #foundAs: string[] = []
  readonly #rules = new Map<string, { rule: RuleSummary; entry: Entry }>()
  #groups = new Map<string, Group>()
  #bytes = 0

  constructor(shared: SharedTable) {
    this.table = new IndicatorTable(shared)
    for (const { field, as } of fieldUses) {
      const wanted = as.filter(type => this.#isWanted(type))
      if (wanted.length === 0) continue
      const number = this.#fields.add(field)
      this.#uses[number] = { field, number, as: wanted, side: field.slice(0, field.indexOf('.')) }
    }
  }

  #isWanted(type: IndicatorType): boolean {
    const { table } = this
    if (type === 'ip') return table.has('ip') || table.has('cidr')
    // The host of a URL, and the domain of a mail address, are domains or addresses.
    if (type === 'url') return table.has('url') || table.has('domain') || table.has('ip') || table.has('cidr')
    if (type === 'email') return table.has('email') || table.has('domain')
    return table.has(type)
  }

  /** Looks at an event: `finds`, and if so, `add`. */
  look(found: FoundIn, receivedMs: number): void {
    if (this.finds(found.event)) this.add(found, receivedMs)
  }

  /** Keeps what the event that was asked about last shows. `receivedMs` bounds the time at which it counts, as events may claim any. */
  add(found: FoundIn, receivedMs: number): void {
    const second = Math.min(found.timeUs / 1_000_000, receivedMs / 1000)
    for (let i = 0; i < this.#found.length; i++) {
      const entry = this.#found[i]!
      const use = this.#foundIn[i]!
      if (!this.table.isInForce(entry, second) || !portFits(this.table.portOf(entry), use, found.event)) continue
      this.#add(entry, use, this.#foundAs[i]!, found)
    }
  }

  /** Does the event show an indicator's value, whatever its port and time? */
  finds(event: EcsEvent): boolean {
    const { table } = this
    this.#found.length = 0
    this.#foundIn.length = 0
    this.#foundAs.length = 0
    this.#fields.read(event)
    const { items: present, count } = this.#fields.present
    for (let i = 0; i < count; i++) {
      const use = this.#uses[present[i]!]!
      const leaves = this.#fields.leaves(present[i]!)
      for (let j = 0; j < leaves.count; j++) {
        const leaf = leaves.items[j]
        if (typeof leaf !== 'string' || leaf.length < 3) continue
        for (let k = 0; k < use.as.length; k++) this.#value(use.as[k]!, leaf, use, event)
      }
    }
    table.found.length = 0
    return this.#found.length > 0
  }

  #value(type: IndicatorType, text: string, use: Use, event: EcsEvent): void {
    const { table } = this
    switch (type) {
      case 'ip':
        table.ip(text)
        break
      case 'domain':
        table.domain(text)
        break
      case 'url':
        this.#url(text, use, event)
        return
      case 'email': {
        table.text('email', text)
        if (senderFields.has(use.field)) {
          const domain = text.slice(text.lastIndexOf('@') + 1)
          this.#keep(use, text)
          table.domain(domain)
          this.#keep(use, domain)
          return
        }
        break
      }
      default:
        table.text(type, text)
    }
    if (table.found.length > 0) this.#keep(use, text)
  }

  /** The URL itself, and its host; of a path alone, the URL that it is a part of. */
  #url(text: string, use: Use, event: EcsEvent): void {
    const { table } = this
    const host = hostInUrl(text)
    if (host !== '') {
      if (table.mayHaveUrlOf(host)) {
        const url = normalUrl(text)
        if (url !== undefined) {
          table.text('url', url)
          this.#keep(use, url)
        }
      }
      table.domain(host)
      table.ip(host)
      this.#keep(use, host)
      return
    }
    if (use.field !== urlParts.path || text.charCodeAt(0) !== 47 || !table.has('url')) return
    const domain = readHost(event)
    if (typeof domain !== 'string' || !table.mayHaveUrlOf(domain.toLowerCase())) return
    for (const url of wholeUrls(domain, text, event)) {
      table.text('url', url)
      this.#keep(use, url)
    }
  }

  #keep(use: Use, observed: string): void {
    const { found } = this.table
    for (let i = 0; i < found.length && this.#found.length < entriesPerEventMax; i++) {
      if (this.#found.includes(found[i]!)) continue
      this.#found.push(found[i]!)
      this.#foundIn.push(use)
      this.#foundAs.push(observed)
    }
    found.length = 0
  }

  #add(entry: number, use: Use, observedText: string, found: FoundIn): void {
    const observed = observedText.slice(0, textMax)
    const isTest = readTest(found.event) !== undefined
    const [otherField, other] = otherSide(use, found.event)
    let key = `${entry}\0${use.number}\0${isTest ? 1 : 0}\0${observed}\0${other}`
    let group = this.#groups.get(key)
    if (group === undefined && this.#groups.size >= groupsMax) {
      // What is beyond is counted with the indicator, without saying where.
      key = `${entry}\0${isTest ? 1 : 0}`
      group = this.#groups.get(key)
      if (group === undefined && this.#groups.size >= groupsMax * 2) return
    }
    if (group === undefined) {
      const { rule, entry: about } = this.#ruleOf(entry, use)
      const whole = this.#groups.size < groupsMax
      group = {
        rule,
        entry: about,
        entity: whole ? { [use.field]: observed, ...(otherField !== '' && { [otherField]: other }) } : {},
        field: use.field,
        observed: whole ? observed : about.value,
        test: isTest,
        count: 0,
        firstUs: Number.POSITIVE_INFINITY,
        lastUs: Number.NEGATIVE_INFINITY,
        samples: []
      }
      this.#groups.set(key, group)
    }
    group.count++
    if (found.timeUs < group.firstUs) group.firstUs = found.timeUs
    if (found.timeUs > group.lastUs) group.lastUs = found.timeUs
    if (group.samples.length < samplesMax && this.#bytes < samplesBytesMax) {
      const event = sampleText(found.document())
      this.#bytes += event.length
      group.samples.push({ id: found.id, timeUs: found.timeUs, event })
    }
  }

  #ruleOf(number: number, use: Use): { rule: RuleSummary; entry: Entry } {
    const arrives = (use.side === 'source' || use.side === 'client') && isAddress(this.table.typeOf(number))
    const key = `${number}\0${arrives}`
    const known = this.#rules.get(key)
    if (known !== undefined) return known
    const entry = this.table.entry(number)
    const made = { entry, rule: ruleOf(entry, arrives) }
    if (this.#rules.size > 10_000) this.#rules.clear()
    this.#rules.set(key, made)
    return made
  }

  /** What was found since the last call. */
  take(): IndicatorMatch[] {
    const groups = [...this.#groups.values()]
    this.#groups = new Map()
    this.#bytes = 0
    return groups.map(({ rule, entry, entity, field, observed, test, count, firstUs, lastUs, samples }) => ({
      group: {
        rule,
        entity,
        count,
        firstUs,
        lastUs,
        samples,
        summary: observed === entry.value ? `in ${field}` : `as ${observed} in ${field}`,
        ...(test && { test: true as const })
      },
      sighting: test
        ? undefined
        : {
            id: entry.id,
            type: entry.type,
            value: entry.value,
            source: entry.source,
            observed,
            field,
            count,
            firstUs,
            lastUs
          },
      observed: { type: entry.type === 'cidr' ? 'ip' : entry.type, value: observed }
    }))
  }
}

const isAddress = (type: IndicatorType): boolean => type === 'ip' || type === 'cidr'

const typeNames: Readonly<Record<IndicatorType, string>> = {
  ip: 'address',
  cidr: 'network',
  domain: 'domain',
  url: 'URL',
  md5: 'file (MD5)',
  sha1: 'file or certificate (SHA-1)',
  sha256: 'file or certificate (SHA-256)',
  sha512: 'file (SHA-512)',
  email: 'mail address',
  ja3: 'TLS client (JA3)',
  ja3s: 'TLS server (JA3S)',
  ja4: 'TLS client (JA4)',
  'user-agent': 'user agent',
  pattern: 'pattern'
}

/** Of an indicator, as alerts show it. `arrives`: it came to us, which happens to everybody on the Internet all the time: a level less. */
export function ruleOf(
  entry: Pick<Entry, 'id' | 'type' | 'value' | 'source' | 'level' | 'confidence' | 'labels' | 'name'>,
  arrives: boolean
): RuleSummary {
  const value = entry.value.length > 120 ? `${entry.value.slice(0, 120)}…` : entry.value
  const about = entry.name === undefined ? entry.source : `${entry.name}, ${entry.source}`
  return {
    id: entry.id,
    version: `${entry.level}-${entry.confidence}`,
    kind: 'indicator',
    title: `Known bad ${typeNames[entry.type]} ${value} (${about})`,
    level: arrives ? lower(entry.level) : entry.level,
    tags: entry.labels
  }
}

function lower(level: Level): Level {
  return levels[Math.max(0, levels.indexOf(level) - 1)]!
}

const readTest = firstValueOf(testField)
const readHost = firstValueOf(urlParts.host)
const readScheme = firstValueOf(urlParts.scheme)
const readPort = firstValueOf(urlParts.port)
const ports: Readonly<Record<string, (event: EcsEvent) => Leaf | undefined>> = {
  source: firstValueOf('source.port'),
  client: firstValueOf('client.port'),
  destination: firstValueOf('destination.port'),
  server: firstValueOf('server.port'),
  url: firstValueOf('url.port')
}

/** An indicator with a port needs that port, where the event names the port beside the address. */
function portFits(port: number, use: Use, event: EcsEvent): boolean {
  if (port === 0) return true
  const given = ports[use.side]?.(event)
  return given === undefined || Number(given) === port
}

/** Scheme and port stand in the event or are tried. */
function wholeUrls(host: string, path: string, event: EcsEvent): string[] {
  const scheme = readScheme(event)
  const port = readPort(event) ?? ports['destination']!(event)
  const schemes = typeof scheme === 'string' && scheme !== '' ? [scheme] : ['http', 'https']
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const urls = new Set<string>()
  for (const scheme of schemes) {
    for (const end of port === undefined ? [''] : ['', `:${port}`]) {
      const url = normalUrl(`${scheme}://${name}${end}${path}`)
      if (url !== undefined) urls.add(url)
    }
  }
  return [...urls]
}

const hostNames = ['host.name', 'host.hostname'].map(field => [field, firstValueOf(field)] as const)
const otherEnds: Readonly<Record<string, readonly string[]>> = {
  source: ['destination.ip', 'server.ip'],
  client: ['server.ip', 'destination.ip']
}
const ourEnds = ['source.ip', 'client.ip', 'user.name']
const endReaders = new Map(
  ['destination.ip', 'server.ip', 'source.ip', 'client.ip', 'user.name'].map(field => [field, firstValueOf(field)])
)

/** Who met it: the host by name, else the other end of the connection. */
function otherSide(use: Use, event: EcsEvent): readonly [field: string, value: string] {
  for (const [field, read] of hostNames) {
    const name = read(event)
    if (typeof name === 'string' && name !== '') return [field, name.slice(0, textMax)]
  }
  for (const field of otherEnds[use.side] ?? ourEnds) {
    const value = endReaders.get(field)!(event)
    if (typeof value === 'string' && value !== '') return [field, value.slice(0, textMax)]
  }
  return ['', '']
}
