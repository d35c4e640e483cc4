/**
 * `npm run bench intel` (or `node bench/intel.ts [--indicators N]`): two million indicators in the shared table, how long it takes to make,
 * how much memory it takes, and how many events a second one core holds against it. The ceiling beside it: the same loop that only
 * reads the fields, and the same with a table of ten indicators.
 */

import { pathToFileURL } from 'node:url'
import type { EcsEvent } from '../src/core/parser.ts'
import { EventFields } from '../src/detect/event-fields.ts'
import { valuesOf } from '../src/filter/event-values.ts'
import { fieldUses } from '../src/intel/event-fields.ts'
import { type FeedTerms, type Found, withoutId } from '../src/intel/indicator.ts'
import { IndicatorDetector } from '../src/intel/match.ts'
import { TableBuilder } from '../src/intel/table/build.ts'
import type { SharedTable } from '../src/intel/table/layout.ts'
import { parserNamed } from '../src/parsers/index.ts'
import { eveLines, seeded } from './corpus.ts'

const feeds: readonly FeedTerms[] = ['addresses', 'names', 'links', 'files'].map(source => ({
  source,
  level: 'high',
  confidence: 80,
  labels: ['malware'],
  halfLifeMs: 30 * 86_400_000,
  confidenceMin: 20
}))
const nowMs = Date.UTC(2026, 5, 1, 8)

/** 40 % addresses, 25 % domains, 15 % URLs, 19 % hashes, 1 % networks: about what the large public feeds hold together. */
function* indicators(count: number): Generator<Found & { source: string }> {
  const random = seeded(7)
  const number = (below: number): number => Math.floor(random() * below)
  const hex = (length: number): string =>
    Array.from({ length: length / 8 }, () =>
      number(2 ** 32)
        .toString(16)
        .padStart(8, '0')
    ).join('')
  const labels = [['botnet'], ['phishing'], ['loader', 'emotet']]
  for (let i = 0; i < count; i++) {
    const share = random()
    const about = { labels: labels[i % 3]!, seenMs: nowMs - number(20) * 86_400_000 }
    // From 203.0.0.0 on up: the corpus' addresses are not among them.
    const ip = (): string => `${203 + number(20)}.${number(256)}.${number(256)}.${number(256)}`
    const name = (): string => `${hex(8)}${i.toString(36)}.${['com', 'net', 'ru', 'top', 'xyz'][i % 5]}`
    if (share < 0.4) yield { type: 'ip', value: ip(), source: 'addresses', ...about }
    else if (share < 0.41)
      yield {
        type: 'cidr',
        value: `${203 + number(20)}.${number(256)}.${number(256)}.0/24`,
        source: 'addresses',
        ...about
      }
    else if (share < 0.66) yield { type: 'domain', value: name(), source: 'names', ...about }
    else if (share < 0.81) yield { type: 'url', value: `http://${name()}/${hex(16)}/a.php`, source: 'links', ...about }
    else if (share < 0.95) yield { type: 'sha256', value: hex(64), source: 'files', ...about }
    else yield { type: 'md5', value: hex(32), source: 'files', ...about }
  }
}

/** Names and addresses of the corpus that are listed as well: about one event in six shows one. */
function metIn(events: readonly EcsEvent[]): Found[] {
  const name = valuesOf('dns.question.name')
  const address = valuesOf('destination.ip')
  return events
    .filter((_, i) => i % 500 === 0)
    .flatMap(event => [
      ...name(event).map((value): Found => ({ type: 'domain', value: String(value) })),
      ...address(event).map((value): Found => ({ type: 'ip', value: String(value) }))
    ])
    .filter(({ value }) => !value.startsWith('10.') && !value.startsWith('192.168.'))
    .slice(0, 40)
}

function tableOf(count: number, met: readonly Found[]): SharedTable {
  const builder = new TableBuilder({ feeds, allows: () => undefined, newestSeq: count })
  const terms = new Map(feeds.map(feed => [feed.source, feed]))
  for (const { source, ...found } of indicators(count)) builder.add(withoutId(found, terms.get(source)!, nowMs))
  for (const found of met) builder.add(withoutId(found, feeds[0]!, nowMs))
  return builder.finish().table
}

function eveEvents(count: number): EcsEvent[] {
  const context = { receivedMs: nowMs, timezoneMinutes: 0 } as never
  const parse = parserNamed('suricata')!.open(context)
  const events: EcsEvent[] = []
  for (const line of eveLines()) {
    const parsed = parse(line, JSON.parse(line) as never)
    if (typeof parsed === 'object' && 'ok' in parsed && parsed.ok) events.push(parsed.event)
    if (events.length >= count) break
  }
  return events
}

/** Time of the processor, not of the clock: others may be at work. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

type Figures = { readonly perSecond: number; readonly hits: number; readonly seen: number }

function measure(
  events: readonly EcsEvent[],
  seconds: number,
  look: (event: EcsEvent) => void,
  take: () => number
): Figures {
  let hits = 0
  let all = 0
  for (const event of events.slice(0, 20_000)) look(event)
  take()
  let best = 0
  for (let round = 0; round < 3; round++) {
    const started = cpuSeconds()
    let seen = 0
    while (cpuSeconds() - started < seconds / 3) {
      for (const event of events) look(event)
      seen += events.length
      hits += take()
    }
    all += seen
    best = Math.max(best, seen / (cpuSeconds() - started))
  }
  return { perSecond: best, hits, seen: all }
}

export function benchIntel(
  count: number,
  row: (workload: string, figure: string, ceiling?: string, ratio?: string) => void
): void {
  const events = eveEvents(50_000)
  const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  const started = cpuSeconds()
  const met = metIn(events)
  const shared = tableOf(count, met)
  const tookMs = (cpuSeconds() - started) * 1000
  const peak = process.resourceUsage().maxRSS * 1024
  row(
    'intel: memory of the table',
    mb(shared.bytes.byteLength),
    '1 GB in all',
    `peak while it was made ${mb(peak - before)}`
  )
  row(
    'intel: making the table',
    `${(tookMs / 1000).toFixed(1)} s`,
    '',
    `${shared.entries} indicators, ${Math.round(count / (tookMs / 1000))} a second`
  )
  const against = (table: SharedTable): Figures => {
    const detector = new IndicatorDetector(table)
    const found = { timeUs: nowMs * 1000, id: '0000000000000001' }
    return measure(
      events,
      3,
      event => detector.look({ ...found, event, document: () => event }, nowMs),
      () => detector.take().reduce((sum, { group }) => sum + group.count, 0)
    )
  }
  const fields = new EventFields()
  for (const { field } of fieldUses) fields.add(field)
  const ceiling = measure(
    events,
    1.5,
    event => fields.read(event),
    () => 0
  )
  const few = against(tableOf(10, []))
  const all = against(shared)
  const rate = (figures: Figures): string => `${Math.round(figures.perSecond / 1000)}k events/s`
  row(
    `intel: EVE events against ${count}`,
    rate(all),
    `${rate(ceiling)} (fields read only)`,
    (all.perSecond / ceiling.perSecond).toFixed(2)
  )
  row(
    'intel: EVE events against 10',
    rate(few),
    '',
    `${((all.hits / all.seen) * 100).toFixed(1)} % of the events above show one`
  )
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const at = process.argv.indexOf('--indicators')
  benchIntel(at < 0 ? 2_000_000 : Number(process.argv[at + 1]), (...cells) => console.log(`| ${cells.join(' | ')} |`))
}
