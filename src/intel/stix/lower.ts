/**
 * A STIX pattern as what can be matched on events: values (where one of several values alone makes it true), else an expression over ECS
 * fields. A pattern that needs more than one observation cannot be matched on single events, and is said so.
 *
 * Knowingly otherwise than STIX has it, because events are not observed objects (ADR 0017): a domain stands for what is below it too, texts are
 * compared without regard to letter case (but for MATCHES), an address is looked for on both sides of a connection unless a port beside it says
 * which, and tests joined by AND are about the same event instead of the same object.
 */

import { parseIso } from '../../core/time.ts'
import { parseCidr } from '../../filter/address.ts'
import {
  and,
  cidr,
  contains,
  type Expression,
  equals,
  exists,
  inList,
  not,
  or,
  range,
  regex,
  wildcard
} from '../../filter/expression.ts'
import { compileRegex } from '../../filter/literals.ts'
import type { Found } from '../indicator.ts'
import { normalValue, recogniseValue } from '../normalise.ts'
import { likePattern } from './compare.ts'
import { eventPath } from './event-paths.ts'
import { type Comparison, type Literal, type ObjectPath, type Observation, pathText } from './pattern.ts'

export type Value = Pick<Found, 'type' | 'value' | 'port'>

export type Lowered =
  | { readonly kind: 'values'; readonly values: readonly Value[]; readonly left: readonly string[] }
  | { readonly kind: 'expression'; readonly expression: Expression; readonly left: readonly string[] }
  /** `left`: the reasons, for the parts that cannot be matched. Above, they are those of alternatives that were left out. */
  | { readonly kind: 'none'; readonly left: readonly string[] }

/** More values or tests than this in one pattern are not matched. */
const testsMax = 2_000

export function lowerPattern(pattern: Observation): Lowered {
  const left: string[] = []
  const parts: (readonly Value[] | Expression)[] = []
  const visit = (node: Observation, within: Expression): void => {
    if (node.kind === 'or') for (const part of node.of) visit(part, within)
    else if (node.kind === 'observed') {
      const values = within.kind === 'all' ? valuesOf(node.test) : undefined
      if (values !== undefined) parts.push(values)
      else {
        const expression = lowerTest(node.test)
        if (typeof expression === 'string') left.push(expression)
        else parts.push(and([expression, within]))
      }
    } else if (node.kind === 'qualified') {
      const { by } = node
      if (by.kind === 'repeats' && by.times > 1)
        left.push(`it must be seen ${by.times} times: a single event cannot say that`)
      else if (by.kind === 'startStop') visit(node.of, and([within, between(by.start, by.stop)]))
      else visit(node.of, within)
    } else
      left.push(
        `it needs ${node.of.length} observations${node.kind === 'and' ? '' : ' in their order'}: a single event cannot be all of them`
      )
  }
  visit(pattern, { kind: 'all' })
  if (parts.length === 0) return { kind: 'none', left }
  const values = parts.filter(part => Array.isArray(part)).flat() as Value[]
  if (parts.every(part => Array.isArray(part))) {
    if (values.length > testsMax) return { kind: 'none', left: [`more than ${testsMax} values in one pattern`] }
    return { kind: 'values', values, left }
  }
  const expression = or(parts.map(part => (Array.isArray(part) ? or(part.map(expressionOf)) : (part as Expression))))
  return { kind: 'expression', expression, left }
}

function between(start: string, stop: string): Expression {
  return and([
    range('@timestamp', 'gte', microseconds(start), 'time'),
    range('@timestamp', 'lt', microseconds(stop), 'time')
  ])
}

/** Of a time as literals have it. */
function microseconds(time: string): number {
  return parseIso(`${time}Z`) ?? 0
}

/** The values of which any one makes the test true; undefined if it is not of that kind. */
function valuesOf(test: Comparison): readonly Value[] | undefined {
  if (test.kind === 'or') {
    const all = test.of.map(valuesOf)
    return all.every(values => values !== undefined) ? all.flat() : undefined
  }
  if (test.kind === 'and') return addressWithPort(test.of)
  if (test.kind !== 'test' || test.negated) return undefined
  const path = eventPath(test.path)
  if (path?.plain === undefined) return undefined
  if (test.op !== '=' && test.op !== 'IN' && !(test.op === 'ISSUBSET' && path.plain === 'ip')) return undefined
  const values: Value[] = []
  for (const literal of test.values) {
    if (literal.kind !== 'string') return undefined
    const value = valueFor(path.plain, literal.value)
    if (value === undefined) return undefined
    values.push(value)
  }
  return values
}

function valueFor(type: Value['type'], text: string): Value | undefined {
  if (type === 'ip') {
    // A network may be written where an address is expected, and the other end of a connection be a name.
    const found = recogniseValue(text)
    return found !== undefined &&
      found.port === undefined &&
      (found.type === 'ip' || found.type === 'cidr' || found.type === 'domain')
      ? found
      : undefined
  }
  const value = normalValue(type, text)
  return value === undefined ? undefined : { type, value }
}

/** `dst_ref.value = '192.0.2.1' AND dst_port = 443`, with what tools like to say besides: of what type the end is. */
function addressWithPort(tests: readonly Comparison[]): readonly Value[] | undefined {
  let values: readonly Value[] | undefined
  let side: string | undefined
  let port: { readonly side: string; readonly number: number } | undefined
  for (const test of tests) {
    if (test.kind !== 'test' || test.negated) return undefined
    const path = pathText(test.path)
    const literal = test.values[0]
    if (/_ref\.type$/.test(path) && test.op === '=') continue
    const ofPort = /^network-traffic:(src|dst)_port$/.exec(path)
    if (ofPort !== null && test.op === '=' && literal?.kind === 'number' && port === undefined) {
      port = { side: ofPort[1]!, number: literal.value }
      continue
    }
    if (values !== undefined) return undefined
    values = valuesOf(test)
    side = /^network-traffic:(src|dst)_ref\.value$/.exec(path)?.[1]
    if (values === undefined) return undefined
  }
  if (values === undefined || port === undefined) return values
  // Without a side, the port's is meant; another side than the port's is a test of both ends.
  if ((side !== undefined && side !== port.side) || port.number < 1 || port.number > 65_535) return undefined
  const { number } = port
  return values.every(({ type }) => type === 'ip') ? values.map(value => ({ ...value, port: number })) : undefined
}

/** A value among tests that are not of its kind. */
function expressionOf({ type, value, port }: Value): Expression {
  const stix = { ip: 'ipv4-addr', cidr: 'ipv4-addr', domain: 'domain-name', url: 'url', email: 'email-addr' } as const
  const fields =
    type in stix
      ? eventPath({ type: stix[type as keyof typeof stix], steps: ['value'] })!.fields
      : type === 'user-agent'
        ? ['user_agent.original']
        : eventPath({ type: 'file', steps: ['hashes', type.toUpperCase()] })!.fields
  if (type === 'cidr') return or(fields.map(field => cidr(field, value)))
  if (type === 'domain') return or(fields.flatMap(field => [equals(field, value), wildcard(field, `*.${value}`)]))
  if (port === undefined) return or(fields.map(field => equals(field, value)))
  return or(
    ['source', 'destination'].map(end => and([equals(`${end}.ip`, value), equals(`${end}.port`, String(port))]))
  )
}

function lowerTest(test: Comparison): Expression | string {
  if ('of' in test) {
    const parts: Expression[] = []
    for (const part of test.of) {
      const lowered = lowerTest(part)
      if (typeof lowered === 'string') return lowered
      parts.push(lowered)
    }
    return test.kind === 'and' ? and(parts) : or(parts)
  }
  const text = pathText(test.path)
  if (isTypeTest(test)) return { kind: 'all' }
  const path = eventPath(test.path)
  if (path === undefined) return `events have nothing that corresponds to ${text}`
  if (test.kind === 'exists') return or(path.fields.map(exists))
  const single = (field: string): Expression | string => lowerOne(field, test.op, test.values, test.path)
  const all = path.fields.map(field => ({ field, test: single(field) }))
  const refused = all.find(({ test }) => typeof test === 'string')
  if (refused !== undefined) return refused.test as string
  const negated = test.negated !== (test.op === '!=')
  return or(
    all.map(({ field, test }) => (negated ? and([exists(field), not(test as Expression)]) : (test as Expression)))
  )
}

/** `dst_ref.type = 'ipv4-addr'` says nothing about an event. */
function isTypeTest(test: Comparison): boolean {
  return (
    test.kind === 'test' &&
    !test.negated &&
    test.op === '=' &&
    test.path.steps.at(-1) === 'type' &&
    String(test.path.steps.at(-2)).endsWith('_ref')
  )
}

const orderings = { '<': 'lt', '<=': 'lte', '>': 'gt', '>=': 'gte' } as const

function lowerOne(
  field: string,
  op: (Comparison & { kind: 'test' })['op'],
  literals: readonly Literal[],
  path: ObjectPath
): Expression | string {
  const literal = literals[0]
  if (literals.some(({ kind }) => kind === 'bytes')) return `${pathText(path)} is compared with bytes: events hold none`
  switch (op) {
    case '=':
    case '!=':
    case 'IN':
      if (literals.length > testsMax) return `more than ${testsMax} values in one list`
      return inList(
        field,
        literals.map(literal => textOf(literal))
      )
    case 'LIKE':
      return wildcard(field, likePattern(String(literal!.value)))
    case 'MATCHES': {
      const pattern = String(literal!.value)
      const compiled = compileRegex(pattern, true)
      if (!compiled.ok)
        return `${pattern.slice(0, 100)} is no regular expression that runs in linear time: ${compiled.reason}`
      return pattern === '' ? contains(field, '') : regex(field, pattern, true)
    }
    case 'ISSUBSET':
    case 'ISSUPERSET': {
      const given = String(literal!.value)
      if (op === 'ISSUPERSET' && given.includes('/'))
        return 'ISSUPERSET of a network: events hold addresses, not networks'
      if (!given.includes('/')) return equals(field, given)
      return parseCidr(given) === undefined ? `no network: ${given.slice(0, 60)}` : cidr(field, given)
    }
    default:
      if (literal!.kind === 'number') return range(field, orderings[op], literal!.value)
      if (literal!.kind === 'time') return range(field, orderings[op], microseconds(literal!.value), 'time')
      return `${pathText(path)} ${op} a text: the order of texts is not matched`
  }
}

function textOf(literal: Literal): string {
  if (literal.kind !== 'time') return String(literal.value)
  return `${literal.value}Z`
}
