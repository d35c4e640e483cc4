/** What a reader claims bears its sign: else it would not be asked. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { listCases } from '../../testing/parser-cases.ts'
import { readers } from './readers.ts'

test('all that a reader claims, of the lines of all cases, bears its sign', () => {
  const claimed = new Set<string>()
  const lines = listCases().flatMap(({ inputPath }) => readFileSync(inputPath, 'latin1').split('\n'))
  for (const line of lines) {
    // As a line without a header, and as messages behind tags.
    for (const at of [
      0,
      ...[...line.slice(0, 200).matchAll(/[:>\]] ?/g)].map(match => match.index + match[0].length)
    ]) {
      const body = line.slice(at)
      const program = at === 0 ? undefined : line.slice(0, at).match(/([^\s:>]+)(?:\[\d+\])?: ?$/)?.[1]
      for (const { name, sign, claims } of readers) {
        if (sign === undefined || claims?.(body, program) !== true) continue
        claimed.add(name)
        assert.ok(sign.test(body) || (program !== undefined && sign.test(program)), `${name}: ${body.slice(0, 200)}`)
      }
    }
  }
  const signed = readers.filter(({ sign }) => sign !== undefined).map(({ name }) => name)
  assert.deepEqual([...claimed].sort(), signed.sort())
})

test('signs have no flags: they are looked for as one', () => {
  for (const { name, sign } of readers) assert.equal(sign?.flags ?? '', '', name)
})
