import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { columnOf } from '../core/columns.ts'
import { arbitraryExpression } from '../testing/filter-arbitraries.ts'
import { explain } from './explain.ts'
import {
  all,
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
  testsOf,
  wildcard,
  word,
  wordPattern
} from './expression.ts'
import { formatQuery } from './format-query.ts'
import { parseQuery, queryDepthMax, queryLengthMax } from './parse-query.ts'
import { toPredicate } from './to-predicate.ts'

const day = Date.UTC(2024, 4, 6) * 1000

const understood: readonly (readonly [string, Expression])[] = [
  ['', all],
  ['  ', all],
  ['*', all],
  ['*:*', all],
  [
    'source.ip:10.0.0.0/8 and event.action:"blocked" err* not (a.x:1 or b.x:2)',
    and([
      cidr('source.ip', '10.0.0.0/8'),
      equals('event.action', 'blocked'),
      wordPattern('err*'),
      not(or([equals('a.x', '1'), equals('b.x', '2')]))
    ])
  ],
  ['a.x:1 or b.x:2 c.x:3', or([equals('a.x', '1'), and([equals('b.x', '2'), equals('c.x', '3')])])],
  ['a.x=1 && b.x==2 || !c.x:3', or([and([equals('a.x', '1'), equals('b.x', '2')]), not(equals('c.x', '3'))])],
  ['A.x:1 AND NOT b.x:2 OR c', or([and([equals('A.x', '1'), not(equals('b.x', '2'))]), word('c')])],
  ['-a.x:1 -b', and([not(equals('a.x', '1')), not(word('b'))])],
  ['not not x', word('x')],
  ['a.x != 1', not(equals('a.x', '1'))],
  ['a.x : "b c"', equals('a.x', 'b c')],
  ['a.x:(b or "c d")', inList('a.x', ['b', 'c d'])],
  ['a.x:(b or c* and not d)', or([equals('a.x', 'b'), and([wildcard('a.x', 'c*'), not(equals('a.x', 'd'))])])],
  ['a.x:(>=1 and <5)', and([range('a.x', 'gte', 1), range('a.x', 'lt', 5)])],
  ['a.x:>5', range('a.x', 'gt', 5)],
  ['a.x > -1.5e3', range('a.x', 'gt', -1500)],
  ['a.x:*', exists('a.x')],
  ['a.x:*b?', wildcard('a.x', '*b?')],
  ['a.x:b\\*', equals('a.x', 'b*')],
  ['a.x:"b*"', equals('a.x', 'b*')],
  ['a.x:b\\ c*', wildcard('a.x', 'b c*')],
  ['a.x:C:\\Windows\\cmd.exe', equals('a.x', 'C:\\Windows\\cmd.exe')],
  ['a.x:"C:\\Windows\\\\"', equals('a.x', 'C:\\Windows\\')],
  ['a.x:~foo', contains('a.x', 'foo')],
  ['a.x:~"foo bar"', contains('a.x', 'foo bar')],
  ['a.x:/fo+ b/', regex('a.x', 'fo+ b', true)],
  ['a.x:/a\\/b/i', regex('a.x', 'a/b')],
  ['url.path:/admin/login', equals('url.path', '/admin/login')],
  ['a.x:cased(Foo or Bar*)', or([equals('a.x', 'Foo', true), wildcard('a.x', 'Bar*', true)])],
  ['a.x:2001:db8::1', equals('a.x', '2001:db8::1')],
  ['2001:db8::1', word('2001:db8::1')],
  ['00:1a:2b:3c:4d:5e', word('00:1a:2b:3c:4d:5e')],
  ['https://example.com/x?', wordPattern('https://example.com/x?')],
  ['C:\\Temp', word('C:\\Temp')],
  ['12:30:45', word('12:30:45')],
  ['1:wCb3OG7yAFWelaUydu0D+125CLM=', word('1:wCb3OG7yAFWelaUydu0D+125CLM=')],
  ['"foo bar" "and"', and([word('foo bar'), word('and')])],
  ['"source.ip":"10.0.0.1"', equals('source.ip', '10.0.0.1')],
  ['"a b":c', equals('a b', 'c')],
  ['@timestamp>=2024-05-06', range('@timestamp', 'gte', day, 'time')],
  ['@timestamp>2024-05-06', range('@timestamp', 'gte', day + 86_400_000_000, 'time')],
  ['@timestamp<=2024', range('@timestamp', 'lt', Date.UTC(2025, 0, 1) * 1000, 'time')],
  ['custom.when<"2024-05-06T00:00:00.5Z"', range('custom.when', 'lt', day + 500_000, 'time')],
  ['@timestamp>=now-1h', range('@timestamp', 'gte', day - 3_600_000_000, 'time')],
  ['error', word('error')],
  ['naïve Ärger', and([word('naïve'), word('Ärger')])]
]

test('queries are understood', () => {
  for (const [text, expression] of understood) {
    const parsed = parseQuery(text, { nowMs: day / 1000 })
    assert.deepEqual(parsed.ok && parsed.expression, expression, text)
  }
})

const refused: readonly (readonly [string, number, RegExp])[] = [
  ['a.x:1 | stats count()', 6, /not supported yet/],
  ['(a.x:1', 0, /never closed/],
  ['a.x:1)', 5, /no opening/],
  ['()', 0, /Nothing stands/],
  ['a.x:', 0, /value is expected/],
  ['a.x:(1 or )', 7, /a value is expected/],
  ['and x', 0, /Before “and”/],
  ['x or', 2, /After “or”/],
  ['x && ', 2, /After “and”/],
  ['not', 0, /After “not”/],
  ['"x', 0, /never closed/],
  ['""', 0, /Nothing stands/],
  ['a.x:/(/', 4, /regular expression/],
  ['a.x:/(?=x)/', 4, /regular expression/],
  ['a.x>b', 4, /cannot be compared/],
  ['source.ip>10', 10, /by network/],
  ['source.ip:10.0.0.0/33', 10, /not a network/],
  ['@timestamp>=now-1h', 12, /cannot be compared/],
  ['a.x=>5', 3, /not an operator/],
  ['a.x:[1 TO 5]', 4, /comparisons/],
  ["a.x:'b'", 4, /double quotes/],
  ['host.name like "%x%"', 0, /not an operator/],
  ['user.name in (a, b)', 0, /not an operator/],
  ['source.*:x', 0, /cannot hold wildcards/],
  ['event.original:x', 15, /cannot be searched/],
  ['related.ip:*', 11, /search it for a value/],
  ['a.x:"b"c', 4, /closing quote/],
  [`${'('.repeat(queryDepthMax + 1)}a`, queryDepthMax, /inside each other/],
  ['x'.repeat(queryLengthMax + 1), queryLengthMax, /at most/]
]

test('errors say where and what', () => {
  for (const [text, position, message] of refused) {
    const parsed = parseQuery(text)
    assert.equal(parsed.ok, false, text)
    assert.equal(parsed.errors[0]?.position, position, text)
    assert.match(parsed.errors[0]?.message ?? '', message, text)
  }
})

const warned: readonly (readonly [string, string | undefined])[] = [
  ['soruce.ip:10.0.0.1', 'source.ip'],
  ['src_ip:10.0.0.1', 'source.ip'],
  ['user.nmae:x', 'user.name'],
  ['destinationport:22', 'destination.port'],
  ['something.else:22', undefined],
  ['destination.prot:22', 'destination.port'],
  ['zeek.dns.sesion:x', 'zeek.dns.session']
]

test('a mistyped field is a warning', () => {
  for (const [text, suggestion] of warned) {
    const parsed = parseQuery(text, { knownFields: new Set(['zeek.dns.session']) })
    assert.ok(parsed.ok)
    assert.equal(parsed.warnings[0]?.suggestion, suggestion, text)
  }
  const known = parseQuery('source.ip:1.2.3.4 zeek.dns.session:x custom.thing:y related.ip:z')
  assert.deepEqual(known.ok && known.warnings, [])
})

/** Addresses have no order, and times are not compared with numbers: the parser refuses these. */
function isWritable(test: ReturnType<typeof testsOf>[number]): boolean {
  if (test.kind !== 'range') return true
  const type = columnOf(test.field)?.type
  return type !== 'ip' && (type !== 'time' || test.of === 'time')
}

test('an expression is read back from its text', () => {
  const writable = arbitraryExpression.filter(expression => testsOf(expression).every(isWritable))
  fc.assert(
    fc.property(writable, expression => {
      const text = formatQuery(expression)
      const parsed = parseQuery(text)
      assert.deepEqual(parsed.ok ? parsed.expression : parsed.errors, expression, text)
      assert.ok(explain(expression).length > 0)
    }),
    { numRuns: Number(process.env['FILTER_RUNS'] ?? 3000) }
  )
})

test('any field name and any value can be written', () => {
  const odd = fc.constantFrom(
    'a b',
    '12',
    'ab',
    'x:y',
    '"q"',
    'naïve',
    'and',
    'OR',
    '@x',
    '-x',
    'a\\b',
    'now',
    'cased',
    '*',
    'a*',
    'a.b-c',
    '日本'
  )
  const value = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), odd)
  const name = fc.oneof(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }), odd)
  const expression = fc.tuple(name, value, fc.nat(4), fc.boolean()).map(([field, text, which, cased]) => {
    if (which === 0) return equals(field, text, cased)
    if (which === 1) return contains(field, text, cased)
    if (which === 2) return wildcard(field, `${text}*`, cased)
    if (which === 3) return wordPattern(`${text}?`)
    return inList(field, [text, 'and', 'x'], cased)
  })
  fc.assert(
    fc.property(fc.array(expression, { minLength: 1, maxLength: 3 }), expressions => {
      const whole = and([...expressions, not(expressions[0]!)])
      const text = formatQuery(whole)
      const parsed = parseQuery(text)
      assert.deepEqual(parsed.ok ? parsed.expression : parsed.errors, whole, text)
    }),
    { numRuns: 3000 }
  )
})

const pieces = fc.constantFrom(
  ...[
    'a.x',
    ':',
    ':~',
    '(',
    ')',
    '"',
    '/',
    '\\',
    '*',
    '?',
    ' ',
    'and',
    'or',
    'not',
    '-',
    '!',
    '&&',
    '||',
    '|',
    '>=',
    '<',
    '=',
    'now',
    '[',
    ' TO ',
    ']',
    "'",
    '10.0.0.0/8',
    'cased(',
    '2024',
    '\ud800',
    '\u0000',
    'é',
    '@timestamp',
    'source.ip',
    'like',
    '{',
    ','
  ]
)

test('no text makes the parser throw, and what it accepts compiles', () => {
  const check = (text: string): void => {
    const parsed = parseQuery(text)
    if (!parsed.ok) {
      assert.ok(parsed.errors.length > 0)
      for (const { position, length } of parsed.errors)
        assert.ok(position >= 0 && length >= 0 && position + length <= text.length, text)
      return
    }
    toPredicate(parsed.expression)({ message: 'x' })
    const again = parseQuery(formatQuery(parsed.expression))
    assert.deepEqual(again.ok ? again.expression : again.errors, parsed.expression, text)
  }
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 14 }).map(parts => parts.join('')),
      check
    ),
    { numRuns: 5000 }
  )
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), check), { numRuns: 2000 })
})

test('hostile queries take linear time', () => {
  const hostile = [
    '(',
    'a:/x',
    '"a" ',
    '!',
    '-',
    'not ',
    'a.x:(',
    '\\',
    '[',
    "a.x:'",
    'a  ',
    'a:"',
    'x=',
    ':',
    '/',
    'a:[1 ',
    'é:1 ',
    '\u0000',
    'aaaa.b:1 ',
    '****',
    'a:*? '
  ]
  const start = performance.now()
  for (const piece of hostile) parseQuery(piece.repeat(Math.floor(queryLengthMax / piece.length)))
  assert.ok(performance.now() - start < 5000, `${performance.now() - start} ms`)
})

test('explained in words', () => {
  const explained: readonly (readonly [string, string])[] = [
    ['', 'every event'],
    [
      'source.ip:10.0.0.0/8 event.action:blocked not (a.x:1 or b.x:2*)',
      'source.ip is in the network 10.0.0.0/8 and event.action is “blocked” and not (a.x is “1” or b.x begins with “2”)'
    ],
    [
      '-user.name:(root or admin) "log in" err*',
      'user.name is not one of “root”, “admin” and the phrase “log in” occurs and a word matches “err*”'
    ],
    [
      '@timestamp>=2024-05-06 source.bytes>5',
      '@timestamp is at or after 2024-05-06T00:00:00Z and source.bytes is above 5'
    ],
    ['not user.name:*', 'there is no user.name']
  ]
  for (const [text, words] of explained) {
    const parsed = parseQuery(text)
    assert.equal(parsed.ok && explain(parsed.expression), words, text)
  }
})

test('every test is seen', () => {
  const parsed = parseQuery('a.x:1 (b.x:2 or not c) d*')
  assert.equal(parsed.ok && testsOf(parsed.expression).length, 4)
})
