/** Which destinations are told of which alert: by severity, rule, tag, title and time. Every route that fits counts. */

import { RE2JS } from 're2js'
import { type Level, levels } from '../core/detection.ts'
import { wildcardMatcher } from '../filter/wildcard.ts'
import { type Hours, isWithin } from './hours.ts'
import type { Notice, NoticeKind } from './message.ts'

export type Route = {
  readonly enabled: boolean
  /** This severity or a worse one. */
  readonly severity: Level
  /** Of these rules (ids, `*` stands for anything); none means any. */
  readonly rules: readonly string[]
  /** With one of these tags, or one below it: `attack.t1110` fits `attack.t1110.001`. None means any. */
  readonly tags: readonly string[]
  /** Words that the title must hold, or a pattern with `*`, or `/a regular expression/`; '' means any. */
  readonly title: string
  readonly kinds: readonly NoticeKind[]
  /** Only during these hours, or only outside of them. */
  readonly hours: (Hours & { readonly outside: boolean }) | undefined
  readonly destinations: readonly string[]
  /** The name of a template; '' is Picket's own. */
  readonly template: string
  /** The heartbeat's test alerts, too. */
  readonly tests: boolean
}

export function routeFits(route: Route, notice: Notice, nowMs: number): boolean {
  return routeMisses(route, notice, nowMs).length === 0
}

/** Why a route does not fit, each reason in words; none where it does. */
export function routeMisses(route: Route, notice: Notice, nowMs: number): string[] {
  const { severity, rules, tags, title, kinds, hours } = route
  const { rule } = notice
  const misses: string[] = []
  if (!route.enabled) misses.push('it is switched off')
  if (notice.test && !route.tests) misses.push('it leaves out tests')
  if (!kinds.includes(notice.kind)) misses.push(`it does not tell of alerts that are ${notice.kind}`)
  if (!isAtLeast(notice.severity, severity)) misses.push(`${notice.severity} is below ${severity}`)
  if (rules.length > 0 && !rules.some(pattern => matcherOf(pattern)(rule.id))) misses.push('it is for other rules')
  if (tags.length > 0 && !tags.some(tag => rule.tags.some(has => tagFits(tag, has))))
    misses.push(`the rule has none of the tags ${tags.join(', ')}`)
  if (title !== '' && !titleMatcher(title)(rule.title)) misses.push(`the title does not fit ${title}`)
  if (hours !== undefined && isWithin(hours, nowMs) === hours.outside)
    misses.push(hours.outside ? 'it is for other hours than these' : 'these are not its hours')
  return misses
}

export function isAtLeast(level: Level, least: Level): boolean {
  return levels.indexOf(level) >= levels.indexOf(least)
}

/** What is wrong with a title's pattern, in words. */
export function titleProblem(pattern: string): string | undefined {
  const expression = expressionOf(pattern)
  if (expression === undefined) return undefined
  try {
    RE2JS.compile(expression)
    return undefined
  } catch (error) {
    return `This is no regular expression: ${error instanceof Error ? error.message : String(error)}`
  }
}

const matchers = new Map<string, (text: string) => boolean>()

function matcherOf(pattern: string): (text: string) => boolean {
  return remembered(`is ${pattern}`, () => wildcardMatcher(pattern, false))
}

function tagFits(tag: string, has: string): boolean {
  return matcherOf(tag)(has) || has.toLowerCase().startsWith(`${tag.toLowerCase()}.`)
}

function titleMatcher(pattern: string): (text: string) => boolean {
  return remembered(`title ${pattern}`, () => {
    const expression = expressionOf(pattern)
    if (expression !== undefined) {
      const compiled = RE2JS.compile(expression, RE2JS.CASE_INSENSITIVE)
      return text => compiled.test(text)
    }
    if (/[*?]/.test(pattern)) return wildcardMatcher(pattern, false)
    const words = pattern.toLowerCase()
    return text => text.toLowerCase().includes(words)
  })
}

function expressionOf(pattern: string): string | undefined {
  return pattern.length > 2 && pattern.startsWith('/') && pattern.endsWith('/') ? pattern.slice(1, -1) : undefined
}

function remembered(key: string, make: () => (text: string) => boolean): (text: string) => boolean {
  let matcher = matchers.get(key)
  if (matcher === undefined) {
    if (matchers.size > 5000) matchers.clear()
    matcher = make()
    matchers.set(key, matcher)
  }
  return matcher
}
