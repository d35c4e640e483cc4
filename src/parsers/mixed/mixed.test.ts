/** Lines of many formats' cases in one file, shuffled: each is the event that its own file gives, or plain text. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { listCases, parserOfCase, parseText, runCase } from '../../testing/parser-cases.ts'
import { parserNamed } from '../index.ts'
import { makeSample, recognise } from '../recognise.ts'
import { mixed } from './mixed.ts'

const context = { receivedMs: Date.UTC(2026, 0, 1) }

/** A line of a case, and its event as its own file has it. */
const lines = new Map<string, readonly [format: string, line: string, event: unknown][]>()
for (const parserCase of listCases()) {
  if (parserCase.name.includes('--')) continue
  const text = readFileSync(parserCase.inputPath, 'utf8')
  const { parser, confidence } = recognise(makeSample(text))
  if (confidence < 0.8 || parser.framing !== 'lines' || parser !== parserOfCase(parserCase, text)) continue
  const each = text.split('\n').filter(line => line.trim() !== '')
  const documents = runCase(parserCase)
  if (each.length !== documents.length) continue
  const own = each
    .map((line, i) => [parser.name, line, JSON.parse(documents[i]!) as unknown] as const)
    // What a line is alone, without its file's name and header, is what can be asked for.
    .filter(
      ([, line, event]) =>
        (event as { event?: object } | null)?.event !== undefined && recognise(makeSample(line)).parser === parser
    )
  if (own.length > 0)
    lines.set(parser.name, [
      ...(lines.get(parser.name) ?? []),
      ...own.map(each => [...each] as [string, string, unknown])
    ])
}

test('lines of many formats in one file are read as in their own', t => {
  t.diagnostic(`formats: ${[...lines.keys()].join(', ')}`)
  assert.ok(lines.size >= 5)
  const all = [...lines.values()].flat()
  const wrong: string[] = []
  let seed = 1
  for (let round = 0; round < 3; round++) {
    const chosen = all.map(() => {
      seed = (seed * 48271) % 2147483647
      return all[seed % all.length]!
    })
    const actual = parseText(chosen.map(([, line]) => line).join('\n'), mixed, context)
    chosen.forEach(([format, line, event], i) => {
      if (!isDeepStrictEqual(kindOf(actual[i]), kindOf(event))) wrong.push(`${format}: ${line.slice(0, 200)}`)
    })
  }
  assert.deepEqual([...new Set(wrong)].slice(0, 10), [])
})

function kindOf(document: unknown): unknown {
  const { event } = document as { event?: { module?: string; dataset?: string } }
  return [event?.module, event?.dataset]
}

test('a mixed sample is recognised; one of a single format, or of lines that nobody knows, is not', () => {
  const flow = '2 123456789012 eni-0a1b2c3d 192.0.2.10 198.51.100.7 49152 443 6 10 840 1767225600 1767225660 ACCEPT OK'
  const syslog = '<34>Oct 11 22:14:15 web-1 su: pam_unix(su:session): session opened for user root by ada(uid=1000)'
  const named = (...each: string[]) => recognise(makeSample(each.join('\n'))).parser.name
  assert.equal(named(flow, syslog, flow, syslog, 'what is this'), 'mixed')
  assert.equal(named(flow, flow), 'vpc-flow')
  assert.equal(named('what', flow, 'is', syslog, 'this'), 'text')
  assert.equal(parserNamed('mixed'), mixed)
})
