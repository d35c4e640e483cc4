/** Random events and expressions that meet often: values and literals come from the same small pools. For the tests of the filter. */

import fc from 'fast-check'
import type { EcsEvent } from '../core/parser.ts'
import {
  all,
  and,
  cidr,
  contains,
  type Expression,
  equals,
  exists,
  inList,
  none,
  not,
  or,
  range,
  regex,
  sameAs,
  timePart,
  timeParts,
  wildcard,
  word,
  wordPattern
} from '../filter/expression.ts'
import { anyField } from '../filter/virtual-fields.ts'
import { escapeWildcard } from '../filter/wildcard.ts'

const texts = [
  '',
  'alpha',
  'Alpha',
  'ALPHA beta',
  'alpha-beta gamma',
  'beta',
  'betatron',
  'user1',
  'USER1',
  'host.example.com',
  'www.host.example.com',
  'Failed password for alpha from 10.1.2.3 port 22',
  'ÄÖ ü',
  'äö',
  'a%b_c',
  'a\\b',
  'C:\\Windows\\cmd.exe',
  '*',
  'a*b',
  '/x/y',
  '😀 x',
  'line\nbreak',
  '[x] (y)',
  '"q"',
  "it's",
  'true',
  'alpha\u001fbeta',
  'NULL',
  ' ',
  '-'
]
const addresses = [
  '10.1.2.3',
  '10.1.2.34',
  '10.200.0.1',
  '192.168.0.1',
  '0.0.0.0',
  '010.1.2.3',
  '::',
  '::1',
  '2001:db8::1',
  '2001:DB8:0::1',
  '2001:db8:0:0:1::ffff',
  '::ffff:10.1.2.3',
  '::10.1.2.3',
  '::ffff:0:1:2',
  'fe80::1%eth0',
  'n/a'
]
const numbers = [
  '0',
  '1',
  '5',
  '22',
  '443',
  '0443',
  '65535',
  '65536',
  '-7',
  '+5',
  '1.5',
  '1e3',
  '1000',
  '.5',
  '5.',
  'inf',
  'nan',
  '0x10',
  '9007199254740993',
  '1e400',
  '8',
  '3'
]
const times = [
  '2024-05-06T07:08:09.123Z',
  '2024-05-06T07:08:09Z',
  '2024-05-06T07:08:09.123456Z',
  '2024-05-06T07:08:09.1234567Z',
  '2024-05-06T09:08:09+02:00',
  '2024-05-06 07:08:09',
  '2024-05-06',
  '1969-12-31T23:59:59.500Z',
  '2024-02-30T00:00:00Z',
  '1850-01-01T00:00:00Z',
  '2300-01-01T00:00:00Z',
  '2024-05-06T07:08:09,5z',
  '2024-05-06t07:08:60Z'
]
const networks = [
  '10.0.0.0/8',
  '10.1.2.0/24',
  '10.1.2.3/32',
  '0.0.0.0/0',
  '2001:db8::/32',
  '::/0',
  '::/64',
  '::ffff:0.0.0.0/96',
  '192.168.77.1/16'
]
const patterns = [
  'a(l|b)pha',
  '^alpha',
  'beta$',
  '^$',
  '.*',
  '[0-9]{2,}',
  'line.break',
  '\\bx\\b',
  '10\\.1\\.',
  '(?i)USER',
  'ä',
  '^\\d+$',
  '\\.\\d{3}Z$',
  'a/b|/x'
]

/** Values of fields without a column: times that no time column of the event holds, which would only be referred to. */
const otherTimes = times.map(time => time.replace('2024-05', '2021-07').replace('1969-', '1968-'))

const someText = (someTimes: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(...texts) },
    { weight: 2, arbitrary: fc.constantFrom(...addresses) },
    { weight: 2, arbitrary: fc.constantFrom(...numbers) },
    { weight: 2, arbitrary: fc.constantFrom(...someTimes) },
    { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 8 }) }
  )
/** For literals. */
const anyText = someText([...times, ...otherTimes])
const anyNumber = fc.oneof(
  fc.constantFrom(0, -0, 1, 5, 22, 443, 65535, 65536, -7, 1.5, 1000, 2 ** 53, 1e21, 8, 3),
  fc.double({ noNaN: true, noDefaultInfinity: true })
)
const anyLeaf = fc.oneof(
  { weight: 4, arbitrary: someText(otherTimes) },
  { weight: 1, arbitrary: anyNumber },
  { weight: 1, arbitrary: fc.boolean() }
)

/** Mostly what belongs there, sometimes what does not, sometimes a list. */
function field(usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 10, arbitrary: usual },
    { weight: 1, arbitrary: anyLeaf },
    // Lists of lists are not told apart by the store.
    { weight: 1, arbitrary: fc.array(fc.oneof(usual, anyLeaf), { maxLength: 3 }).map(list => list.flat()) }
  )
}

const text = fc.constantFrom(...texts)
const address = fc.constantFrom(...addresses)
const number = fc.oneof(anyNumber, fc.constantFrom(...numbers))
const time = fc.constantFrom(...times)

/** Fields of all column types, of the text and pivot indexes, and of the map. */
const fieldValues: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  message: text,
  'event.action': text,
  'event.code': number,
  'event.category': fc.array(text, { maxLength: 3 }),
  'event.start': time,
  'event.end': time,
  'event.duration': fc.constantFrom(0, 0, 5, 1_000_000_000),
  'event.severity': number,
  tags: text,
  'source.ip': address,
  'source.port': fc.constantFrom(0, 8, 22, 443, 65535, '443'),
  'source.bytes': number,
  'source.domain': text,
  'destination.ip': address,
  'destination.port': fc.constantFrom(0, 3, 22, 443),
  'network.transport': fc.constantFrom('tcp', 'UDP', 'icmp', 'ipv6-icmp', 'gre', '132', 'foo'),
  'network.iana_number': fc.constantFrom('1', '6', '58', '47', '300'),
  'icmp.type': fc.constantFrom(0, 3, 8, 128),
  'icmp.code': fc.constantFrom(0, 1),
  'destination.domain': text,
  'url.domain': text,
  'dns.id': number,
  'suricata.eve.dns.id': number,
  'dns.answers.data': fc.array(text, { minLength: 1, maxLength: 2 }),
  'suricata.eve.dns.grouped.A': fc.array(text, { maxLength: 2 }),
  'host.name': text,
  'user.name': text,
  'dns.question.name': text,
  'dns.resolved_ip': fc.array(address, { maxLength: 3 }),
  'file.hash.md5': text,
  'client.ip': address,
  'custom.text': text,
  'custom.number': number,
  'custom.time': fc.constantFrom(...otherTimes),
  'custom.list': fc.array(anyLeaf, { maxLength: 4 }),
  'custom.deep.er.value': anyLeaf
}

/** Adds what follows from other fields: the address beside the address, what is related. */
function derived(event: Record<string, unknown>, choice: number): Record<string, unknown> {
  const times = event['event'] as { start?: unknown; end?: unknown } | undefined
  if (times !== undefined && choice % 5 === 0) times.end = times.start
  if (choice % 3 === 0) {
    const destination = event['destination'] as { domain?: unknown } | undefined
    event['url'] = { domain: destination?.domain }
    const dns = event['dns'] as { id?: unknown; answers?: { data?: unknown } } | undefined
    event['suricata'] = { eve: { dns: { id: dns?.id, grouped: { A: dns?.answers?.data } } } }
  }
  const source = event['source'] as { ip?: unknown; domain?: unknown; address?: unknown } | undefined
  if (source !== undefined && choice % 2 === 0) {
    source.address = choice % 3 === 0 ? 'somewhere-else' : (source.ip ?? source.domain)
  }
  if (choice % 4 === 1) {
    const client = event['client'] as { ip?: unknown } | undefined
    const user = event['user'] as { name?: unknown } | undefined
    event['related'] = {
      ip: [source?.ip, client?.ip, '10.9.9.9'].filter(value => typeof value === 'string' && value !== ''),
      user: [user?.name, 'Related User'].filter(value => typeof value === 'string' && value !== '')
    }
  }
  return event
}

export const arbitraryEvent: fc.Arbitrary<EcsEvent> = fc
  .tuple(
    fc.record(Object.fromEntries(Object.entries(fieldValues).map(([name, usual]) => [name, field(usual)]))),
    fc.array(fc.record({ name: text, ttl: anyNumber }), { maxLength: 2 }),
    fc.constantFrom('2024-05-06T07:08:09.123Z', '2024-05-07T00:00:00.000Z', '2023-12-31T23:59:59.999Z'),
    fc.nat(12)
  )
  .map(([fields, answers, timestamp, choice]) => {
    const event: Record<string, unknown> = { '@timestamp': timestamp }
    for (const [name, value] of Object.entries(fields)) {
      if (value === undefined) continue
      const path = name.split('.')
      let node = event
      for (const part of path.slice(0, -1)) node = (node[part] ??= {}) as Record<string, unknown>
      node[path.at(-1)!] = value
    }
    if (answers.length > 0) event['list'] = { of: answers }
    return derived(event, choice) as EcsEvent
  })

export const testedFields: readonly string[] = [
  ...Object.keys(fieldValues),
  '@timestamp',
  'source.address',
  'client.address',
  'list.of.name',
  'list.of.ttl',
  'network.community_id',
  'related.ip',
  'related.user',
  'no.such.field'
]

const someField = fc.constantFrom(...testedFields)
const anyPattern = fc.oneof(
  fc.tuple(anyText, fc.nat(20), fc.nat(20), fc.constantFrom('*', '?', '**', '?*')).map(([value, a, b, wild]) => {
    const units = [...value]
    const [from, to] = [Math.min(a, b, units.length), Math.min(Math.max(a, b), units.length)]
    return `${escapeWildcard(units.slice(0, from).join(''))}${wild}${escapeWildcard(units.slice(to).join(''))}`
  }),
  anyText.map(value => `${escapeWildcard(value)}*`),
  anyText.map(value => `*${escapeWildcard(value.slice(1))}`.toWellFormed()),
  fc.constantFrom(
    '10.*',
    '10.1.*',
    '10.1.2.*',
    '10.1.*.3',
    '*:*',
    '??.1.*',
    'alp*',
    '*pha',
    'al?ha*',
    'al*-be*',
    '*.example.com',
    '2024-05-*',
    '*09.123Z'
  )
)
const anyWord = fc.oneof(
  anyText,
  fc.constantFrom(
    'password for',
    '10.1.2.3',
    '10.1.2',
    'from 10.1.2.3',
    'example.com',
    'fail',
    'failed',
    'alpha-',
    '-beta',
    'ö',
    '1:wCb3OG7yAFWelaUydu0D+125CLM='
  )
)
const cased = fc.boolean()

const anyTest: fc.Arbitrary<Expression> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(someField, anyText, cased).map(args => equals(...args)) },
  {
    weight: 2,
    arbitrary: fc.tuple(someField, fc.array(anyText, { maxLength: 4 }), cased).map(args => inList(...args))
  },
  {
    weight: 4,
    arbitrary: fc.tuple(someField, anyPattern, cased).map(([name, pattern, flag]) => wildcard(name, pattern, flag))
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        someField,
        anyText.map(value => value.slice(0, 5).toWellFormed()),
        cased
      )
      .map(args => contains(...args))
  },
  { weight: 2, arbitrary: fc.tuple(someField, fc.constantFrom(...patterns), cased).map(args => regex(...args)) },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        someField,
        fc.constantFrom('gt', 'gte', 'lt', 'lte'),
        fc.constantFrom(0, 1, 5, 22, 443, -7, 1.5, 1000, 1e21, 2 ** 53)
      )
      .map(([name, op, value]) => range(name, op, value))
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(
        fc.oneof(someField, fc.constantFrom('@timestamp', 'event.start', 'custom.time')),
        fc.constantFrom('gt', 'gte', 'lt', 'lte'),
        fc.constantFrom(
          0,
          Date.UTC(2024, 4, 6, 7, 8, 9) * 1000,
          Date.UTC(2024, 4, 6, 7, 8, 9, 123) * 1000,
          Date.UTC(2024, 4, 7) * 1000,
          Date.UTC(2021, 6, 6, 7, 8, 9, 123) * 1000,
          -1
        )
      )
      .map(([name, op, value]) => range(name, op, value, 'time'))
  },
  { weight: 2, arbitrary: someField.filter(name => !name.startsWith('related.')).map(name => exists(name)) },
  { weight: 3, arbitrary: fc.tuple(someField, fc.constantFrom(...networks)).map(args => cidr(...args)) },
  { weight: 6, arbitrary: anyWord.map(word) },
  { weight: 4, arbitrary: anyPattern.map(wordPattern) },
  { weight: 1, arbitrary: fc.constantFrom(all, none) }
)

// Whether `related.*` exists cannot be asked.
const arbitraryTest = anyTest.filter(test => test.kind !== 'exists' || !test.field.startsWith('related.'))

/** Trees of these tests. */
function treesOf(test: fc.Arbitrary<Expression>): fc.Arbitrary<Expression> {
  return fc.letrec<{ expression: Expression }>(tie => ({
    expression: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      { weight: 5, arbitrary: test },
      { weight: 1, arbitrary: fc.array(tie('expression'), { maxLength: 3 }).map(and) },
      { weight: 1, arbitrary: fc.array(tie('expression'), { maxLength: 3 }).map(or) },
      { weight: 1, arbitrary: tie('expression').map(not) }
    )
  })).expression
}

/** What the search language can say. */
export const arbitraryExpression: fc.Arbitrary<Expression> = treesOf(arbitraryTest)

/** Tests whose field goes by other names too. */
const arbitraryAlso: fc.Arbitrary<Expression> = fc
  .tuple(arbitraryTest, fc.uniqueArray(someField, { maxLength: 3 }))
  .map(([test, names]) => {
    if (!('field' in test)) return test
    const also = names.filter(name => name !== test.field && !(test.kind === 'exists' && name.startsWith('related.')))
    return also.length === 0 ? test : { ...test, also }
  })

/** Tests of any field. */
const arbitraryAnywhere: fc.Arbitrary<Expression> = arbitraryTest.map(test =>
  'field' in test ? { ...test, field: anyField } : test
)

const comparable = someField.filter(name => !name.startsWith('related.') && name !== 'network.community_id')
const arbitraryRelation: fc.Arbitrary<Expression> = fc
  .tuple(
    comparable,
    fc.constantFrom('equals', 'startsWith', 'endsWith', 'contains'),
    fc.uniqueArray(comparable, { minLength: 1, maxLength: 3 }),
    cased,
    fc.option(comparable, { nil: undefined })
  )
  .map(([name, how, others, flag, other]) => {
    const test = sameAs(name, how, others, flag)
    return other === undefined ? test : ({ ...test, also: [other] } as Expression)
  })

const arbitraryTimePart: fc.Arbitrary<Expression> = fc
  .tuple(
    fc.oneof(someField, fc.constantFrom('@timestamp', 'event.start', 'custom.time', 'custom.text')),
    fc.constantFrom(...timeParts),
    fc.constantFrom('eq', 'gt', 'gte', 'lt', 'lte'),
    fc.constantFrom(0, 1, 5, 6, 7, 8, 9, 18, 19, 23, 27, 31, 53, 2021, 2024, -1)
  )
  .map(args => timePart(...args))

/** Alternatives about one field, more of some kinds than a list of tests would have. */
const arbitraryAlternatives: fc.Arbitrary<Expression> = fc
  .tuple(
    someField.filter(name => !name.startsWith('related.')),
    fc.array(arbitraryTest, { minLength: 2, maxLength: 4 }),
    fc.array(
      anyText.map(value => value.slice(0, 4).toWellFormed()),
      { maxLength: 7 }
    ),
    fc.array(anyPattern, { maxLength: 7 }),
    cased,
    fc.option(someField, { nil: undefined })
  )
  .map(([field, tests, pieces, patterns, flag, also]) =>
    or(
      [
        ...tests,
        ...pieces.map(piece => contains(field, piece, flag)),
        ...patterns.map(pattern => wildcard(field, pattern, flag))
      ].map(test =>
        'field' in test
          ? ({
              ...test,
              field,
              ...(also === undefined || also.startsWith('related.') ? {} : { also: [also] })
            } as Expression)
          : test
      )
    )
  )

/** What rules can say beside. */
export const arbitraryRuleExpression: fc.Arbitrary<Expression> = treesOf(
  fc.oneof(
    { weight: 12, arbitrary: arbitraryTest },
    { weight: 3, arbitrary: arbitraryAlso },
    { weight: 3, arbitrary: arbitraryAnywhere },
    { weight: 3, arbitrary: arbitraryAlternatives },
    { weight: 3, arbitrary: arbitraryRelation },
    { weight: 2, arbitrary: arbitraryTimePart }
  )
)
