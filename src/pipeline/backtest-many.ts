/**
 * Many rules over what is stored, in one reading: hits by rule and day. Rows are read as far as the rules look at them and held against the
 * index that the workers use; the few rules that look at whole events are asked of the store, several in one scan.
 */

import { columnOf, columns } from '../core/columns.ts'
import { heartbeatSql, Statement } from '../correlate/hits-sql.ts'
import { anyNeedSql, type LeanSelection, leanFieldsOf, leanSelection } from '../correlate/lean-events.ts'
import { compileMatcher } from '../detect/matcher.ts'
import type { DetectionRule } from '../detect/rule.ts'
import { all, and, type Expression, or } from '../filter/expression.ts'
import type { ReadOptions } from '../store/reading.ts'
import type { Store, TableAnswer } from '../store/store.ts'
import { fieldsOfShape } from './coverage.ts'

export type ManyAsking = {
  readonly store: Pick<Store, 'table' | 'database'>
  readonly mayBeInMap?: ((field: string) => boolean) | undefined
  readonly read?: ReadOptions
  /** Told after each piece. */
  readonly onProgress?: (rows: number, of: number) => void
}

export type ManyReport = {
  /** Of the rules, in their order: hits by day, days without hits left out. */
  readonly hits: readonly { readonly total: number; readonly days: Readonly<Record<string, number>> }[]
  readonly rows: number
}

const rowsPerPiece = 20_000
const rulesPerScan = 8
const routesMax = 8
const shapesMax = 20_000
/** So many rows, and others get a turn. */
const rowsPerTurn = 500

const breathe = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

type Span = { readonly fromUs: number; readonly toUs: number }
type Counts = { total: number; days: Record<string, number> }

export async function backtestMany(
  rules: readonly Pick<DetectionRule, 'route' | 'expression'>[],
  span: Span,
  asking: ManyAsking
): Promise<ManyReport> {
  const counts = rules.map((): Counts => ({ total: 0, days: {} }))
  const lean: Numbered[] = []
  const keywords: Numbered[] = []
  const whole: Numbered[] = []
  const fields = new Set<string>()
  const keywordFields = new Set<string>()
  for (const [number, { route, expression }] of rules.entries()) {
    const own = leanFieldsOf(and([route, expression]))
    const rule = { number, route, expression }
    if (own === undefined) whole.push(rule)
    else {
      const [list, names] = own.everything ? [keywords, keywordFields] : [lean, fields]
      list.push(rule)
      for (const field of own.fields) names.add(field)
    }
  }
  const rows = lean.length === 0 ? 0 : await matchRows(lean, leanSelection([...fields]), span, asking, counts)
  if (keywords.length > 0) {
    const about = routesOf(keywords)
    const there = await columnsThere(about, span, asking)
    const names = [...new Set([...keywordFields, ...there])]
    const needed = (statement: Statement): string | undefined =>
      anyNeedSql(
        keywords.map(({ expression }) => expression),
        names,
        statement.context
      )
    const quiet = { ...asking, onProgress: () => {} }
    await matchRows(keywords, leanSelection(names, true), span, quiet, counts, needed)
  }
  for (let at = 0; at < whole.length; at += rulesPerScan)
    await scan(whole.slice(at, at + rulesPerScan), span, asking, counts)
  return { hits: counts, rows }
}

type Numbered = { readonly number: number; readonly route: Expression; readonly expression: Expression }

function routesOf(rules: readonly Numbered[]): Expression {
  const routes = [...new Map(rules.map(({ route }) => [JSON.stringify(route), route])).values()]
  return routes.length > routesMax ? all : or(routes)
}

/** The fields with a column that events have, as their shapes say; all columns where one does not say. */
async function columnsThere(
  about: Expression,
  span: Span,
  { store, mayBeInMap, read = {} }: ManyAsking
): Promise<string[]> {
  const statement = new Statement({ table: `${store.database}.events`, mayBeInMap })
  const sql = `SELECT DISTINCT shape ${fromSql(about, span, statement)} LIMIT ${shapesMax + 1}`
  const { rows } = await store.table(sql, statement.params, read)
  const every = columns.map(({ field }) => field)
  if (rows.length > shapesMax) return every
  const found = new Set<string>()
  for (const [shape] of rows) {
    const fields = fieldsOfShape(shape as string)
    if (fields === undefined) return every
    for (const field of fields) if (columnOf(field) !== undefined) found.add(field)
  }
  return [...found]
}

async function matchRows(
  rules: readonly Numbered[],
  selection: LeanSelection,
  span: Span,
  asking: ManyAsking,
  counts: readonly Counts[],
  only: (statement: Statement) => string | undefined = () => undefined
): Promise<number> {
  const { store, read = {}, onProgress } = asking
  const summary = { id: '', version: '', kind: 'rule', title: '', level: 'low', tags: [] } as const
  const matcher = compileMatcher(rules.map(({ route, expression }) => ({ summary, route, expression, groupBy: [] })))
  const about = routesOf(rules)
  const { pieces, total } = await piecesOf(about, span, asking)
  const { select, event } = selection
  let done = 0
  const readPiece = (piece: Piece): Promise<TableAnswer> => {
    const statement = new Statement({ table: `${store.database}.events`, mayBeInMap: asking.mayBeInMap })
    const part = piece.of === 1 ? '' : ` AND id % ${piece.of} = ${piece.number}`
    const also = only(statement)
    const where = `${fromSql(about, piece, statement)}${part}${also === undefined ? '' : ` AND ${also}`}`
    return store.table(`SELECT ${select} ${where}`, statement.params, read)
  }
  // While one piece is held against the rules the next is read.
  let ahead = pieces[0] === undefined ? undefined : readPiece(pieces[0])
  for (let i = 0; ahead !== undefined; i++) {
    const { rows } = await ahead
    const next = pieces[i + 1]
    ahead = next === undefined ? undefined : readPiece(next)
    // Its failure is met when its turn comes.
    ahead?.catch(() => {})
    for (const [at, row] of rows.entries()) {
      if (at % rowsPerTurn === rowsPerTurn - 1) await breathe()
      for (const found of matcher.match(event(row))) count(counts[rules[found]!.number]!, row[0] as string, 1)
    }
    done += rows.length
    onProgress?.(done, total)
  }
  return done
}

function count(counts: Counts, day: string, n: number): void {
  counts.total += n
  counts.days[day] = (counts.days[day] ?? 0) + n
}

type Piece = Span & { readonly number: number; readonly of: number }

/** Pieces of about so many rows each: minutes together, or parts of a minute. */
async function piecesOf(
  about: Expression,
  span: Span,
  { store, mayBeInMap, read = {} }: ManyAsking
): Promise<{ pieces: Piece[]; total: number }> {
  const statement = new Statement({ table: `${store.database}.events`, mayBeInMap })
  const sql = `SELECT toUnixTimestamp(toStartOfMinute(timestamp)) AS minute, count() AS n ${fromSql(about, span, statement)} GROUP BY minute ORDER BY minute`
  const { rows } = await store.table(sql, statement.params, read)
  const pieces: Piece[] = []
  let from: number | undefined
  let to = 0
  let held = 0
  let total = 0
  const close = (): void => {
    if (from === undefined) return
    const of = Math.max(1, Math.ceil(held / (2 * rowsPerPiece)))
    for (let number = 0; number < of; number++)
      pieces.push({ fromUs: Math.max(from, span.fromUs), toUs: Math.min(to, span.toUs), number, of })
    from = undefined
    held = 0
  }
  for (const [minute, n] of rows) {
    const startUs = Number(minute) * 1_000_000
    from ??= startUs
    to = startUs + 60_000_000
    held += Number(n)
    total += Number(n)
    if (held >= rowsPerPiece) close()
  }
  close()
  return { pieces, total }
}

async function scan(
  rules: readonly Numbered[],
  span: Span,
  { store, mayBeInMap, read = {} }: ManyAsking,
  counts: readonly Counts[]
): Promise<void> {
  const statement = new Statement({ table: `${store.database}.events`, mayBeInMap })
  const sums = rules.map(({ route, expression }) => `countIf(${statement.condition(and([route, expression]))})`)
  const routes = or(rules.map(({ route }) => route))
  const sql = `SELECT toString(toDate(timestamp, 'UTC')) AS day, ${sums.join(', ')} ${fromSql(routes, span, statement)} GROUP BY day`
  const { rows } = await store.table(sql, statement.params, read)
  for (const row of rows)
    for (const [i, { number }] of rules.entries()) {
      const n = Number(row[1 + i])
      if (n > 0) count(counts[number]!, row[0] as string, n)
    }
}

function fromSql(expression: Expression, span: Span, statement: Statement): string {
  const extent = { ...span, seen: 0, committed: Number.MAX_SAFE_INTEGER }
  return `${statement.from(expression, extent)} AND NOT ${heartbeatSql}`
}
