/** Rules as text → what they ask, and what is wrong with them, with its place. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EcsEvent } from '../core/parser.ts'
import { toPredicate } from '../filter/to-predicate.ts'
import { parseRules } from './parse-rules.ts'
import type { Diagnostic, ParseOptions, SigmaRule } from './rule.ts'

const head = `title: A rule
logsource:
  product: test
`

/** A rule with this detection (indented by two), fields as they are. */
function ruleOf(detection: string, options: ParseOptions = {}): SigmaRule {
  const text = `${head}detection:\n${detection.replace(/^\n/, '')}`
  const { rules, diagnostics } = parseRules([{ path: 'a.yml', text }], { native: true, ...options })
  assert.deepEqual(
    diagnostics.filter(({ severity }) => severity === 'error'),
    []
  )
  return rules[0]!
}

function answers(detection: string, events: readonly (readonly [EcsEvent, boolean])[], options?: ParseOptions): void {
  const predicate = toPredicate(ruleOf(detection, options).expression)
  for (const [event, expected] of events)
    assert.equal(predicate(event), expected, `${detection}\n${JSON.stringify(event)}`)
}

function problemsOf(text: string): readonly Diagnostic[] {
  return parseRules([{ path: 'a.yml', text }], { native: true }).diagnostics
}

test('maps, lists and conditions', () => {
  answers(
    `
  selection:
    Image|endswith: ['\\cmd.exe', '\\powershell.exe']
    User: bob
  filter_main:
    CommandLine|contains|all: ['a', 'b']
  filter_other:
    - Parent: x
    - Parent|startswith: y
  condition: selection and not 1 of filter_*`,
    [
      [{ Image: 'C:\\CMD.exe', User: 'Bob' }, true],
      [{ Image: 'C:\\CMD.exe', User: 'Alice' }, false],
      [{ Image: 'C:\\cmd.exe', User: 'bob', CommandLine: 'b' }, true],
      [{ Image: 'C:\\cmd.exe', User: 'bob', CommandLine: 'ba' }, false],
      [{ Image: 'C:\\cmd.exe', User: 'bob', Parent: 'yes' }, false],
      [{ Image: 'C:\\cmd.exe', User: 'bob', Parent: 'no' }, true]
    ]
  )
})

test('what is wrong is told with its place', () => {
  const [wrong] = problemsOf(`${head}detection:
  selection:
    Image|contians: x
  condition: selection
`)
  assert.deepEqual(wrong, {
    file: 'a.yml',
    line: 6,
    column: 21,
    severity: 'error',
    message: 'There is no modifier "contians".',
    suggestion: 'contains'
  })
})

const bytes = (text: string): string => Buffer.from(text).toString('base64')

type Answers = readonly (readonly [detection: string, events: readonly (readonly [EcsEvent, boolean])[]])[]

/** One field item each, with `selection` as the condition. */
const items: Answers = [
  [
    'a: x',
    [
      [{ a: 'X' }, true],
      [{ a: 'xx' }, false],
      [{}, false],
      [{ a: ['y', 'x'] }, true]
    ]
  ],
  [
    'a: [x, 7]',
    [
      [{ a: 7 }, true],
      [{ a: '7' }, true],
      [{ a: 8 }, false]
    ]
  ],
  [
    'a: true',
    [
      [{ a: true }, true],
      [{ a: 'TRUE' }, true],
      [{ a: 1 }, false]
    ]
  ],
  [
    "a: ''",
    [
      [{ a: '' }, true],
      [{ a: 'x' }, false],
      [{}, false]
    ]
  ],
  [
    'a: null',
    [
      [{}, true],
      [{ a: null } as unknown as EcsEvent, true],
      [{ a: '' }, false],
      [{ a: 'x' }, false]
    ]
  ],
  [
    'a|exists: true',
    [
      [{ a: '' }, true],
      [{}, false]
    ]
  ],
  [
    'a|exists: false',
    [
      [{ a: '' }, false],
      [{}, true]
    ]
  ],
  [
    'a: x*z?',
    [
      [{ a: 'xyyZ1' }, true],
      [{ a: 'xz' }, false]
    ]
  ],
  [
    'a: x\\*\\?',
    [
      [{ a: 'x*?' }, true],
      [{ a: 'xab' }, false]
    ]
  ],
  ["a: 'C:\\\\Windows'", [[{ a: 'c:\\windows' }, true]]],
  ["a: 'C:\\Windows'", [[{ a: 'c:\\windows' }, true]]],
  [
    "a: 'x\\\\*'",
    [
      [{ a: 'x\\y' }, true],
      [{ a: 'xy' }, false]
    ]
  ],
  [
    "a: 'x\\\\\\*'",
    [
      [{ a: 'x\\*' }, true],
      [{ a: 'x\\y' }, false]
    ]
  ],
  ["a: 'x\\\\\\\\y'", [[{ a: 'x\\\\y' }, true]]],
  [
    'a|contains: b*d',
    [
      [{ a: 'abcde' }, true],
      [{ a: 'adb' }, false]
    ]
  ],
  [
    'a|contains|all: [b, d]',
    [
      [{ a: 'db' }, true],
      [{ a: 'b' }, false]
    ]
  ],
  [
    'a|startswith: b',
    [
      [{ a: 'Bc' }, true],
      [{ a: 'ab' }, false]
    ]
  ],
  [
    'a|endswith: b',
    [
      [{ a: 'aB' }, true],
      [{ a: 'bc' }, false]
    ]
  ],
  [
    'a|endswith|cased: b',
    [
      [{ a: 'aB' }, false],
      [{ a: 'ab' }, true]
    ]
  ],
  [
    'a|cased: Ab',
    [
      [{ a: 'Ab' }, true],
      [{ a: 'AB' }, false]
    ]
  ],
  [
    'a|neq: x',
    [
      [{ a: 'y' }, true],
      [{ a: 'X' }, false],
      [{}, true]
    ]
  ],
  [
    'a|neq: [x, y]',
    [
      [{ a: 'y' }, false],
      [{ a: 'z' }, true]
    ]
  ],
  [
    'a|contains|neq: x',
    [
      [{ a: 'axb' }, false],
      [{ a: 'b' }, true]
    ]
  ],
  [
    'a|gt: 5',
    [
      [{ a: 6 }, true],
      [{ a: '6' }, true],
      [{ a: 5 }, false],
      [{ a: 'x' }, false]
    ]
  ],
  ['a|gte: 5', [[{ a: 5 }, true]]],
  [
    'a|lt: 5',
    [
      [{ a: 4.5 }, true],
      [{}, false]
    ]
  ],
  ["a|lte: '5'", [[{ a: 5 }, true]]],
  [
    'a|cidr: [10.0.0.0/8, fe80::/10, 192.0.2.1]',
    [
      [{ a: '10.2.3.4' }, true],
      [{ a: 'fe80::1' }, true],
      [{ a: '192.0.2.1' }, true],
      [{ a: '11.0.0.0' }, false]
    ]
  ],
  [
    "a|re: '^b.d'",
    [
      [{ a: 'bcde' }, true],
      [{ a: 'BCD' }, false],
      [{ a: 'b\nd' }, false]
    ]
  ],
  ["a|re|i: '^b.d'", [[{ a: 'BCD' }, true]]],
  ["a|re|s: '^b.d'", [[{ a: 'b\nd' }, true]]],
  [
    "a|re|m: '^d$'",
    [
      [{ a: 'b\nd\ne' }, true],
      [{ a: 'bd' }, false]
    ]
  ],
  [
    "a|re: '^d$'",
    [
      [{ a: 'b\nd\ne' }, false],
      [{ a: 'd' }, true]
    ]
  ],
  ['a|base64: foo', [[{ a: bytes('foo') }, true]]],
  ['a|base64|contains: foob', [[{ a: `x${bytes('foob')}y` }, true]]],
  ...['', 'x', 'xy', 'xyz'].map(
    before =>
      [
        'a|base64offset|contains: "https://"',
        [
          [{ a: bytes(`${before}https://example.com`) }, true],
          [{ a: bytes(`${before}http://example.com`) }, false]
        ]
      ] as const
  ),
  [
    'a|wide|base64offset|contains: cmd',
    [
      [{ a: Buffer.from('xcmd y', 'utf16le').toString('base64') }, true],
      [{ a: bytes('xcmd') }, false]
    ]
  ],
  ['a|utf16le|base64: cmd', [[{ a: Buffer.from('cmd', 'utf16le').toString('base64') }, true]]],
  ['a|utf16be|base64: cmd', [[{ a: Buffer.from('cmd', 'utf16le').swap16().toString('base64') }, true]]],
  ['a|utf16|base64: cmd', [[{ a: Buffer.from('\ufeffcmd', 'utf16le').toString('base64') }, true]]],
  [
    "a|contains|windash: ' -a-b -c'",
    [
      [{ a: 'x /a-b –c' }, true],
      [{ a: 'x -a/b -c' }, false]
    ]
  ],
  [
    "a|windash: '/x'",
    [
      [{ a: '-x' }, true],
      [{ a: '―x' }, true],
      [{ a: 'x' }, false]
    ]
  ],
  [
    'a|fieldref: b',
    [
      [{ a: 'x', b: 'X' }, true],
      [{ a: 'x', b: 'y' }, false],
      [{ a: 'x' }, false]
    ]
  ],
  [
    'a|fieldref|endswith: b',
    [
      [{ a: 'xy', b: 'y' }, true],
      [{ a: 'yx', b: 'y' }, false]
    ]
  ],
  [
    'a|fieldref|neq: b',
    [
      [{ a: 'x', b: 'y' }, true],
      [{ a: 'x', b: 'x' }, false]
    ]
  ],
  [
    'a|hour|gte: 22',
    [
      [{ a: '2024-05-06T23:08:09Z' }, true],
      [{ a: '2024-05-06T21:08:09Z' }, false],
      [{ a: '23' }, false]
    ]
  ],
  ['a|month: 5', [[{ a: '2024-05-06T23:08:09Z' }, true]]],
  [
    'a|week: 19',
    [
      [{ a: '2024-05-06T23:08:09Z' }, true],
      [{ a: '2024-05-05T23:08:09Z' }, false]
    ]
  ],
  ['a|minute|lt: 9', [[{ a: '2024-05-06T23:08:09Z' }, true]]],
  ['a|day: 6', [[{ a: '2024-05-06T23:08:09Z' }, true]]],
  [
    'a|year|neq: 2024',
    [
      [{ a: '2024-05-06T23:08:09Z' }, false],
      [{ a: '2023-05-06T23:08:09Z' }, true]
    ]
  ],
  [
    'a|contains: hasło',
    [
      [{ a: 'HASŁO?' }, true],
      [{ a: 'haslo' }, false]
    ]
  ],
  [
    'a|startswith: ÄÖ?',
    [
      [{ a: 'äöx.' }, true],
      [{ a: 'äö' }, false]
    ]
  ],
  [
    "a|expand: '%admins%'",
    [
      [{ a: 'root' }, true],
      [{ a: 'ADM_bob' }, true],
      [{ a: 'bob' }, false],
      [{ a: '%admins%' }, false]
    ]
  ],
  [
    "a|contains|expand: 'u=%admins%;'",
    [
      [{ a: 'x u=root; y' }, true],
      [{ a: 'u=adm_7;' }, true],
      [{ a: 'u=;' }, false]
    ]
  ],
  ["a|expand: '\\%plain%admins%'", [[{ a: '%plainroot' }, true]]],
  [
    "a: '%admins%'",
    [
      [{ a: '%admins%' }, true],
      [{ a: 'root' }, false]
    ]
  ],
  [
    "'|all': [b, d]",
    [
      [{ x: 'ab', y: { z: 'D' } }, true],
      [{ x: 'ab' }, false]
    ]
  ],
  [
    "'|re': 'b.d'",
    [
      [{ x: { y: ['abcd'] } }, true],
      [{ x: 'bd' }, false]
    ]
  ]
]

test('every modifier', () => {
  const options: ParseOptions = { placeholders: name => (name === 'admins' ? ['root', 'adm_*'] : undefined) }
  for (const [item, events] of items) answers(`  selection:\n    ${item}\n  condition: selection`, events, options)
})

const keywordRules: Answers = [
  [
    '  keywords: [b c, 7]\n  condition: keywords',
    [
      [{ a: 'ab cd' }, true],
      [{ a: ['x', { y: 'B C' }] }, true],
      [{ a: 7 }, true],
      [{ a: 'b' }, false]
    ]
  ],
  [
    '  keywords: b*d\n  condition: keywords',
    [
      [{ a: 'abcde' }, true],
      [{ a: 'b', c: 'd' }, false]
    ]
  ],
  [
    '  mixed: [b, { a: x }]\n  condition: mixed',
    [
      [{ a: 'x' }, true],
      [{ c: 'abc' }, true],
      [{ c: 'x' }, false]
    ]
  ]
]

test('keywords look at every text of the event', () => {
  for (const [detection, events] of keywordRules) answers(detection, events)
})

/** Over these identifiers, each true where the event has its letter. */
const letters = '  a_1: { x|contains: a }\n  a_2: { x|contains: b }\n  c: { x|contains: c }\n  _d: { x|contains: d }\n'

const conditions: readonly (readonly [condition: string, yes: string, no: string])[] = [
  ['a_1', 'a', 'b'],
  ['a_1 or a_2 and c', 'a bc abc', 'b c'],
  ['(a_1 or a_2) and c', 'ac bc', 'a b c ab'],
  ['not a_1 and c', 'c bc', 'ac a -'],
  ['not (a_1 and c)', 'a c -', 'ac'],
  ['1 of a_*', 'a b ab', 'c -'],
  ['all of a_*', 'ab', 'a b c'],
  ['any of a_*', 'b', 'c'],
  ['2 of them', 'ab ac bc', 'a b c ad d'],
  ['1 of them', 'a b c', 'd -'],
  ['all of them', 'abc', 'ab abd'],
  ['all of *_1', 'a', 'b'],
  ['1 of _*', 'd', 'abc'],
  ['a_1 and not 1 of a_2*', 'a ac', 'ab'],
  ['a_1 AND NOT c', 'a', 'ac'],
  ['1 of filter_*', '', 'abcd'],
  ['a_1 and not 1 of filter_*', 'a', 'b']
]

test('every form of condition', () => {
  for (const [condition, yes, no] of conditions) {
    const words = (text: string, expected: boolean) =>
      text.split(' ').flatMap(x => (x === '' ? [] : [[{ x }, expected] as const]))
    answers(`${letters}  condition: ${condition}`, [...words(yes, true), ...words(no, false)])
  }
  answers(`${letters}  condition: [a_1, c]`, [
    [{ x: 'a' }, true],
    [{ x: 'c' }, true],
    [{ x: 'b' }, false]
  ])
})

const wrongs: readonly (readonly [text: string, line: number, message: RegExp, suggestion?: string])[] = [
  ['title: [x', 1, /is no YAML/],
  ['just text', 1, /A rule is a map/],
  ['title: x\nlogsource: { product: x }', 1, /no detection/],
  [`${head}detection:\n  a: { b: x }`, 5, /no condition/, 'condition: a'],
  [`${head}detection:\n  selection: { b: x }\n  condition: selecton`, 6, /names "selecton"/, 'selection'],
  [`${head}detection:\n  a: { b: x }\n  condition: a and`, 6, /ends where a name is expected/],
  [`${head}detection:\n  a: { b: x }\n  condition: (a`, 6, /never closed/],
  [`${head}detection:\n  a: { b: x }\n  condition: a a`, 6, /“a” where and, or/],
  [`${head}detection:\n  a: { b: x }\n  condition: a | count() by x > 5`, 6, /correlation/],
  [`${head}detection:\n  a: { b: x }\n  condition: all of c*`, 6, /names "c\*"/],
  [`${head}detection:\n  a: { b: x }\n  condition: 0 of a*`, 6, /always true/, 'not 1 of a*'],
  [`${head}detection:\n  a:\n    b|re: '(?=x)'\n  condition: a`, 6, /linear time/],
  [`${head}detection:\n  a:\n    b|cidr: 10.0.0.0/99\n  condition: a`, 6, /no network/, '10.0.0.0/8'],
  [`${head}detection:\n  a:\n    b|expand: '%nobody%'\n  condition: a`, 6, /lookup table named nobody/],
  [`${head}detection:\n  a:\n    b|gt: x\n  condition: a`, 6, /takes a number/],
  [`${head}detection:\n  a:\n    b: { c: d }\n  condition: a`, 6, /keys within/],
  [`${head}detection:\n  a:\n    b: []\n  condition: a`, 6, /empty list/],
  [`${head}level: hihg\ndetection:\n  a: { b: x }\n  condition: a`, 4, /no level "hihg"/, 'high'],
  [`title: x\ndetection:\n  a: { b: x }\n  condition: a`, 1, /logsource is missing/],
  [`logsource: { product: x }\ndetection:\n  a: { b: x }\n  condition: a`, 1, /title is missing/],
  [
    `${head}id: x\ndetection:\n  a: { b: x }\n  condition: a\n---\n${head}id: x\ndetection:\n  a: { b: x }\n  condition: a`,
    12,
    /id is that of another/
  ]
]

test('each mistake has its line, and what to write instead', () => {
  for (const [text, line, message, suggestion] of wrongs) {
    const [first] = problemsOf(text).filter(({ severity }) => severity === 'error')
    assert.ok(first !== undefined, text)
    assert.match(first.message, message, text)
    assert.equal(first.line, line, `${text}\n${first.message}`)
    assert.equal(first.suggestion, suggestion, text)
  }
})

test('a wrong document leaves the others alone', () => {
  const good = `${head}detection:\n  a: { b: x }\n  condition: a\n`
  const { rules, diagnostics } = parseRules([
    { path: 'bad.yml', text: 'title: [' },
    { path: 'mixed.yml', text: `${good}---\ntitle: x\n---\n# a comment\n${good}` }
  ])
  assert.deepEqual(
    rules.map(({ id, line }) => [id, line]),
    [
      ['mixed', 1],
      ['mixed#3', 11]
    ]
  )
  assert.deepEqual(
    diagnostics.map(({ file }) => file),
    ['bad.yml', 'mixed.yml']
  )
})

test('filters narrow the rules that they are for', () => {
  const rule = `${head}id: r1\nname: first\ndetection:\n  a: { x|contains: a }\n  condition: a\n`
  const filter = (rules: string, product = 'test'): string =>
    `---\ntitle: F\nlogsource: { product: ${product} }\nfilter:\n  rules: ${rules}\n  s: { x|contains: b }\n  condition: not s\n`
  const ask = (text: string): boolean[] => {
    const { rules } = parseRules([{ path: 'a.yml', text }], { native: true })
    const predicate = toPredicate(rules[0]!.expression)
    return [predicate({ x: 'a' }), predicate({ x: 'ab' })]
  }
  assert.deepEqual(ask(rule), [true, true])
  for (const rules of ['[r1]', 'r1', '[first]', 'any', '[]'])
    assert.deepEqual(ask(rule + filter(rules)), [true, false], rules)
  for (const text of [rule + filter('[r2]'), rule + filter('any', 'other')]) assert.deepEqual(ask(text), [true, true])
  const [unknown] = problemsOf(rule + filter('[r2]'))
  assert.match(unknown!.message, /no rule with the id or name "r2"/)
  const versions = [rule, rule + filter('any')].map(text => parseRules([{ path: 'a.yml', text }]).rules[0]!.version)
  assert.notEqual(versions[0], versions[1])
})

const login = `${head}id: one\nname: failed_login\ndetection:\n  a: { x: failed }\n  condition: a\n---\n${head}id: two\nname: successful_login\ndetection:\n  a: { x: ok }\n  condition: a\n`

test('correlations refer to rules and to each other', () => {
  const text = `title: Many, then one
id: three
level: high
correlation:
  type: temporal_ordered
  rules: [many, successful_login]
  group-by: [User]
  timespan: 10m
---
title: Many
id: four
name: many
correlation:
  type: event_count
  rules: failed_login
  group-by: [ip]
  timespan: 90s
  condition: { gt: 9, lte: 100 }
  aliases:
    ip:
      failed_login: source.ip
---
${login}`
  const { correlations, rules, diagnostics } = parseRules([{ path: 'a.yml', text }], { native: true })
  assert.deepEqual(diagnostics, [])
  const [three, four] = correlations
  assert.deepEqual(
    [three!.rules, three!.timespanMs, three!.comparisons],
    [['four', 'two'], 600_000, [{ op: 'gte', value: 2 }]]
  )
  assert.deepEqual(
    [four!.comparisons, four!.aliases, four!.partOnly],
    [
      [
        { op: 'gt', value: 9 },
        { op: 'lte', value: 100 }
      ],
      { ip: { one: 'source.ip' } },
      true
    ]
  )
  assert.equal(three!.partOnly, undefined)
  assert.deepEqual(
    rules.map(({ partOnly }) => partOnly),
    [true, true]
  )
})

const wrongCorrelations: readonly (readonly [
  correlation: string,
  line: number,
  message: RegExp,
  suggestion?: string
])[] = [
  ['type: event_cont\n  rules: [one]', 4, /no type "event_cont"/, 'event_count'],
  [
    'type: event_count\n  rules: [failed_logon]\n  timespan: 1m\n  condition: { gte: 1 }',
    5,
    /no rule with the id or name/,
    'failed_login'
  ],
  ['type: event_count\n  rules: [one]\n  timespan: 1x\n  condition: { gte: 1 }', 6, /a number and a unit/],
  ['type: event_count\n  rules: [one]\n  timespan: 1m\n  condition: { gty: 1 }', 7, /no comparison/, 'gt'],
  ['type: event_count\n  rules: [one]\n  timespan: 1m', 4, /condition is missing/],
  ['type: value_count\n  rules: [one]\n  timespan: 1m\n  condition: { gte: 1 }', 7, /needs a field/],
  ['type: temporal\n  rules: [self]\n  timespan: 1m', 5, /about itself/],
  ['type: temporal\n  timespan: 1m\n  condition: one and (two', 6, /never closed/]
]

test('each mistake in a correlation has its line', () => {
  for (const [correlation, line, message, suggestion] of wrongCorrelations) {
    const [first] = problemsOf(`title: C\nid: self\ncorrelation:\n  ${correlation}\n---\n${login}`)
    assert.ok(first !== undefined, correlation)
    assert.match(first.message, message, correlation)
    assert.equal(first.line, line, `${correlation}\n${first.message}`)
    assert.equal(first.suggestion, suggestion, correlation)
  }
})

test('hostile files are read in time and never throw', () => {
  const started = performance.now()
  const nested = `${'{a: '.repeat(5000)}x${'}'.repeat(5000)}`
  const texts = [
    nested,
    `${head}detection:\n  a: ${nested}\n  condition: a`,
    `${head}detection:\n  a: { b: x }\n  condition: ${'('.repeat(100_000)}a`,
    `${head}detection:\n  a: { b: x }\n  condition: ${'not '.repeat(1500)}a`,
    `${head}detection:\n  a: { b: x }\n  condition: ${'a and '.repeat(100_000)}a`,
    `${head}detection:\n  a:\n    b|windash: '${' -a'.repeat(1000)}'\n  condition: a`,
    `${head}detection:\n  a:\n    b|${'base64|'.repeat(1000)}base64: x\n  condition: a`,
    `${head}detection:\n${Array.from({ length: 40 }, (_, i) => `  a${i}: { b: x }`).join('\n')}\n  condition: 20 of a*`,
    'a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n'.repeat(1) +
      Array.from(
        { length: 30 },
        (_, i) => `d${i}: &d${i} [*${i === 0 ? 'c' : `d${i - 1}`}, *${i === 0 ? 'c' : `d${i - 1}`}]`
      ).join('\n'),
    `${head}detection:\n  a:\n    __proto__: x\n    constructor: y\n  condition: a`,
    '---\n'.repeat(100_000),
    'x'.repeat(2_000_000),
    '\u0000\ufffe',
    `${head}detection:\n  a:\n    b|re: '${'(a+)+'.repeat(300)}$'\n  condition: a`,
    `action: global\n---\n${head}detection:\n  a: { b: x }\n  condition: a`
  ]
  for (const text of texts) parseRules([{ path: 'a.yml', text }], { placeholders: () => [] })
  assert.ok(performance.now() - started < 8000)
})
