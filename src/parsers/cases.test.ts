/** Runs the cases of all parsers (see `testing/parser-cases.ts`). */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { difference, expectedLines, listCases, runCase } from '../testing/parser-cases.ts'

for (const parserCase of listCases()) {
  test(`${parserCase.folder}/cases/${parserCase.name}`, () => {
    const differences = difference(expectedLines(parserCase), runCase(parserCase))
    assert.ok(
      differences.length === 0,
      `differs from ${parserCase.name}.expected.ndjson (npm run cases:update writes it anew):\n${differences.join('\n')}`
    )
  })
}
