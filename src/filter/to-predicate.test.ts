/** The compiled predicate against an obvious evaluator that interprets the tree, and a table of what people expect. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnOf, pivotFields, textFields } from '../core/columns.ts'
import { isIp, writeIp } from '../core/ip.ts'
import type { EcsEvent } from '../core/parser.ts'
import { isoMs } from '../core/time.ts'
import { arbitraryEvent, arbitraryRuleExpression } from '../testing/filter-arbitraries.ts'
import { addressText } from './address.ts'
import { columnTexts, communityIdOfEvent, type Leaf, mapTexts } from './event-values.ts'
import type { Expression, FieldTest } from './expression.ts'
import { formatQuery } from './format-query.ts'
import { timeLiteral, timeOfText } from './literals.ts'
import { parseQuery } from './parse-query.ts'
import { toPredicate } from './to-predicate.ts'
import { isRelated, patternFields } from './virtual-fields.ts'
import { parseWildcard } from './wildcard.ts'

/** All values of the event, by field. */
function flatten(node: unknown, path: string, out: Map<string, Leaf[]>): Map<string, Leaf[]> {
  if (Array.isArray(node)) for (const item of node) flatten(item, path, out)
  else if (typeof node === 'object' && node !== null) {
    for (const [key, value] of Object.entries(node)) flatten(value, path === '' ? key : `${path}.${key}`, out)
  } else if (node !== undefined && node !== null && typeof node !== 'symbol') {
    out.set(path, [...(out.get(path) ?? []), node as Leaf])
  }
  return out
}

const lower = (text: string): string => text.replace(/[A-Z]/g, c => c.toLowerCase())
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
const glob = (pattern: string, any: string, one: string): string =>
  parseWildcard(pattern)
    .map(part => (part === '*' ? `${any}*` : part === '?' ? one : escaped(part.text)))
    .join('')

function bits(address: string): string {
  const bytes = new Uint8Array(16)
  writeIp(address, bytes, 0)
  return [...bytes].map(byte => byte.toString(2).padStart(8, '0')).join('')
}

type ValueTest = Exclude<FieldTest, { kind: 'sameAs' }>

/** Week 1 is the one that holds the fourth of January. */
function weekOf(date: Date): number {
  const day = 86_400_000
  const monday = (time: number): number => time - ((new Date(time).getUTCDay() + 6) % 7) * day
  const own = monday(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()))
  const thursday = new Date(own + 3 * day)
  return Math.round((own - monday(Date.UTC(thursday.getUTCFullYear(), 0, 4))) / (7 * day)) + 1
}

/** Does one value, as this text, pass? */
function passesText(item: ValueTest, text: string): boolean {
  const fold = 'cased' in item && item.cased ? (x: string) => x : lower
  switch (item.kind) {
    case 'equals':
    case 'inList':
      return (item.kind === 'equals' ? [item.value] : item.values).some(
        value => fold(value) === fold(text) || (isIp(value) && addressText(value) === fold(text))
      )
    case 'wildcard':
      return new RegExp(`^${glob(fold(item.pattern), '[^]', '[^]')}$`, 'u').test(fold(text))
    case 'contains':
      return fold(text).includes(fold(item.value))
    case 'regex':
      return new RegExp(
        item.pattern.replace('(?i)', ''),
        item.cased && !item.pattern.startsWith('(?i)') ? 's' : 'is'
      ).test(text)
    case 'exists':
      return true
    case 'timePart': {
      const us = timeOfText(text)
      if (us === undefined) return false
      const date = new Date(us / 1000)
      const found = {
        minute: date.getUTCMinutes(),
        hour: date.getUTCHours(),
        day: date.getUTCDate(),
        week: weekOf(date),
        month: date.getUTCMonth() + 1,
        year: date.getUTCFullYear()
      }[item.part]
      const { value } = item
      return { eq: found === value, gt: found > value, gte: found >= value, lt: found < value, lte: found <= value }[
        item.op
      ]
    }
    case 'cidr': {
      const [address, prefix] = item.cidr.split('/') as [string, string]
      const length = Number(prefix) + (address.includes(':') ? 0 : 96)
      return isIp(text) && bits(text).slice(0, length) === bits(address).slice(0, length)
    }
    case 'range': {
      const value =
        item.of === 'time'
          ? timeOfText(text)
          : /^[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?$/i.test(text)
            ? Number(text)
            : undefined
      if (value === undefined) return false
      return { gt: value > item.value, gte: value >= item.value, lt: value < item.value, lte: value <= item.value }[
        item.op
      ]
    }
  }
}

function obviously(expression: Expression, event: EcsEvent): boolean {
  const values = flatten(event, '', new Map())
  const texts = (fields: readonly string[]): readonly string[] =>
    fields.flatMap(field => columnTexts(columnOf(field)!, values.get(field) ?? []))
  const mapped = (): string[] => [...values].flatMap(([field, leaves]) => mapTexts(field, leaves))
  const evaluate = (node: Expression): boolean => {
    switch (node.kind) {
      case 'all':
        return true
      case 'none':
        return false
      case 'and':
        return node.of.every(evaluate)
      case 'or':
        return node.of.some(evaluate)
      case 'not':
        return !evaluate(node.of)
      case 'word': {
        const token = '[0-9A-Za-z\\u0080-\\uffff]'
        const text = lower(node.text)
        const start = new RegExp(`^${token}`).test(text) ? `(?<!${token})` : ''
        const end = new RegExp(`${token}$`).test(text) ? `(?!${token})` : ''
        const stands = new RegExp(`${start}${escaped(text)}${end}`)
        const whole: ValueTest = { kind: 'equals', field: '', value: node.text }
        return (
          (!text.includes('\x1f') && texts(textFields).some(value => stands.test(lower(value)))) ||
          [...texts(pivotFields), ...mapped()].some(value => passesText(whole, value)) ||
          (text.length === 30 && lower(communityIdOfEvent(event) ?? '') === text)
        )
      }
      case 'wordPattern': {
        const token = '[0-9A-Za-z\\u{80}-\\u{10ffff}]'
        const parts = parseWildcard(node.pattern)
        const edge = (part: (typeof parts)[number] | undefined, pattern: string): boolean =>
          typeof part === 'string' || (part !== undefined && new RegExp(pattern, 'u').test(part.text))
        const start = edge(parts[0], `^${token}`) ? `(?<!${token})` : ''
        const end = edge(parts.at(-1), `${token}$`) ? `(?!${token})` : ''
        const stands = new RegExp(`${start}${glob(lower(node.pattern), token, token)}${end}`, 'u')
        const whole: ValueTest = { kind: 'wildcard', field: '', pattern: node.pattern }
        return (
          (!node.pattern.includes('\x1f') && texts(textFields).some(value => stands.test(lower(value)))) ||
          texts(patternFields).some(value => passesText(whole, value))
        )
      }
      default:
        if (node.kind === 'sameAs') return relation(node)
        return [node.field, ...(node.also ?? [])].some(name => field({ ...node, field: name }))
    }
  }
  const relation = (node: Extract<FieldTest, { kind: 'sameAs' }>): boolean => {
    const all = (names: readonly string[]): readonly string[] =>
      names
        .flatMap(name =>
          /^\w+\.address$/.test(name)
            ? [name, name.replace('address', 'ip'), name.replace('address', 'domain')]
            : [name]
        )
        .flatMap(name => {
          const type = columnOf(name)?.type
          return (values.get(name) ?? []).flatMap(leaf => {
            const text = String(leaf)
            if (typeof leaf !== 'string') return [text]
            const us = type === 'time' ? timeOfText(text) : undefined
            if (us !== undefined) return [isoMs(us)]
            const address = type === 'ip' ? addressText(text) : undefined
            return address === undefined ? [text] : [text, address]
          })
        })
        .map(text => (node.cased ? text : lower(text)))
    const others = all([node.other, ...(node.alsoOther ?? [])])
    return all([node.field, ...(node.also ?? [])]).some(text =>
      others.some(other => {
        if (node.how === 'equals') return text === other
        const at = node.how === 'startsWith' ? 0 : text.length - other.length
        return node.how === 'contains'
          ? text.split(other).length > 1 || other === ''
          : at >= 0 && text.substr(at, other.length) === other
      })
    )
  }
  const everyText = (): string[] =>
    [...values].flatMap(([name, leaves]) => {
      const type = columnOf(name)?.type
      if (type !== undefined && !['word', 'text', 'words', 'ip'].includes(type)) return []
      const found =
        type === 'ip' ? [...columnTexts(columnOf(name)!, leaves), ...mapTexts(name, leaves)] : leaves.map(String)
      return found.filter(text => text !== '' && timeOfText(text) === undefined)
    })
  const field = (node: ValueTest): boolean => {
    if (node.field === '*') {
      if (node.kind === 'exists') return true
      return everyText().some(value => passesText(node, value))
    }
    if (isRelated(node.field)) return [...texts(pivotFields), ...mapped()].some(value => passesText(node, value))
    const object = node.field.replace(/\.address$/, '')
    const fields = /^\w+\.address$/.test(node.field) ? [node.field, `${object}.ip`, `${object}.domain`] : [node.field]
    if (node.field === 'network.community_id') {
      const id = communityIdOfEvent(event)
      if (id !== undefined && passesText(node, id)) return true
    }
    return fields.some(name => {
      const type = columnOf(name)?.type
      return (values.get(name) ?? []).some((leaf, i) => {
        const text = String(leaf)
        const us = type === 'time' && typeof leaf === 'string' ? timeOfText(text) : undefined
        if (us !== undefined) {
          const spans = node.kind === 'equals' ? [node.value] : node.kind === 'inList' ? node.values : []
          if (spans.some(span => us >= (timeLiteral(span)?.startUs ?? Infinity) && us < timeLiteral(span)!.endUs))
            return true
          return passesText(node, node.kind === 'range' ? text : isoMs(us))
        }
        const canonical = type === 'ip' && typeof leaf === 'string' ? addressText(text) : undefined
        const whole = node.kind === 'equals' || node.kind === 'inList'
        if (canonical !== undefined && canonical !== '::' && !(whole && i > 0) && passesText(node, canonical))
          return true
        return typeof leaf === 'boolean' && node.kind === 'range' ? false : passesText(node, text)
      })
    })
  }
  return evaluate(expression)
}

test('the compiled predicate answers as the obvious evaluator does', () => {
  fc.assert(
    fc.property(
      arbitraryRuleExpression,
      fc.array(arbitraryEvent, { minLength: 5, maxLength: 5 }),
      (expression, events) => {
        const predicate = toPredicate(expression)
        for (const event of events) {
          assert.equal(
            predicate(event),
            obviously(expression, event),
            `${formatQuery(expression)} on ${JSON.stringify(event)}`
          )
        }
      }
    ),
    { numRuns: Number(process.env['FILTER_RUNS'] ?? 2000) }
  )
})

test('no event makes a predicate throw', () => {
  fc.assert(
    fc.property(arbitraryRuleExpression, fc.object({ maxDepth: 4 }), (expression, event) => {
      assert.equal(typeof toPredicate(expression)(event as EcsEvent), 'boolean')
    }),
    { numRuns: 500 }
  )
})

const event: EcsEvent = {
  '@timestamp': '2024-05-06T07:08:09.123Z',
  message: 'Failed password for invalid user Bob from 10.1.2.3 port 22 ssh2',
  event: { category: ['authentication', 'network'], action: 'ssh_login', code: '4625' },
  source: { ip: '10.1.2.3', port: 443, bytes: 0 },
  destination: { ip: '10.9.9.9', port: 22 },
  client: { ip: '2001:db8::1' },
  server: { ip: '2001:DB8:0::2' },
  network: { transport: 'tcp' },
  user: { name: 'Bob' },
  host: { name: 'web-01.example.com' },
  dns: { answers: [{ name: 'a.example.com', ttl: 60 }, { name: 'b.example.com' }] },
  custom: { score: 7.5, names: ['a.example.org', 'b.example.org'], empty: '', flag: true }
}

const truths: readonly (readonly [string, boolean])[] = [
  ['', true],
  ['*', true],
  ['user.name:bob', true],
  ['user.name:cased(bob)', false],
  ['user.name:b?b', true],
  ['user.name:bo', false],
  ['user.name:~o', true],
  ['user.name:/^B/', true],
  ['user.name:/^b/', false],
  ['user.name:/^b/i', true],
  ['event.category:network', true],
  ['not event.category:network', false],
  ['not user.email:x', true],
  ['event.category:(file or authentication)', true],
  ['event.category:(file and authentication)', false],
  ['source.ip:10.0.0.0/8', true],
  ['source.ip:10.1.*', true],
  ['source.ip:192.168.0.0/16', false],
  ['client.ip:"2001:DB8:0::1"', true],
  ['server.ip:2001:db8::2', false],
  ['server.ip:2001:db8::/32', true],
  ['source.bytes:0', true],
  ['source.bytes<5', true],
  ['source.bytes:*', true],
  ['destination.bytes:*', false],
  ['destination.bytes<5', false],
  ['source.port>=443', true],
  ['source.port:44*', true],
  ['event.code>4000', true],
  ['custom.score>7', true],
  ['custom.empty:""', true],
  ['custom.empty:*', true],
  ['custom.flag:true', true],
  ['dns.answers.name:b.example.com', true],
  ['dns.answers.ttl:60', true],
  ['@timestamp:2024-05-06', true],
  ['@timestamp:2024-05', true],
  ['@timestamp>2024-05-06', false],
  ['@timestamp>=2024-05-06', true],
  ['@timestamp:"2024-05-06T07:08"', true],
  ['@timestamp<"2024-05-06T09:08:10+02:00"', true],
  ['failed', true],
  ['fail', false],
  ['fail*', true],
  ['"invalid user bob"', true],
  ['"user invalid"', false],
  ['10.1.2.3', true],
  ['10.1.2', true],
  ['10.1.2.34', false],
  ['ssh', true],
  ['example.com', true],
  ['7.5', true],
  ['b.example.org', true],
  ['source.address:10.1.2.3', true],
  ['related.ip:2001:db8::1', true],
  ['related.user:bob', true],
  ['-failed', false],
  ['network.community_id:1:*', true]
]

test('what people expect', () => {
  for (const [query, expected] of truths) {
    const parsed = parseQuery(query)
    assert.ok(parsed.ok, query)
    assert.equal(toPredicate(parsed.expression)(event), expected, query)
    assert.equal(obviously(parsed.expression, event), expected, `obviously: ${query}`)
  }
})

test('dotted keys at the top are fields too', () => {
  const predicate = toPredicate({ kind: 'equals', field: 'source.ip', value: '10.1.2.3' })
  assert.equal(predicate({ 'source.ip': '10.1.2.3' }), true)
  assert.equal(predicate({ 'source.ip': ['x', '10.1.2.3'] }), true)
  assert.equal(predicate({ source: { ip: '10.1.2.4' } }), false)
})
