/** Back-tests over HTTP: a rule, by its id or as text, over a past range. */

import { z } from 'zod'
import { PicketError } from '../core/errors.ts'
import { and } from '../filter/expression.ts'
import { type BacktestSubject, backtest } from '../pipeline/backtest.ts'
import { backtestMany } from '../pipeline/backtest-many.ts'
import type { Rules } from '../pipeline/rules.ts'
import { askOfCorrelation, askOfDeclared } from '../pipeline/scheduled-rules.ts'
import type { Store } from '../store/store.ts'
import type { Admission } from './admission.ts'
import { timeRange } from './query.ts'
import { ApiError, type RoutePlugin } from './route.ts'
import { unknownRule } from './rules.ts'
import { eventOut } from './search.ts'

export type BacktestDeps = {
  readonly store: Store
  readonly rules: () => Rules
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly nowMs: () => number
  readonly admission: Admission
}

const body = z
  .object({
    rule: z.string().min(1).max(200).optional().describe('The id of a rule that is known, with its exceptions'),
    text: z
      .string()
      .min(1)
      .max(1 << 20)
      .optional()
      .describe('Or a text of rules'),
    id: z.string().max(200).optional().describe('Which rule of the text, if it holds several'),
    from: z.string().max(64).default('-7d'),
    to: z.string().max(64).default('now')
  })
  .refine(({ rule, text }) => (rule === undefined) !== (text === undefined), 'Either rule or text')

const reply = z.object({
  rule: z.object({ id: z.string(), title: z.string(), level: z.string(), kind: z.string() }),
  from: z.string(),
  to: z.string(),
  total: z.int(),
  days: z.array(z.object({ day: z.string(), hits: z.int() })),
  fields: z
    .array(z.object({ field: z.string(), values: z.array(z.object({ value: z.string(), count: z.int() })) }))
    .describe('The noisiest values'),
  suggestions: z
    .array(z.object({ query: z.string(), silences: z.int(), stay: z.int() }))
    .describe('Exceptions that would silence the noisiest, and how many hits would stay'),
  samples: z.array(z.object({ id: z.string(), timeMs: z.number(), document: z.record(z.string(), z.unknown()) })),
  rowsRead: z.number(),
  elapsedMs: z.number()
})

const allBody = z.object({
  from: z.string().max(64).default('-1d'),
  to: z.string().max(64).default('now'),
  product: z.string().max(100).optional().describe('Only rules of this product in their logsource: windows'),
  enabled: z.boolean().optional().describe('Only rules that are on, or off')
})

const allReply = z.object({
  from: z.string(),
  to: z.string(),
  events: z.int().describe('Read and held against the rules'),
  asked: z.int().describe('How many rules'),
  rules: z
    .array(
      z.object({
        id: z.string(),
        title: z.string(),
        level: z.string(),
        enabled: z.boolean(),
        total: z.int(),
        days: z.record(z.string(), z.int())
      })
    )
    .describe('Those with hits, the noisiest first'),
  elapsedMs: z.number()
})

export type BacktestAllReply = z.output<typeof allReply>
type AllRequest = { from: string; to: string; product?: string | undefined; enabled?: boolean | undefined }

/** All rules (of a product) over a range, in one reading. */
export async function runBacktestAll(
  request: AllRequest,
  deps: Omit<BacktestDeps, 'admission'>,
  signal?: AbortSignal,
  onProgress?: (rows: number, of: number) => void
): Promise<BacktestAllReply> {
  const { store, mayBeInMap } = deps
  const { fromUs = 0, toUs = deps.nowMs() * 1000 } = timeRange(request.from, request.to, deps.nowMs())
  const asked = deps
    .rules()
    .rules.filter(
      ({ rule, enabled }) =>
        rule.partOnly !== true &&
        (request.product === undefined || rule.logsource.product === request.product) &&
        (request.enabled === undefined || enabled === request.enabled)
    )
  const startedMs = performance.now()
  const { hits, rows } = await backtestMany(
    asked.map(({ rule, expression }) => ({ route: rule.route, expression })),
    { fromUs, toUs },
    { store, mayBeInMap, read: { signal }, ...(onProgress === undefined ? {} : { onProgress }) }
  )
  const rules = asked
    .map(({ summary: { id, title, level }, enabled }, i) => {
      const { total, days } = hits[i]!
      return { id, title, level, enabled, total, days: { ...days } }
    })
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.total - a.total)
  return {
    from: new Date(fromUs / 1000).toISOString(),
    to: new Date(toUs / 1000).toISOString(),
    events: rows,
    asked: asked.length,
    rules,
    elapsedMs: Math.round(performance.now() - startedMs)
  }
}

export type BacktestReply = z.output<typeof reply>
type Request = {
  rule?: string | undefined
  text?: string | undefined
  id?: string | undefined
  from: string
  to: string
}
type Found = { about: BacktestReply['rule']; subject: BacktestSubject }

/** Throws `unknown-rule`, `rule-invalid`, `bad-time`, and what back-tests throw. */
export async function runBacktest(
  request: Request,
  deps: Omit<BacktestDeps, 'admission'>,
  signal?: AbortSignal
): Promise<BacktestReply> {
  const rules = deps.rules()
  const { about, subject } =
    request.rule === undefined ? ofText(rules, request.text ?? '', request.id) : ofKnown(rules, request.rule)
  const { fromUs = 0, toUs = deps.nowMs() * 1000 } = timeRange(request.from, request.to, deps.nowMs())
  const startedMs = performance.now()
  const { store, mayBeInMap } = deps
  const report = await backtest(subject, { fromUs, toUs }, { store, mayBeInMap, read: { signal } })
  return {
    rule: about,
    from: new Date(fromUs / 1000).toISOString(),
    to: new Date(toUs / 1000).toISOString(),
    total: report.total,
    days: [...report.days],
    fields: report.fields.map(({ field, values }) => ({ field, values: [...values] })),
    suggestions: [...report.suggestions],
    samples: report.samples.map(eventOut),
    rowsRead: report.rowsRead,
    elapsedMs: Math.round(performance.now() - startedMs)
  }
}

function ofKnown(rules: Rules, id: string): Found {
  const rule = rules.rule(id)
  if (rule !== undefined) {
    const { summary, expression } = rule
    const { route, groupBy = [], fields } = rule.rule
    return {
      about: aboutOf(summary, 'rule'),
      subject: { kind: 'rule', expression: and([route, expression]), fields: [...groupBy, ...fields] }
    }
  }
  const correlation = rules.correlation(id)
  if (correlation !== undefined) {
    const asked = askOfCorrelation(rules, correlation)
    if ('problem' in asked) throw new PicketError('rule-invalid', asked.problem)
    return { about: aboutOf(correlation.summary, 'correlation'), subject: { kind: 'ask', ...asked } }
  }
  const declared = rules.declaredBy(id)
  if (declared === undefined) throw unknownRule(id)
  return {
    about: aboutOf(declared.summary, declared.summary.kind),
    subject: { kind: 'ask', ...askOfDeclared(declared) }
  }
}

/** The rule of a text; of several the correlation or threshold, which is what the others are there for, or the one asked for. */
function ofText(known: Rules, text: string, id: string | undefined): Found {
  const { rules, correlations, declared, diagnostics } = known.read(text)
  const wrong = diagnostics.find(({ severity }) => severity === 'error')
  if (wrong !== undefined)
    throw new ApiError(400, 'rule-invalid', `Line ${wrong.line}: ${wrong.message}`, {}, diagnostics)
  const is = (one: { id: string; partOnly?: boolean }): boolean =>
    id === undefined ? one.partOnly !== true : one.id === id
  const correlation = correlations.find(is)
  if (correlation !== undefined) {
    const parts = {
      rule: (wanted: string) => {
        const rule = rules.find(one => one.id === wanted)
        return rule === undefined
          ? known.rule(wanted)
          : ({ rule, expression: rule.expression } as ReturnType<Rules['rule']>)
      },
      correlation: (wanted: string) => {
        const inner = correlations.find(one => one.id === wanted)
        return inner === undefined
          ? known.correlation(wanted)
          : ({ correlation: inner } as ReturnType<Rules['correlation']>)
      }
    }
    const asked = askOfCorrelation(parts, { correlation, excepted: { kind: 'none' } })
    if ('problem' in asked) throw new PicketError('rule-invalid', asked.problem)
    return { about: aboutOf(correlation, 'correlation'), subject: { kind: 'ask', ...asked } }
  }
  const own = declared.find(is)
  if (own !== undefined) {
    const kind = own.ask.kind === 'windowed' ? 'threshold' : 'baseline'
    return {
      about: aboutOf(own, kind),
      subject: { kind: 'ask', ...askOfDeclared({ declared: own, excepted: { kind: 'none' } }) }
    }
  }
  const rule = rules.find(is)
  if (rule === undefined) throw new PicketError('rule-invalid', 'The text holds no such rule.')
  const fields = [...(rule.groupBy ?? []), ...rule.fields]
  return {
    about: aboutOf(rule, 'rule'),
    subject: { kind: 'rule', expression: and([rule.route, rule.expression]), fields }
  }
}

function aboutOf(
  { id, title, level }: { id: string; title: string; level: string },
  kind: string
): BacktestReply['rule'] {
  return { id, title, level, kind }
}

export function backtestRoutes(deps: BacktestDeps): RoutePlugin {
  return (app, guard) => {
    app.post(
      '/api/backtest',
      {
        preHandler: guard('search'),
        schema: {
          summary: 'What a rule would have found: hits by day, the noisiest values, exceptions that would silence them',
          tags: ['rules'],
          body,
          response: { 200: reply }
        }
      },
      async request => {
        const { signal } = request
        return deps.admission.turn(() => runBacktest(request.body, deps, signal), { signal })
      }
    )

    app.post(
      '/api/backtest/all',
      {
        preHandler: guard('search'),
        schema: {
          summary:
            'All rules over a range, in one reading: hits by rule and day. A million events take a minute or two',
          tags: ['rules'],
          body: allBody,
          response: { 200: allReply }
        }
      },
      async request => {
        const { signal } = request
        return deps.admission.turn(() => runBacktestAll(request.body, deps, signal), { signal })
      }
    )
  }
}
