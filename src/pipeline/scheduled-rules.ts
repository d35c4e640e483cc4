/** Which correlations, thresholds and baselines run on a schedule: those of the rules in force that can be asked. */

import type { Ask } from '../correlate/declared.ts'
import { windowedOf } from '../correlate/of-correlation.ts'
import type { Windowed } from '../correlate/windowed.ts'
import { and, type Expression, not } from '../filter/expression.ts'
import type { KnownCorrelation, KnownDeclared, Rules } from './rules.ts'
import {
  openScheduledDetections,
  type ScheduledDetection,
  type ScheduledDetections,
  type ScheduledOptions
} from './scheduled-detections.ts'

export type ScheduledRules = {
  readonly detections: readonly ScheduledDetection[]
  /** Of those in force, the ones that cannot be asked, by their ids. */
  readonly problems: ReadonlyMap<string, string>
}

export type ScheduledRuns = {
  readonly detections: ScheduledDetections
  /** Of rules that are on, those that cannot be asked, and why. */
  problems(): ReadonlyMap<string, string>
  close(): Promise<void>
}

/** Runs those of the rules, and takes up each change of them. */
export function runScheduledRules({ rules, ...options }: ScheduledOptions & { readonly rules: Rules }): ScheduledRuns {
  const detections = openScheduledDetections(options)
  let problems: ReadonlyMap<string, string> = new Map()
  const use = (): void => {
    const found = scheduledRules(rules)
    for (const [rule, problem] of found.problems)
      if (problems.get(rule) !== problem) options.log.warn({ rule }, `a correlation cannot be asked: ${problem}`)
    problems = found.problems
    detections.use(found.detections, mayComeBack(rules))
  }
  use()
  const forget = rules.onChange(use)
  return {
    detections,
    problems: () => problems,
    async close() {
      forget()
      await detections.close()
    }
  }
}

const everyMsMin = 10_000
const everyMsMax = 60_000

export function scheduledRules(rules: Rules): ScheduledRules {
  const detections: ScheduledDetection[] = []
  const problems = new Map<string, string>()
  for (const known of rules.correlations) {
    if (!known.enabled) continue
    const asked = askOfCorrelation(rules, known)
    if ('problem' in asked) problems.set(known.summary.id, asked.problem)
    else detections.push({ summary: known.summary, ...asked })
  }
  for (const known of rules.declared)
    if (known.enabled) detections.push({ summary: known.summary, ...askOfDeclared(known) })
  return { detections, problems }
}

type Asked = Pick<ScheduledDetection, 'ask' | 'filter' | 'everyMs'>

export function askOfCorrelation(
  rules: Pick<Rules, 'rule' | 'correlation'>,
  known: Pick<KnownCorrelation, 'correlation' | 'excepted'>
): Asked | { readonly problem: string } {
  const read = windowedOf(known.correlation, {
    rule: id => rules.rule(id),
    correlation: id => rules.correlation(id)?.correlation,
    excepted: known.excepted
  })
  if ('problem' in read) return read
  const { windowed } = read
  // A short window that is seen a minute later is old news.
  const everyMs = Math.min(everyMsMax, Math.max(everyMsMin, windowed.spanUs / 2_000))
  return { ask: { kind: 'windowed', windowed }, filter: { kind: 'all' }, everyMs }
}

export function askOfDeclared({ declared, excepted }: Pick<KnownDeclared, 'declared' | 'excepted'>): Asked {
  const { ask, everyMs } = declared
  const none = excepted.kind === 'none'
  const filter = none ? declared.filter : and([declared.filter, not(excepted)])
  return { ask: none ? ask : without(ask, excepted), filter, everyMs }
}

function without(ask: Ask, excepted: Expression): Ask {
  if (ask.kind !== 'windowed') return ask
  const bases = ask.windowed.bases.map(base =>
    base.of.kind === 'events'
      ? { ...base, of: { kind: 'events' as const, expression: and([base.of.expression, not(excepted)]) } }
      : base
  )
  const windowed: Windowed = { ...ask.windowed, bases }
  return { kind: 'windowed', windowed }
}

/** Is a rule only gone because its file cannot be read at the moment? Then what is known of it is kept. */
export function mayComeBack(rules: Rules): (rule: string) => boolean {
  const broken = rules.diagnostics.some(({ severity, rule }) => severity === 'error' && rule === undefined)
  const named = new Set(
    rules.diagnostics.flatMap(({ severity, rule }) => (severity === 'error' && rule !== undefined ? [rule] : []))
  )
  return rule => broken || named.has(rule)
}
