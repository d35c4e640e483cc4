/**
 * Many rules on the stream: how long the whole SigmaHQ set takes to load, and how many events a second one core holds against it; beside it
 * the same without the index, and what JSON.parse alone takes for such records. The rules are not part of this repository:
 * they are looked for in `--rules` (a checkout of SigmaHQ) or PICKET_SIGMA.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { EcsEvent, JsonObject } from '../src/core/parser.ts'
import { type PackedRules, packRules, ruleDetector } from '../src/detect/packed-rules.ts'
import { and } from '../src/filter/expression.ts'
import { toPredicate } from '../src/filter/to-predicate.ts'
import { parserNamed } from '../src/parsers/index.ts'
import { withInner } from '../src/parsers/inner.ts'
import { listRuleFiles } from '../src/pipeline/rule-files.ts'
import { detectionRules, settle } from '../src/pipeline/rules.ts'
import { parseRules } from '../src/sigma/parse-rules.ts'
import { eveLines } from './corpus.ts'
import { windowsLines } from './windows-corpus.ts'

type Row = (workload: string, figure: string, ceiling?: string, ratio?: string) => void

const eventsOfCorpus = 20_000
const naiveEvents = 200

export function sigmaFolder(given: string | undefined): string | undefined {
  const candidates = [given, process.env['PICKET_SIGMA'], join(import.meta.dirname, '../../shared/data/sigma')]
  return candidates.find(folder => folder !== undefined && existsSync(folder))
}

/** Reads as `picket rules add` and the start of the server do, with every rule on. */
export function loadRules(folder: string) {
  const files = listRuleFiles(folder)
    .filter(path => /^rules(?:-|\/)/.test(path))
    .map(path => ({ path: `own/imported/sigma/${path}`, text: readFileSync(join(folder, path), 'utf8') }))
  const parsed = parseRules(files, { placeholders: () => ['placeholder-value'] })
  const decisions = new Map(parsed.rules.map(({ id }) => [id, { enabled: true, level: undefined }]))
  const { rules } = settle(parsed, decisions, [], 0)
  const inForce = rules.map(({ rule, summary, expression }) => ({
    summary,
    route: rule.route,
    expression,
    groupBy: rule.groupBy ?? [],
    windows: rule.logsource.product === 'windows'
  }))
  return { files: files.length, rules: inForce, packed: packRules(inForce) }
}

/** Those that come with Picket. */
export function loadBundledRules(folder: string): PackedRules {
  const files = listRuleFiles(folder).map(path => ({
    path: `picket/${path}`,
    text: readFileSync(join(folder, path), 'utf8')
  }))
  const { rules } = settle(parseRules(files, { placeholders: () => [] }), new Map(), [], 0)
  return packRules(detectionRules(rules))
}

export function benchSigma(given: string | undefined, seconds: number, row: Row): void {
  const folder = sigmaFolder(given)
  if (folder === undefined) {
    console.error('sigma: no rules. Name a checkout of SigmaHQ with --rules or PICKET_SIGMA.')
    process.exitCode = 2
    return
  }
  console.log('\n| workload | figure | ceiling (same run) | ratio |\n|---|---|---|---|')
  const memoryBefore = process.memoryUsage().rss
  const startedMs = performance.now()
  const { files, rules, packed } = loadRules(folder)
  const detect = ruleDetector(packed)
  row(`sigma: loading ${rules.length} rules of ${files} files`, `${Math.round(performance.now() - startedMs)} ms`)
  // What loading leaves, with the rules of the events at hand compiled; before the corpora take theirs.
  for (const [format, source] of [
    ['windows-json', windowsLines('mixed', 4)],
    ['suricata', eveLines(4)]
  ] as const)
    for (const event of eventsOf(format, source, 2_000).events) detect(event)
  collectGarbage()
  const after = process.memoryUsage().rss
  row(
    'sigma: memory of the process with the rules loaded',
    `${Math.round(after / 2 ** 20)} MB, ${Math.round((after - memoryBefore) / 2 ** 20)} more than before loading`
  )
  const suricata = eventsOf('suricata', eveLines())
  for (const [name, corpus] of [
    ['process creation', eventsOf('windows-json', windowsLines('process'))],
    ['mixed Windows events', eventsOf('windows-json', windowsLines('mixed'))],
    [
      'Windows events and Suricata, half and half',
      interleave(eventsOf('windows-json', windowsLines('mixed', 2)), suricata)
    ],
    ['Suricata', suricata]
  ] as const) {
    const { events, lines } = corpus
    let matches = 0
    const firstMs = performance.now()
    for (const event of events) matches += detect(event).length
    const first = performance.now() - firstMs
    const rate = rateOf(events, seconds, detect)
    const parsing = rateOf(lines, Math.min(1, seconds), JSON.parse)
    row(
      `sigma: ${name}, ${rules.length} rules, one core`,
      `${Math.round(rate)} events/s (${(matches / events.length).toFixed(3)} matches an event; the first ${events.length} in ${Math.round(first)} ms)`,
      `${Math.round(parsing)}/s: JSON.parse alone`,
      (rate / parsing).toFixed(2)
    )
  }
  const { events } = eventsOf('windows-json', windowsLines('mixed', 3))
  const some = events.slice(0, naiveEvents)
  const predicates = rules.map(({ route, expression }) => toPredicate(and([route, expression])))
  const naive = rateOf(some, Math.min(2, seconds), event => predicates.filter(passes => passes(event)).length)
  row('sigma: the same without the index (each rule asked of each event)', `${Math.round(naive)} events/s`)
}

/** Loading leaves garbage behind that the process would have collected soon. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
}

type Corpus = { readonly events: readonly EcsEvent[]; readonly lines: readonly string[] }

function eventsOf(format: string, source: Generator<string>, count = eventsOfCorpus): Corpus {
  const open = parserNamed(format)!.open(withInner({ receivedMs: Date.UTC(2026, 5, 2) }))
  const events: EcsEvent[] = []
  const lines: string[] = []
  while (events.length < count) {
    const line = source.next().value as string
    const parsed = open(line, JSON.parse(line) as JsonObject)
    if (typeof parsed === 'symbol' || !parsed.ok) throw new Error(`the corpus is not read: ${line}`)
    events.push(parsed.event)
    lines.push(line)
  }
  return { events, lines }
}

function interleave(a: Corpus, b: Corpus): Corpus {
  const half = <T>(x: readonly T[], y: readonly T[]): T[] => x.flatMap((item, i) => (i % 2 === 0 ? [item] : [y[i]!]))
  return { events: half(a.events, b.events), lines: half(a.lines, b.lines) }
}

/** Of this thread's own time: what else runs on the machine counts less. */
function rateOf<T>(items: readonly T[], seconds: number, work: (item: T) => unknown): number {
  let done = 0
  const before = process.threadCpuUsage()
  const startedMs = performance.now()
  do {
    for (const item of items) work(item)
    done += items.length
  } while (performance.now() - startedMs < seconds * 1000)
  const { user, system } = process.threadCpuUsage(before)
  return done / ((user + system) / 1e6)
}
