/** What a regular expression needs is in all that it finds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileRegex } from '../filter/literals.ts'
import { asciiLower } from '../filter/tokens.ts'
import { piecesOfRegex } from './regex-pieces.ts'

test('the pieces of patterns', () => {
  const cases: [string, string[][], number?][] = [
    ['abc', [['abc']], 3],
    ['abc.*def', [['abc'], ['def']], 6],
    ['ab+c', [['a'], ['b'], ['c']], 3],
    ['abc?d', [['abd', 'abcd']], 3],
    ['a{2}bc', [['aabc']], 4],
    ['foo{b|c}bar', [['foo{b', 'c}bar']], 5],
    ['foo|bar', [['foo', 'bar']], 3],
    ['(foo|bar)baz', [['foobaz', 'barbaz']], 6],
    ['(?:foo.*x|bar)baz', [['foo', 'bar'], ['baz']], 6],
    ['(foo|)baz', [['foobaz', 'baz']], 3],
    // What a group ends with is not all of it.
    ['foo(?:.*bar)', [['foo'], ['bar']], 6],
    ['foo(?:.c|a)', [['foo'], ['c', 'a']], 4],
    ['(?:.c|a)b', [['c', 'a'], ['b']], 2],
    ['foo(?:.c)?d', [['foo'], ['d']], 4],
    ['(?:.c){2}d', [['c'], ['d']], 5],
    ['[a-c]def\\.exe$', [['def.exe']], 8],
    ['\\.[a-z]{1,6}\\.[ "\']{1}', [['.'], ['. ', '."', ".'"]], 4],
    ['\\d+\\x41\\x{42}tail', [['tail']], 7],
    ['\\pLrest\\p{Greek}end', [['rest'], ['end']], 9],
    ['[]a]bc', [['bc']], 3],
    ['[[:alpha:]]bc', [['bc']], 3],
    ['(?-s)\\s[a-f]{64}\\s', [], 66],
    ['(?P<name>x)yz', [['xyz']], 3],
    ['x*', [], 0],
    ['(abc)*d', [['d']], 1],
    ['\\Qa|b\\E', []],
    ['unclosed[', []],
    ['(unclosed', []]
  ]
  for (const [pattern, sets, lengthMin = 0] of cases) {
    const found = piecesOfRegex(pattern, true)
    assert.deepEqual({ sets: found.sets, lengthMin: found.lengthMin }, { sets, lengthMin }, pattern)
  }
  assert.deepEqual(piecesOfRegex('as', false).sets, [['as', 'a\u017f']])
  assert.deepEqual(piecesOfRegex('[Aa]pp[Dd]ata', false).sets, [['appdata']])
  assert.deepEqual(piecesOfRegex('[Ss]x', false).sets, [['sx', '\u017fx']])
  assert.deepEqual(piecesOfRegex('(?i)tAb', true).sets, [['tab']])
  assert.equal(piecesOfRegex('А', false).foreign, true)
  assert.equal(piecesOfRegex('А|a', false).foreign, false)
})

test('of random patterns and texts: what is found has all that is needed', () => {
  const atom = fc.constantFrom(
    'a',
    'b',
    'K',
    's',
    'ä',
    '.',
    '[ab]',
    '[Kk]',
    '[sB]',
    '[^a]',
    '[" ]',
    '\\.',
    '\\d',
    '\\x61',
    '^',
    '$',
    '\\b',
    'Ж'
  )
  const pattern = fc.letrec<{ one: string; many: string }>(tie => ({
    one: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 4, arbitrary: atom },
      { weight: 1, arbitrary: tie('many').map(inner => `(${inner})`) },
      { weight: 1, arbitrary: tie('many').map(inner => `(?:${inner})`) }
    ),
    many: fc
      .array(
        fc.array(fc.tuple(tie('one'), fc.constantFrom('', '', '', '?', '*', '+', '{2}', '{0,2}', '+?')), {
          maxLength: 4
        }),
        { minLength: 1, maxLength: 3 }
      )
      .map(branches => branches.map(parts => parts.map(([one, times]) => one + times).join('')).join('|'))
  })).many
  const texts = fc.array(fc.stringMatching(/^[abkKsS\u017f\u212aäÄжЖ." 1]{0,8}$/), { minLength: 10, maxLength: 10 })
  let hits = 0
  fc.assert(
    fc.property(pattern, fc.boolean(), fc.constantFrom('', '(?i)', '(?-s)'), texts, (body, cased, flags, values) => {
      const compiled = compileRegex(flags + body, cased)
      if (!compiled.ok) return
      const { sets, foreign, lengthMin } = piecesOfRegex(flags + body, cased)
      for (const value of values) {
        if (!compiled.test(value)) continue
        hits++
        const lower = asciiLower(value)
        for (const set of sets)
          assert.ok(
            set.some(text => lower.includes(asciiLower(text))),
            `${set} in ${value}`
          )
        if (foreign) assert.match(value, /[^\x00-\x7f]/)
        assert.ok(value.length >= lengthMin)
      }
    }),
    { numRuns: 3_000 }
  )
  assert.ok(hits > 3_000, `only ${hits} were found`)
})
