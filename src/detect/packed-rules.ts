/**
 * Rules on their way to the workers: one block of shared memory with the rules of each route as JSON, read when the first event takes the
 * route. So thousands of rules cost a worker that meets none of their events a few kilobytes.
 */

import type { RuleSummary } from '../core/detection.ts'
import type { Expression } from '../filter/expression.ts'
import type { EventDetector, Hit } from './match-groups.ts'
import { compileRoutes, type Matcher } from './matcher.ts'
import type { DetectionRule } from './rule.ts'

export type PackedRules = {
  readonly bytes: SharedArrayBuffer
  readonly routes: readonly {
    readonly route: Expression
    readonly start: number
    readonly end: number
    readonly count: number
  }[]
}

type PackedRule = {
  readonly summary: RuleSummary
  readonly groupBy: readonly string[]
  readonly expression: Expression
}

export const noRules: PackedRules = { bytes: new SharedArrayBuffer(0), routes: [] }

export function packRules(rules: readonly DetectionRule[]): PackedRules {
  const routes = new Map<string, { route: Expression; rules: PackedRule[] }>()
  for (const { route, expression, summary, groupBy } of rules) {
    if (route.kind === 'none' || expression.kind === 'none') continue
    const key = JSON.stringify(route)
    const known = routes.get(key) ?? { route, rules: [] }
    routes.set(key, known)
    known.rules.push({ summary, groupBy, expression })
  }
  const encoder = new TextEncoder()
  const parts = [...routes.values()].map(({ route, rules }) => ({
    route,
    count: rules.length,
    json: encoder.encode(JSON.stringify(rules))
  }))
  const bytes = new SharedArrayBuffer(parts.reduce((sum, { json }) => sum + json.length, 0))
  const all = new Uint8Array(bytes)
  let at = 0
  const placed = parts.map(({ route, count, json }) => {
    all.set(json, at)
    const start = at
    at += json.length
    return { route, start, end: at, count }
  })
  return { bytes, routes: placed }
}

/** The detector of packed rules. */
export function ruleDetector(packed: PackedRules): EventDetector {
  const hits: Hit[] = []
  let first = 0
  const routes = packed.routes.map(({ route, start, end, count }) => {
    const from = first
    first += count
    return {
      route,
      load: () => {
        // A copy: texts are not read from memory that is shared.
        const json = new TextDecoder().decode(new Uint8Array(packed.bytes, start, end - start).slice())
        return (JSON.parse(json) as PackedRule[]).map(({ summary, groupBy, expression }, i) => {
          hits[from + i] = { rule: summary, groupBy }
          return { name: from + i, expression }
        })
      }
    }
  })
  if (routes.length === 0) return () => none
  const matcher: Matcher = compileRoutes(routes)
  return event => {
    const found = matcher.match(event)
    return found.length === 0 ? none : found.map(name => hits[name]!)
  }
}

const none: readonly Hit[] = []
