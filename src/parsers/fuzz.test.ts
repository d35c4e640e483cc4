/**
 * Properties that every parser in the list must have, whatever comes in: it never throws, its leaves are strings, finite numbers or
 * booleans, its times are times, recognition is a number from 0 to 1, and its work grows with its input and no faster.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { completeEvent } from '../core/event.ts'
import { type JsonObject, NO_EVENT, type ParseContext, type Parsed, type Parser } from '../core/parser.ts'
import { type FramedRecord, frame, listCases, parserOfCase, parsersOf } from '../testing/parser-cases.ts'
import { parsers } from './index.ts'
import { withInner } from './inner.ts'
import { makeSample, recognise } from './recognise.ts'

const context: ParseContext = { receivedMs: Date.UTC(2026, 0, 1), timezoneMinutes: 60, fileName: 'auth.log' }

/** Records of the cases, by parser: what gets mutated. */
const records = new Map<Parser, FramedRecord[]>()
// A folder whose parser is not in the list is the affair of the cases' own test.
const cases = listCases().filter(({ folder }) => parsersOf(folder).length > 0)
for (const parserCase of cases) {
  const text = readFileSync(parserCase.inputPath, 'utf8')
  const parser = parserOfCase(parserCase, text)
  records.set(parser, [...(records.get(parser) ?? []), ...frame(text, parser)])
}

function checkLeaves(value: unknown, path: string, depth = 0): void {
  assert.ok(depth <= 70, `${path.slice(0, 80)}… is nested too deep`)
  if (Array.isArray(value)) for (const item of value) checkLeaves(item, path, depth + 1)
  else if (typeof value === 'object') {
    assert.ok(value !== null, `${path} is null`)
    for (const key of Object.keys(value)) checkLeaves((value as JsonObject)[key], `${path}.${key}`, depth + 1)
  } else if (typeof value === 'number') assert.ok(Number.isFinite(value), `${path} is ${value}`)
  else assert.ok(typeof value === 'string' || typeof value === 'boolean', `${path} is a ${typeof value}`)
}

function checkParsed(parser: Parser, parsed: Parsed | typeof NO_EVENT): void {
  if (parsed === NO_EVENT) return
  if (!parsed.ok) {
    assert.ok(typeof parsed.reason === 'string' && parsed.reason !== '' && parsed.reason.length < 2000, parser.name)
    return
  }
  const event = completeEvent(parsed.event)
  checkLeaves(event, parser.name)
  const time = event['@timestamp']
  if (time !== undefined) {
    assert.match(time, /^[+-]?\d{4,6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, parser.name)
    assert.ok(!Number.isNaN(Date.parse(time)), `${parser.name}: @timestamp ${time}`)
  }
  if (parsed.timeUs !== undefined) assert.ok(Number.isFinite(parsed.timeUs), `${parser.name}: timeUs ${parsed.timeUs}`)
  if (parsed.kind !== undefined) assert.equal(typeof parsed.kind, 'string')
  if (parsed.identity !== undefined) assert.equal(typeof parsed.identity, 'string')
  assert.ok(Object.getPrototypeOf(event) === Object.prototype, 'prototype changed')
  assert.equal(({} as JsonObject)['polluted'], undefined, 'Object.prototype polluted')
}

function parse(parser: Parser, text: string, json: JsonObject, header: readonly string[] | undefined): void {
  checkParsed(parser, parser.open(withInner({ ...context, header }))(text, json))
}

/** A text with a few pieces replaced, doubled, cut or moved. */
function mutate(text: string, edits: readonly (readonly [number, number, string])[]): string {
  let out = text
  for (const [at, length, insert] of edits) {
    const from = at % (out.length + 1)
    out = out.slice(0, from) + insert + out.slice(from + (length % 12))
  }
  return out
}

const piece = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '"',
    "'",
    '\\',
    ':',
    ': ',
    '[',
    ']',
    '(',
    ')',
    '<',
    '>',
    '=',
    '-',
    '\t',
    '\n',
    '\0',
    '\u2028',
    '%',
    '/',
    ',',
    ';'
  ),
  fc.constantFrom(
    ' from ',
    ' port ',
    ' for ',
    ' user ',
    ' by ',
    ' ; ',
    'COMMAND=',
    'rhost=',
    '<13>',
    '<13>1 ',
    '__proto__',
    '99999999999',
    '-1',
    '1e999'
  ),
  fc.string({ maxLength: 6, unit: 'binary' })
)
const edits = fc.array(fc.tuple(fc.nat(2000), fc.nat(11), piece), { minLength: 1, maxLength: 6 })

/** Any JSON value, odd ones often. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    0,
    -0,
    -1,
    1e308,
    2 ** 53,
    true,
    [],
    {},
    [[]],
    [null],
    [{}],
    '-',
    '1.5',
    '0x10',
    ' 1 '
  ),
  fc.jsonValue({ maxDepth: 4 }),
  fc.string({ unit: 'binary', maxLength: 20 })
)

function deep(levels: number, list: boolean): unknown {
  let value: unknown = 'bottom'
  for (let i = 0; i < levels; i++) value = list ? [value] : { a: value }
  return value
}

/** A copy of a JSON value in which the leaves and branches with those numbers (in order of a walk) are replaced. */
function replaceAt(value: unknown, at: readonly number[], by: readonly unknown[]): unknown {
  let count = 0
  const walk = (node: unknown): unknown => {
    const hit = at.indexOf(count++)
    if (hit >= 0) return by[hit % by.length]
    if (Array.isArray(node)) return node.map(walk)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([key, inner]) => [key, walk(inner)]))
  }
  return walk(value)
}

function asObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
}

for (const parser of parsers) {
  const own = records.get(parser) ?? []
  const header = own.find(record => record.header !== undefined)?.header

  test(`${parser.name}: arbitrary input`, () => {
    const anything = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.array(piece, { maxLength: 30 }).map(all => all.join(''))
    )
    fc.assert(
      fc.property(anything, fc.dictionary(fc.string({ maxLength: 12 }), odd, { maxKeys: 8 }), (text, json) => {
        parse(parser, text, json as JsonObject, header)
        parse(parser, text, json as JsonObject, undefined)
        parse(parser, text, json as JsonObject, [text])
        const claim = parser.recognise(makeSample(text, 'x.log'))
        assert.ok(claim >= 0 && claim <= 1, `recognise gave ${claim}`)
        parser.begins?.(text, undefined)
        parser.begins?.(text, text)
        if (parser.isHeader?.(text) === true) parser.startsHeader?.(text)
      }),
      { numRuns: 150 }
    )
  })

  test(`${parser.name}: mutated cases`, { skip: own.length === 0 ? 'no cases' : false }, () => {
    fc.assert(
      fc.property(
        fc.nat(own.length - 1),
        edits,
        fc.array(fc.nat(60), { minLength: 1, maxLength: 4 }),
        fc.array(odd, { minLength: 1, maxLength: 4 }),
        (pick, changes, at, by) => {
          const record = own[pick]!
          if (parser.input === 'text') {
            parse(parser, mutate(record.text, changes), {}, record.header)
            return
          }
          const json = asObject(replaceAt(tryJson(record.text), at, by))
          parse(parser, JSON.stringify(json), json, record.header)
          const mutated = tryJson(mutate(record.text, changes))
          if (mutated !== undefined) parse(parser, record.text, asObject(mutated), record.header)
        }
      ),
      { numRuns: 300 }
    )
  })

  if (parser.input === 'json') {
    test(`${parser.name}: deep nesting`, () => {
      const sample = asObject(tryJson(own[0]?.text ?? '{}'))
      for (const levels of [40, 5000])
        for (const list of [false, true]) {
          const value = deep(levels, list) as JsonObject
          parse(parser, '{}', { ...sample, extra: value }, header)
          for (const key of Object.keys(sample).slice(0, 40)) parse(parser, '{}', { ...sample, [key]: value }, header)
        }
    })
  }

  test(`${parser.name}: eight times the input takes about eight times the time`, () => {
    const seeds = parser.input === 'text' ? [...own.slice(0, 12).map(record => record.text), 'x'] : ['x']
    const fillers = [
      'a',
      ' ',
      '"',
      '[',
      '(',
      ':',
      ' from ',
      ' port ',
      ' user ',
      ' for user ',
      ' by ',
      ' ; ',
      '\\',
      ',',
      ';',
      '=',
      '\t',
      '\n',
      'a.',
      '<',
      "'",
      '{"a":',
      ' for a from 1.1.1.1'
    ]
    const slow: string[] = []
    for (const seed of seeds)
      for (const filler of fillers) {
        const build = (size: number) => {
          const middle = seed.length >> 1
          return seed.slice(0, middle) + filler.repeat(Math.ceil(size / filler.length)) + seed.slice(middle)
        }
        // Opened for each record: what is remembered of records would make later ones quicker, long ones perhaps not.
        const run = (text: string) =>
          parser.open(withInner({ ...context, header }))(text, {
            message: text,
            msg: text,
            [text.slice(0, 4000)]: text
          })
        /** Milliseconds of the thread's own time, so that what else runs on the machine does not count. Its clock is coarse. */
        const measure = (size: number) => {
          const text = build(size)
          let runs = 0
          let spentMs = 0
          for (const started = process.threadCpuUsage(); spentMs < 10; runs++) {
            run(text)
            const { user, system } = process.threadCpuUsage(started)
            spentMs = (user + system) / 1000
          }
          return spentMs / runs
        }
        // Quick at once: no question. Else the ratio must be bad three times over (linear 8, quadratic 64).
        const long = build(256_000)
        const startedMs = performance.now()
        run(long)
        if (performance.now() - startedMs < 8) continue
        let bad = 0
        for (let attempt = 0; attempt < 3 && bad === attempt; attempt++) {
          const best = (size: number) => Math.min(measure(size), measure(size))
          if (best(256_000) / best(32_000) > 32) bad++
        }
        if (bad === 3) slow.push(`${JSON.stringify(seed.slice(0, 60))} with ${JSON.stringify(filler)}`)
      }
    assert.deepEqual(slow, [])
  })
}

test('recognition of arbitrary text does not throw and prefers to say that it does not know', () => {
  fc.assert(
    fc.property(fc.array(fc.array(piece, { maxLength: 20 }), { maxLength: 20 }), lines => {
      const text = lines.map(all => all.join('')).join('\n')
      const { parser, confidence } = recognise(makeSample(text))
      assert.ok(confidence === 0 ? parser.name === 'text' : confidence >= 0.5 && confidence <= 1)
    }),
    { numRuns: 200 }
  )
})

test('each case is recognised among all formats, or not at all', () => {
  const wrong: string[] = []
  for (const parserCase of cases) {
    // A case whose name tells its parser is one that content alone does not tell.
    if (parserCase.name.includes('--')) continue
    const text = readFileSync(parserCase.inputPath, 'utf8')
    const meant = parserOfCase(parserCase, text)
    const { parser, confidence } = recognise(makeSample(text, parserCase.inputPath))
    if (confidence > 0 && parser !== meant)
      wrong.push(`${parserCase.folder}/${parserCase.name}: ${parser.name} for ${meant.name}`)
  }
  assert.deepEqual(wrong, [])
})

test('every parser has cases', t => {
  for (const parser of parsers) if (!records.has(parser)) t.diagnostic(`${parser.name} has no cases`)
  assert.ok(records.size > 0)
})

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
