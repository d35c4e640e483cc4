/**
 * What Sigma's logsources mean here: under which names a rule's fields are found in events, and which events are meant
 * (docs/rules/log-sources.md). The first entry of the lists that agrees with a logsource speaks for it.
 */

import { all, and, contains, type Expression, equals, or, wildcard } from '../filter/expression.ts'
import { parseQuery } from '../filter/parse-query.ts'
import { anyField } from '../filter/virtual-fields.ts'
import { escapeWildcard } from '../filter/wildcard.ts'
import { anySystem } from './logsources/any-system.ts'
import { applications } from './logsources/applications.ts'
import { cloud } from './logsources/cloud.ts'
import type { Meaning } from './logsources/meaning.ts'
import { network } from './logsources/network.ts'
import { unix } from './logsources/unix.ts'
import { windows } from './logsources/windows.ts'
import type { Logsource } from './rule.ts'

/** The names under which a field of the rule is found in events, the likeliest first. Keywords (no field) look at every text. */
export type FieldNames = (field: string) => readonly [string, ...string[]]

export const meanings: readonly Meaning[] = [...windows, ...unix, ...anySystem, ...cloud, ...network, ...applications]

const keys = ['product', 'category', 'service'] as const

const known = new Map<string, Meaning | undefined>()
const knownMax = 10_000

/** The entry that speaks for the logsource. */
export function meaningOf(logsource: Logsource): Meaning | undefined {
  const key = keyOf(logsource)
  if (known.has(key)) return known.get(key)
  const meaning = find(logsource)
  // Names come from people's rules: there is no end of them.
  if (known.size < knownMax) known.set(key, meaning)
  return meaning
}

function keyOf({ product = '', category = '', service = '' }: Logsource): string {
  return `${product}\0${category}\0${service}`
}

function find(logsource: Logsource): Meaning | undefined {
  return meanings.find(({ when }) =>
    keys.every(key => {
      const wanted = when[key]
      const given = logsource[key]
      if (wanted === undefined) return true
      if (wanted === false) return given === undefined
      return typeof wanted === 'object' ? given !== undefined && wanted.includes(given) : wanted === given
    })
  )
}

export const nativeNames: FieldNames = field => [field === '' ? anyField : field]

const named = new Map<Meaning, FieldNames>()

export function namesOf(logsource: Logsource): FieldNames {
  const meaning = meaningOf(logsource)
  if (meaning === undefined) return nativeNames
  let names = named.get(meaning)
  if (names === undefined) {
    names = namesIn(meaning)
    named.set(meaning, names)
  }
  return names
}

const fieldsMax = 5_000

/** Thousands of rules ask for the same fields. */
function namesIn(meaning: Meaning): FieldNames {
  const found = new Map<string, readonly [string, ...string[]]>()
  return field => {
    if (field === '') return [anyField]
    let names = found.get(field)
    if (names === undefined) {
      const [first, ...others] = new Set([...(meaning.fields?.get(field) ?? meaning.rest?.(field) ?? []), field])
      names = [first!, ...others]
      if (found.size < fieldsMax) found.set(field, names)
    }
    return names
  }
}

/** What events call a value of the rule, where they have another word for it. */
export function valueIn(logsource: Logsource): (field: string, value: string) => string | undefined {
  const values = meaningOf(logsource)?.values
  return (field, value) => values?.get(field)?.get(value)
}

const routes = new Map<string, Expression>()

/** `all` where it cannot be told. */
export function routeOf(logsource: Logsource): Expression {
  const key = keyOf(logsource)
  let route = routes.get(key)
  if (route === undefined) {
    const meaning = meaningOf(logsource)
    route = meaning === undefined ? byName(logsource) : compiled(meaning)
    if (routes.size < knownMax) routes.set(key, route)
  }
  return route
}

function compiled(meaning: Meaning): Expression {
  const parsed = parseQuery(meaning.route)
  if (!parsed.ok) throw new Error(`invariant broken: ${meaning.route}: ${parsed.errors[0]?.message}`)
  return parsed.expression
}

/** A product or service that no list has: events of a module, dataset, service or program of this name. */
function byName(logsource: Logsource): Expression {
  const names = [logsource.product, logsource.service].filter(name => name !== undefined)
  const parts = names.map(name =>
    or([
      ...['event.module', 'event.dataset', 'service.name', 'process.name', 'observer.product', 'observer.vendor'].map(
        field => equals(field, name)
      ),
      wildcard('event.dataset', `${escapeWildcard(name)}.*`),
      wildcard('event.dataset', `*.${escapeWildcard(name)}`)
    ])
  )
  // A category alone says nothing of where it is logged.
  return parts.length === 0
    ? all
    : parts.length === 1
      ? parts[0]!
      : or([and(parts), contains('event.dataset', names.join('.'))])
}
