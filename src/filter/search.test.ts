/** Searches as text: round trips, errors with their place and what to write instead, words. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Random, randomSearch } from '../testing/search-arbitraries.ts'
import { explainSearch, formatSearch, parseSearch, type Search } from './search.ts'

const nowMs = Date.UTC(2026, 10, 21)

function parsed(text: string): Search {
  const result = parseSearch(text, { nowMs })
  assert.ok(result.ok, `${text}: ${result.ok ? '' : JSON.stringify(result.errors)}`)
  return result.search
}

test('what formatSearch writes is read back as the same', () => {
  const random = new Random(20261121)
  for (let n = 0; n < 2000; n++) {
    const search = randomSearch(random)
    const text = formatSearch(search)
    assert.deepEqual(plain(parsed(text)), plain(search), text)
  }
})

/** `where` of a plain condition is read as a filter where rows are events, which is the same question. */
function plain(search: Search): unknown {
  return JSON.parse(
    JSON.stringify(search, (_, value: unknown) => {
      const command = value as { kind?: unknown } | null
      return command?.kind === 'where' || command?.kind === 'filter' ? { kind: 'where' } : value
    })
  )
}

type Problem = readonly [text: string, position: number, message: RegExp, suggestion?: string]

const problems: readonly Problem[] = [
  ['* | ', 4, /After \| a command is expected/],
  ['* | stast count()', 4, /no command stast/, 'stats'],
  ['* | summarize count()', 4, /no command summarize/, 'stats'],
  ['* | table user.name', 4, /no command table/, 'fields'],
  ['* | limit 10', 4, /no command limit/, 'head'],
  ['* | stats', 9, /a number over the rows is expected/],
  ['* | stats cout()', 10, /cout is no number over rows/],
  ['* | stats sum()', 10, /sum needs a field/, 'sum(source.ip)'],
  ['* | stats sum', 13, /a field between parentheses/, 'sum(field)'],
  ['* | stats count() by', 20, /a value is expected/i],
  ['* | stats percentile(a)', 22, /percentile\(field, 95\)/, 'percentile(field, 95)'],
  ['* | stats percentile(a, 101)', 24, /from 0 to 100/],
  ['* | stats count() by user.name user.name)', 40, /a value is expected/],
  ['* | where', 9, /a condition is expected/],
  ['* | where lower(user.name = "x"', 31, /is not closed/],
  ['* | where foo(user.name) = "x"', 10, /no function foo/],
  ['* | eval x', 10, /After x an = is expected/],
  ['* | eval x = substring(message, 1)', 13, /no function substring/, 'substr(text, from, length)'],
  ['* | eval x = substr(message)', 13, /It is substr/, 'substr(text, from, length)'],
  ['* | eval x = (1 + 2', 13, /never closed/],
  ["* | eval x = 'a'", 13, /double quotes/, '"a"'],
  ['* | head ten', 9, /a number of rows is expected/],
  ['* | head 0', 9, /from 1 to/],
  ['* | sort', 8, /a field is expected/],
  ['* | rename a b', 13, /“as” and the new name/],
  ['* | join hosts', 14, /“on” and the field/],
  ['* | timechart span=5 count()', 19, /a length of time/],
  ['* | transaction user.name maxgap=5x', 33, /a length of time/],
  ['* | bin 5m', 4, /no command bin/],
  ['user.name: | stats count()', 0, /A value is expected after user.name/],
  ['@from:yesterday | stats count()', 0, /@from is no point in time/]
]

test('problems say where, what and what to write instead', () => {
  for (const [text, position, message, suggestion] of problems) {
    const result = parseSearch(text, { nowMs })
    assert.ok(!result.ok, text)
    const [first] = result.errors
    assert.match(first!.message, message, text)
    assert.equal(first!.position, position, `${text}: ${first!.message}`)
    if (suggestion !== undefined) assert.equal(first!.suggestion, suggestion, text)
    assert.ok(first!.position + first!.length <= text.length, text)
  }
})

test('searches in words', () => {
  const words = (text: string): readonly string[] => explainSearch(parsed(text))
  assert.deepEqual(
    words('source.ip:10.0.0.0/8 | stats count(), dc(user.name) by destination.port, bin(5m) | sort -count | head 10'),
    [
      'source.ip is in the network 10.0.0.0/8',
      'how many there are and how many different user.name, for each destination.port and 5 minutes of @timestamp',
      'ordered by count, largest first',
      'the first 10 rows'
    ]
  )
  assert.deepEqual(words('@from:2026-11-01 * | timechart span=1h sum(source.bytes) by user.name limit=3'), [
    'every event, from 2026-11-01T00:00:00Z',
    'the sum of source.bytes every hour, a line for each of the 3 most frequent user.name, the others together'
  ])
})

test('pipes inside quotes and regular expressions are none', () => {
  assert.equal(parsed('message:"a | b" | head 3').commands.length, 1)
  assert.equal(parsed('message:/a|b/ | head 3').commands.length, 1)
  assert.equal(parsed('a || b | head 3').commands.length, 1)
})

test('hostile searches are refused or read in time', () => {
  const started = performance.now()
  const long = [
    `* | where ${'('.repeat(10_000)}a${')'.repeat(10_000)}`,
    `* | where ${'not '.repeat(10_000)}a`,
    `* | eval a = ${'-'.repeat(10_000)}1`,
    `* | eval a = ${'1+'.repeat(10_000)}1`,
    `* | eval a = ${'if('.repeat(10_000)}`,
    `* | where a = ${'*'.repeat(30_000)}b`,
    `*${' | head 1'.repeat(5000)}`,
    `*${'|'.repeat(60_000)}`,
    `* | stats ${'count(),'.repeat(5000)}`,
    `* | head 99999999999999999999999`,
    `* | eval a = 9e999`,
    `* | stats percentile(a, 1e99)`,
    `* | timechart span=999999999w`,
    `* | fields ${'a '.repeat(20_000)}`,
    `* | where a = /${'(a+)+'.repeat(300)}$/`,
    `* | where ${'"'.repeat(30_001)}`,
    `* | sort ${'-'.repeat(30_000)}`,
    `${'/'.repeat(60_000)}`,
    `${':/'.repeat(30_000)}`,
    '* | eval `__proto__` = 1 | fields __proto__, constructor',
    '* | constructor',
    '* | stats constructor(a)',
    '* | eval a = constructor(1)',
    'x'.repeat(70_000)
  ]
  for (const text of long) parseSearch(text, { nowMs })
  assert.ok(performance.now() - started < 3000)
})
