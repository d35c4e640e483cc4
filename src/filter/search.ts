/**
 * A search as people write it: a filter, then commands behind pipes. Text → `Search` here; `pipes/compile.ts` makes SQL of it.
 * `@from` and `@to` in the text give it its own range of time.
 */

import { parseTimePoint } from '../core/time-range.ts'
import { explain } from './explain.ts'
import type { Expression } from './expression.ts'
import { formatQuery } from './format-query.ts'
import { timeText } from './literals.ts'
import { type Diagnostic, parseQuery, type QueryOptions, queryLengthMax } from './parse-query.ts'
import type { Command } from './pipes/commands.ts'
import { explainCommand } from './pipes/explain-commands.ts'
import { formatCommand } from './pipes/format-commands.ts'
import { parseCommands } from './pipes/parse-commands.ts'
import { splitPipes } from './pipes/split.ts'

export type Search = {
  readonly filter: Expression
  readonly fromUs?: number
  readonly toUs?: number
  readonly commands: readonly Command[]
}

export type ParsedSearch =
  | { readonly ok: true; readonly search: Search; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly errors: readonly Diagnostic[] }

/** Parses a search; the empty one is every event. Never throws. */
export function parseSearch(written: string, options: QueryOptions = {}): ParsedSearch {
  if (written.length > queryLengthMax) {
    const message = `The search has ${written.length} characters; at most ${queryLengthMax} are read.`
    return { ok: false, errors: [{ position: queryLengthMax, length: written.length - queryLengthMax, message }] }
  }
  const text = written.toWellFormed()
  const [first, ...rest] = splitPipes(text)
  const range = takeRange(text.slice(0, first!.end), options.nowMs)
  const filter = parseQuery(range.text, options)
  const behind = parseCommands(text, rest, options)
  const errors = [...range.errors, ...(filter.ok ? [] : filter.errors), ...behind.errors]
  if (errors.length > 0 || !filter.ok) return { ok: false, errors }
  return {
    ok: true,
    search: {
      filter: filter.expression,
      commands: behind.commands,
      ...(range.fromUs === undefined ? {} : { fromUs: range.fromUs }),
      ...(range.toUs === undefined ? {} : { toUs: range.toUs })
    },
    warnings: [...filter.warnings, ...behind.warnings]
  }
}

const rangeWord = /(^|\s)@(from|to)\s*[:=]\s*("[^"]{1,64}"|\S{1,64})/g

/** Takes `@from:-24h` and `@to:…` out of the filter; blanks stand in their places, so that positions stay. */
function takeRange(
  text: string,
  nowMs: number | undefined
): { readonly text: string; readonly fromUs?: number; readonly toUs?: number; readonly errors: readonly Diagnostic[] } {
  if (!text.includes('@from') && !text.includes('@to')) return { text, errors: [] }
  const found: { from?: number; to?: number } = {}
  const errors: Diagnostic[] = []
  const rest = text.replace(
    rangeWord,
    (whole: string, before: string, name: 'from' | 'to', value: string, at: number) => {
      const point = parseTimePoint(value.replaceAll('"', ''), nowMs ?? 0)
      if (point === undefined)
        errors.push({
          position: at + before.length,
          length: whole.length - before.length,
          message: `@${name} is no point in time.`,
          expected: ['-24h', '2026-11-21', '2026-11-21T06:00:00Z']
        })
      else found[name] = point
      return ' '.repeat(whole.length)
    }
  )
  return {
    text: rest,
    errors,
    ...(found.from === undefined ? {} : { fromUs: found.from }),
    ...(found.to === undefined ? {} : { toUs: found.to })
  }
}

/** A search as text that `parseSearch` reads back as the same. */
export function formatSearch({ filter, fromUs, toUs, commands }: Search): string {
  const range = [
    ...(fromUs === undefined ? [] : [`@from:"${timeText(fromUs)}"`]),
    ...(toUs === undefined ? [] : [`@to:"${timeText(toUs)}"`])
  ]
  const asked = filter.kind === 'all' && range.length > 0 ? [] : [formatQuery(filter)]
  return [[...range, ...asked].join(' '), ...commands.map(formatCommand)].join(' | ')
}

/** A search in words: what its filter finds, then a sentence for each command. */
export function explainSearch({ filter, fromUs, toUs, commands }: Search): readonly string[] {
  const from = fromUs === undefined ? '' : `, from ${timeText(fromUs).slice(0, 19)}Z`
  const to = toUs === undefined ? '' : `, before ${timeText(toUs).slice(0, 19)}Z`
  return [`${explain(filter)}${from}${to}`, ...commands.map(explainCommand)]
}
