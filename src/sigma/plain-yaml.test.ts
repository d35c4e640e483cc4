/** The reader of plain YAML answers as the whole reader does, or not at all. */

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { sigmaRuleFiles, withoutSigmaData } from '../testing/sigma-data.ts'
import { readPlain } from './plain-yaml.ts'
import { readWhole } from './yaml.ts'

function agree(text: string): boolean {
  const plain = readPlain(text)
  if (plain === undefined) return false
  const whole = readWhole(text, 1)
  assert.ok('value' in whole, `the whole reader refuses: ${JSON.stringify(text)} ${JSON.stringify(whole)}`)
  assert.deepEqual(plain.value, whole.value, JSON.stringify(text))
  return true
}

const folder = join(import.meta.dirname, '../../rules')
const own: readonly string[] = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter(entry => entry.name.endsWith('.yml'))
  .flatMap(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8').split(/^---$/m))

const sample = `# a comment
title: 'It''s a title'   # with a comment
id: 5f0c2c1e-6d0a-4a51-9a63-2b7a1e0c9d11
description: |-
    Two lines,
      one deeper

    and one after a blank.
folded: >
    these are
    one line

    and another
more: text that goes on
    in a second line
    and a third
empty:
nothing: ~
list:
- 1
- -7
- 1.50
- .5
- 1e3
- true
- null
- "a \\"quoted\\" \\\\ text\\n"
- 'C:\\Windows\\*'
- 00123
- 1.2.3
- 2024-01-01
- -x
nested:
    Image|endswith:
        - '\\cmd.exe'
        - \\powershell.exe
    'quoted key': x
    "other": y
    maps:
        - a: b
          c: d
        -   e: f
            g:
              - h
        -
          i: j
`

test('what rules are made of', () => {
  assert.ok(agree(sample))
  assert.deepEqual((readPlain(sample)!.value as { list: unknown }).list, [
    1,
    -7,
    1.5,
    0.5,
    1000,
    true,
    null,
    'a "quoted" \\ text\n',
    'C:\\Windows\\*',
    123,
    '1.2.3',
    '2024-01-01',
    '-x'
  ])
  for (const text of own) agree(text)
})

test('nearly all of SigmaHQ is plain, and read alike', { skip: withoutSigmaData }, () => {
  const files = sigmaRuleFiles()
  const plain = files.filter(({ text }) => agree(text)).length
  assert.ok(plain > files.length * 0.99, `${plain} of ${files.length}`)
})

const piece = fc.constantFrom(
  ...[
    'a',
    'b',
    'key',
    ':',
    ': ',
    ' :',
    '- ',
    '-',
    '\n',
    '\n',
    '\n  ',
    '\n    ',
    '\n- ',
    '\n  - ',
    ' ',
    '#',
    ' # c',
    "'",
    '"',
    '|',
    '>',
    '|-',
    '|+',
    '>-'
  ],
  ...[
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a',
    '*a',
    '!t',
    '%',
    '@',
    '`',
    '?',
    '? ',
    '~',
    'null',
    'true',
    '1',
    '0x1f',
    '.5',
    '1e3',
    '.inf',
    '\\',
    '\\n',
    '--- ',
    '...',
    '\t',
    '\r\n'
  ],
  ...['x: y', '- x', 'a: |\n    b\n', 'a: b\n  c', "'it''s'", '"q"', '\n\n', '\u00e4', '\u2028', '=', '<<: ', '!']
)

test('random texts', () => {
  let plain = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), pieces => {
      if (agree(pieces.join(''))) plain++
    }),
    { numRuns: Number(process.env['YAML_RUNS'] ?? 20_000), seed: Number(process.env['YAML_SEED'] ?? 20261121) }
  )
  assert.ok(plain > 100, `${plain} of them plain`)
})

test('rules with something changed', () => {
  const texts = [sample, ...own.filter(text => text.length < 2500 && agree(text))]
  let plain = 0
  fc.assert(
    fc.property(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(2500), fc.nat(3), piece), { minLength: 1, maxLength: 3 }),
      (text, changes) => {
        let changed = text
        for (const [at, cut, put] of changes)
          changed = changed.slice(0, at % changed.length) + put + changed.slice((at % changed.length) + cut)
        if (agree(changed)) plain++
      }
    ),
    { numRuns: Number(process.env['YAML_RUNS'] ?? 1500), seed: Number(process.env['YAML_SEED'] ?? 20261121) }
  )
  assert.ok(plain > 100, `${plain} of them plain`)
})
