/** The whole of SigmaHQ, where it is at hand: the fast matcher finds in events of the benchmarks what each rule finds by itself. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eveLines } from '../../bench/corpus.ts'
import { loadRules, sigmaFolder } from '../../bench/sigma.ts'
import { windowsLines } from '../../bench/windows-corpus.ts'
import type { EcsEvent, JsonObject } from '../core/parser.ts'
import { and } from '../filter/expression.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { parserNamed } from '../parsers/index.ts'
import { withInner } from '../parsers/inner.ts'
import { ruleDetector } from './packed-rules.ts'

const folder = sigmaFolder(undefined)
const skip = folder === undefined ? 'the rules are not here' : false

function* eventsOf(format: string, lines: Iterable<string>): Generator<EcsEvent> {
  const open = parserNamed(format)!.open(withInner({ receivedMs: Date.UTC(2026, 5, 2) }))
  for (const line of lines) {
    const parsed = open(line, JSON.parse(line) as JsonObject)
    if (typeof parsed !== 'symbol' && parsed.ok) yield parsed.event
  }
}

test('the fast matcher and each rule by itself agree', { skip }, () => {
  const { rules, packed } = loadRules(folder!)
  const detect = ruleDetector(packed)
  const predicates = rules.map(({ route, expression, summary }) => ({
    id: summary.id,
    passes: toPredicate(and([route, expression]))
  }))
  // Those that do what some rule looks for are one in a hundred: all of them, and some others.
  const windows = [...eventsOf('windows-json', windowsLines('mixed', 9).take(4_000))]
  const interesting = windows.filter(event => detect(event).length > 0).slice(0, 60)
  const events = [...interesting, ...windows.slice(0, 40), ...eventsOf('suricata', eveLines(9).take(60))]
  assert.ok(interesting.length > 30)
  for (const event of events) {
    const wanted = predicates.flatMap(({ id, passes }) => (passes(event) ? [id] : []))
    const found = detect(event).map(({ rule }) => rule.id)
    assert.deepEqual(found.toSorted(), wanted.toSorted(), JSON.stringify(event))
  }
})
