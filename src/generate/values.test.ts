/** What values come out: dates in both styles, patterns, distributions, rates. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileFormat } from './dates/format.ts'
import { readZone } from './dates/zone.ts'
import { floats, integers, weighted, zipf } from './distributions.ts'
import { drawerOf } from './patterns/draw.ts'
import { parsePattern } from './patterns/parse.ts'
import { ProblemError } from './problem.ts'
import { sharesOf } from './quota.ts'
import { Random } from './random.ts'
import { readRate } from './rate.ts'

const utc = readZone(undefined)
const ms = Date.UTC(2026, 2, 1, 15, 4, 5) + 67.891

test("PHP's letters", () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Y-m-d H:i:s', '2026-03-01 15:04:05'],
    ['d/m/y g:i a A', '01/03/26 3:04 pm PM'],
    ['D, j M Y', 'Sun, 1 Mar 2026'],
    ['l jS F', 'Sunday 1st March'],
    ['N w z W o t L', '7 0 59 09 2026 31 0'],
    ['u v', '067891 067'],
    ['c', '2026-03-01T15:04:05+00:00'],
    ['r', 'Sun, 01 Mar 2026 15:04:05 +0000'],
    ['U', String(Math.floor(ms / 1000))],
    ['e T P p O Z I', 'UTC UTC +00:00 Z +0000 0 0'],
    ['\\Y\\e\\a\\r Y', 'Year 2026'],
    ['h:i G', '03:04 15'],
    ['iso', '2026-03-01T15:04:05.067Z']
  ]
  for (const [format, expected] of cases) assert.equal(compileFormat(format, utc)(ms), expected, format)
})

test("strftime's letters are those of date(1)", {
  skip: process.platform === 'linux' ? false : 'GNU date only'
}, () => {
  const letters = [...'aAbBcCdDeFgGhHIjklmMnpPrRsStTuUVwWyYz%'].map(letter => `%${letter}`)
  const format = [...letters, '%-d', '%-H', '%-m'].join('|')
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), second => {
      const { stdout } = spawnSync('date', ['-u', '-d', `@${second}`, `+${format}`], {
        encoding: 'utf8',
        env: { LC_ALL: 'C' }
      })
      assert.equal(compileFormat(format, utc)(second * 1000), stdout.slice(0, -1))
    }),
    { numRuns: 60 }
  )
  assert.throws(() => compileFormat('%Y %Q', utc), /'%Q', which strftime does not know/)
})

test('time zones, through the change of the clocks', () => {
  const berlin = compileFormat('Y-m-d H:i:s P I', readZone('Europe/Berlin'))
  assert.equal(berlin(Date.UTC(2026, 2, 29, 0, 59, 59)), '2026-03-29 01:59:59 +01:00 0')
  assert.equal(berlin(Date.UTC(2026, 2, 29, 1, 0, 0)), '2026-03-29 03:00:00 +02:00 1')
  assert.equal(compileFormat('H:i O', readZone('-03:30'))(ms), '11:34 -0330')
  assert.throws(() => readZone('Mars/Olympus'), ProblemError)
})

test('what a pattern draws is what the regular expression matches', () => {
  const random = new Random('patterns')
  const patterns = [
    'abc',
    '[a-z]{3,5}-\\d+',
    '(?:GET|POST|DELETE) /[\\w-]{1,8}(?:\\?id=\\d{1,4})?',
    '\\x41\\u0042[^\\w\\s]',
    '(a|b|)(c(d|e){2}){0,3}',
    '[[:alpha:]][[:digit:]]'.replaceAll('[:alpha:]', 'a-z').replaceAll('[:digit:]', '0-9'),
    'x*?y+?z??',
    '\\.\\*\\[\\]\\(\\)\\{\\}\\^\\$\\|\\\\',
    '[]a]|[-z]'.replace('[]a]', '[\\]a]'),
    '.{10}',
    'ü[äö]',
    'a{2}b{1,}{',
    '(?<year>20\\d\\d)-(?<month>0[1-9]|1[0-2])'
  ]
  for (const source of patterns) {
    const draw = drawerOf(parsePattern(source), random)
    const whole = new RegExp(`^(?:${source})$`)
    const seen = new Set<string>()
    for (let i = 0; i < 300; i++) {
      const text = draw()
      seen.add(text)
      assert.match(text, whole, source)
    }
    if (/[[.|*+?\\d]/.test(source.slice(2)) && !source.startsWith('\\.')) assert.ok(seen.size > 1, source)
  }
})

test('patterns that cannot be drawn, or never end, are refused; any text is read or refused', () => {
  for (const [source, message] of [
    ['a(?=b)', /look-around/],
    ['(a)\\1', /back-reference/],
    ['(((a{1000}){1000}){1000})', /longer than 65536/],
    ['a{20000}', /more than 10000/],
    [`${'('.repeat(100)}a${')'.repeat(100)}`, /nested/],
    ['[z-a]', /ends before/],
    ['*a', /repeats nothing/],
    ['a)', /without its/],
    ['[a', /without its/],
    ['\\p{L}', /Unicode/]
  ] as const)
    assert.throws(
      () => parsePattern(source),
      (error: unknown) => error instanceof ProblemError && message.test(error.message),
      source
    )
  const random = new Random('any')
  const token = fc.constantFrom(
    'a',
    '[',
    ']',
    '(',
    ')',
    '(?:',
    '|',
    '*',
    '+',
    '?',
    '{2,3}',
    '{',
    '\\',
    '\\d',
    '^',
    '-',
    '.',
    '[^'
  )
  fc.assert(
    fc.property(fc.array(token, { maxLength: 20 }), tokens => {
      try {
        assert.ok(drawerOf(parsePattern(tokens.join('')), random)().length <= 65_536)
      } catch (error) {
        assert.ok(error instanceof ProblemError, `${tokens.join('')}: ${error}`)
      }
    }),
    { numRuns: 1000 }
  )
})

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const draws = (draw: () => number, count = 40_000): number[] => Array.from({ length: count }, draw)
const near = (actual: number, expected: number, by: number, what: string): void =>
  assert.ok(Math.abs(actual - expected) <= by, `${what}: ${actual}, not ${expected} ± ${by}`)

test('distributions have their means and stay in their ranges', () => {
  const random = new Random('distributions')
  const all = { min: 10, max: 110 } as const
  const uniform = draws(integers({ ...all, distribution: 'uniform' }, random))
  near(mean(uniform), 60, 1, 'uniform')
  assert.deepEqual([Math.min(...uniform), Math.max(...uniform)], [10, 110])
  const normal = draws(floats({ ...all, distribution: 'normal', mean: 50, deviation: 5 }, random))
  near(mean(normal), 50, 0.2, 'normal')
  near(Math.sqrt(mean(normal.map(value => (value - 50) ** 2))), 5, 0.2, 'deviation')
  const exponential = draws(floats({ min: 0, max: 1000, distribution: 'exponential', mean: 20 }, random))
  near(mean(exponential), 20, 0.6, 'exponential')
  for (const values of [uniform, normal, exponential]) assert.ok(values.every(value => value >= 0 && value <= 1000))
  for (const exponent of [0, 0.8, 1, 1.5, 3]) {
    const ranks = draws(zipf(50, exponent, random))
    const weights = Array.from({ length: 50 }, (_, at) => (at + 1) ** -exponent)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (const rank of [1, 2, 5]) {
      const share = ranks.filter(one => one === rank).length / ranks.length
      near(share, weights[rank - 1]! / total, 0.01, `zipf ${exponent}, rank ${rank}`)
    }
    assert.ok(ranks.every(rank => rank >= 1 && rank <= 50))
  }
  const places = draws(weighted([1, 0.5, 8, 0.5], random))
  near(places.filter(place => place === 2).length / places.length, 0.8, 0.01, 'weighted')
  // A range far out in the tail of its curve is still kept, and ends.
  for (const value of draws(
    integers({ min: 1000, max: 1010, distribution: 'normal', mean: 0, deviation: 1 }, random),
    100
  ))
    assert.ok(value >= 1000 && value <= 1010)
})

test('shares add up, and differ by less than one from what is exact', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 }),
      fc.integer({ min: 0, max: 100_000 }),
      (weights, count) => {
        const shares = sharesOf(weights, count)
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0),
          count
        )
        for (const [at, share] of shares.entries())
          assert.ok(Math.abs(share - (weights[at]! * count) / total) < 1 + 1e-6)
      }
    )
  )
})

test('rates: what is due grows, and is the sum of the rate over time', () => {
  const due = (text: string, at: number, startMs = 0): number => {
    const read = readRate(text, startMs)
    assert.ok(read.ok, text)
    return read.rate.dueAt(at)
  }
  near(due('1000', 60_000), 60_000, 1e-6, 'steady')
  near(due('2.5', 10_000), 25, 1e-6, 'steady')
  near(due('ramp:100..500/10s', 10_000), 3000, 1e-6, 'ramp')
  near(due('ramp:100..500/10s', 20_000), 8000, 1e-6, 'after the ramp')
  near(due('burst:10..1000/5s/60s', 120_000), 2 * (5000 + 550), 1e-6, 'bursts')
  near(due('daily:10..510', 86_400_000), 86_400 * 260, 1, 'a day')
  near(due('daily:10..510/60s', 60_000), 60 * 260, 1e-6, 'a short day')
  // A second at its low, from 2 o'clock on, and one at its high.
  near(due('daily:10..510', 1000, Date.UTC(2026, 0, 1, 2)), 10, 0.1, 'low')
  near(due('daily:10..510', 1000, Date.UTC(2026, 0, 1, 14)), 510, 0.1, 'high')
  for (const text of ['ramp:0..50/3s', 'burst:0..9/1s/3s', 'daily:0..40/7s', '7'])
    for (let at = 0, before = 0; at < 20_000; at += 13) {
      const now = due(text, at)
      assert.ok(now >= before - 1e-9, `${text} at ${at}`)
      before = now
    }
  for (const bad of [
    '',
    '0',
    '-5',
    'ramp:1..2',
    'burst:1..2/9s/3s',
    'daily:0..0',
    'ramp:1..2/x',
    '1e99',
    '9'.repeat(40)
  ])
    assert.equal(readRate(bad, 0).ok, false, bad)
})
