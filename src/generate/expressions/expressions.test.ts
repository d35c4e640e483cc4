/** Expressions: what they mean, and that hostile ones end in a message. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Field, numberField, type Scalar, textField } from '../field.ts'
import { ProblemError } from '../problem.ts'
import { Random } from '../random.ts'
import { compileExpression, readExpression } from './compile.ts'

const fields: Readonly<Record<string, { slot: number; field: Field }>> = {
  a: { slot: 0, field: numberField(() => 0) },
  b: { slot: 1, field: numberField(() => 0) },
  name: { slot: 2, field: textField(() => '') },
  'source.port': { slot: 3, field: textField(() => '') }
}
const slots = [7, 2, 'Ann', '443']

function run(text: string): Scalar {
  const { tree } = readExpression(text)
  return compileExpression(tree, {
    random: new Random('x'),
    target: name => {
      if (!Object.hasOwn(fields, name)) throw new ProblemError(`refers to a field that is not there: ${name}`)
      return fields[name]!
    }
  }).run(slots)
}

test('arithmetic, comparison, logic, texts', () => {
  const cases: readonly (readonly [string, Scalar])[] = [
    ['{a} + {b} / 4 * sin({b})', 7 + (2 / 4) * Math.sin(2)],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** 3', 8],
    ['7 % 4', 3],
    ['mod(-1, 5)', 4],
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['-{a}', -7],
    ['{a} > 5 and {b} < 5', true],
    ['{a} > 5 && {b} > 5 or {name} == "Ann"', true],
    ['{a} = 7', true],
    ['{a} <> 7', false],
    ['!({a} > 5)', false],
    ['not({a} > 5)', false],
    ['{a} > 5 ? "big" : "small"', 'big'],
    ['{source.port} + 1', 444],
    ['"port " + {source.port}', 'port 443'],
    ['concat({a}, {b})', '72'],
    ['upper({name})', 'ANN'],
    ['substr({name}, 1, 1)', 'n'],
    ['round(3.14159, 2)', 3.14],
    ['min(3, 1, 2) + max({a}, 9)', 10],
    ['if({b} >= 2, 1, 0)', 1],
    ['in({name}, "Bob", "Ann")', true],
    ['replace("a.b.c", ".", "-")', 'a-b-c'],
    ['pad({b}, 4, "0")', '0002'],
    ['fixed(1/3, 2)', '0.33'],
    ['pi > 3 and e < 3', true],
    ['length("")', 0],
    ['null == 0', false],
    ['coalesce(null, "x")', 'x'],
    ['a + b', 9]
  ]
  for (const [text, expected] of cases) assert.equal(run(text), expected, text)
})

test('what is hostile or wrong is refused with a reason', () => {
  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /empty/],
    ['{a', /'\{' without/],
    ['1 +', /expression/i],
    ['{a} {b}', /several/],
    ['a.b', /'\.' or '\['/],
    ['{name}.constructor', /is no expression/],
    ['{name}["constructor"]', /several expressions/],
    ['"".constructor.constructor("return process")()', /no function|'\.' or/],
    ['constructor', /not there/],
    ['{__proto__}', /not there/],
    ['__proto__', /not there/],
    ['constructor("x")', /function/],
    ['toString()', /function/],
    ['process.exit(1)', /no function/],
    ['globalThis', /not there/],
    ['this', /'this'/],
    ['[1, 2]', /not known/],
    ['a = (() => 1)', /expression|known|not there/i],
    ['sin()', /takes 1/],
    ['sin(1, 2)', /takes 1/],
    [`${'('.repeat(3000)}1`, /nested/],
    [`${'-'.repeat(3000)}1`, /nested/],
    [`${'!('.repeat(200)}1${')'.repeat(200)}`, /nested/],
    [Array.from({ length: 900 }, () => '1').join('+'), /levels deep|parts/],
    ['1'.repeat(5000), /longer/]
  ]
  for (const [text, message] of bad)
    assert.throws(
      () => run(text),
      (error: unknown) => error instanceof ProblemError && message.test(error.message),
      `${text.slice(0, 60)} → ${message}`
    )
})

test('huge numbers and texts end at once, within bounds', () => {
  const start = performance.now()
  assert.equal(run('9 ^ 9 ^ 9 ^ 9'), Number.POSITIVE_INFINITY)
  assert.equal(Number.isNaN(run('sqrt(-1)') as number), true)
  assert.equal(run('length(pad("x", 99999999999))'), 65_536)
  const nested = 'replace(pad("", 60000, "a"), "a", pad("", 60000, "b"))'
  assert.ok((run(`length(${nested})`) as number) <= 65_536)
  assert.ok((run(`length(replace(${nested}, "b", ${nested}))`) as number) <= 65_536)
  assert.equal(run('fixed(1e300, 99999)') !== '', true)
  assert.ok(performance.now() - start < 1000)
})

test('any text is an expression or a problem, never another error', () => {
  const token = fc.constantFrom(
    '{a}',
    '{b}',
    '1',
    '.5',
    '"x"',
    '(',
    ')',
    '+',
    '-',
    '*',
    '^',
    '<',
    '==',
    'and',
    '?',
    ':',
    'sin',
    ',',
    '!',
    '[',
    ']',
    '.',
    '{',
    '}',
    "'",
    '\\',
    'this',
    '__proto__'
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(token, { maxLength: 30 }).map(tokens => tokens.join(' '))
      ),
      text => {
        try {
          run(text)
        } catch (error) {
          assert.ok(error instanceof ProblemError, `${text}: ${error}`)
        }
      }
    ),
    { numRuns: 2000 }
  )
})
