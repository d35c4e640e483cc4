import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { completeEvent } from '../../core/event.ts'
import type { JsonObject } from '../../core/parser.ts'
import { makeSample, recognise } from '../recognise.ts'
import { declaredParser } from './declared.ts'
import { type Definition, readDefinition } from './definition.ts'
import { matchLine, PatternError, readPattern } from './pattern.ts'
import { propose } from './propose.ts'
import { brokenCases, tryDefinition, withCases } from './try.ts'

const receivedMs = Date.UTC(2026, 5, 1)

function define(value: object): Definition {
  const result = readDefinition({ name: 'door-log', title: 'Doors', ...value })
  if ('problems' in result) assert.fail(JSON.stringify(result.problems))
  return result.definition
}

const values = (pattern: string, line: string) => matchLine(readPattern(pattern), line)

test('patterns take words, texts, quotes, numbers, addresses and times', () => {
  assert.deepEqual(values('{a} {b}', 'x y'), ['x', 'y'])
  assert.deepEqual(values('{a} {b}', 'x   y'), ['x', 'y'])
  assert.equal(values('{a} {b}', 'x y z'), undefined)
  assert.deepEqual(values('[{a:text}] {b:rest}', '[x y] z, w '), ['x y', 'z, w'])
  assert.deepEqual(values('{a:quoted} {b:quoted}', '"x \\"y\\"" z'), ['x "y"', 'z'])
  assert.deepEqual(values('{a:int}ms {b:number}%', '12ms 0.5%'), ['12', '0.5'])
  assert.deepEqual(values('{a:ip}:{b:int}', '10.0.0.5:443'), ['10.0.0.5', '443'])
  assert.deepEqual(values('[{a:ip}]:{b:int}', '[2001:db8::1]:443'), ['2001:db8::1', '443'])
  assert.deepEqual(values('{a:ip} {b:int}', '- -'), [undefined, undefined])
  assert.equal(values('{a:ip}', '10.0.0.500'), undefined)
  for (const time of [
    '2026-03-01T08:15:42.123456+02:00',
    '2026-03-01 08:15:42,123',
    '2026/03/01 08:15:42',
    'Mar  1 08:15:42',
    '01/Mar/2026:08:15:42 +0000',
    'Sun Mar  1 08:15:42 2026',
    '1772352942.123'
  ])
    assert.deepEqual(values('{t:time} {b}', `${time} x`), [time, 'x'])
  assert.deepEqual(values('{{{a}}}', '{x}'), ['x'])
  assert.deepEqual(values('a={a}, b={b}', 'a=1, b=2'), ['1', '2'])
})

test('what is wrong with a pattern is said, and where', () => {
  for (const text of ['', ' ', '{a', 'a}', '{a:nothing}', '{a b}', '{a:rest} x', '{a:text}{b:text}'])
    assert.throws(() => readPattern(text), PatternError, text)
  const bad = readDefinition({ name: 'Door', title: '', patterns: ['{a'], colour: 'red' })
  assert.ok('problems' in bad)
  assert.deepEqual(bad.problems.map(({ path }) => path).sort(), ['', 'name', 'patterns[0]', 'title'])
})

test('a definition is a parser: fields, constants, tables of values, pairs, related', () => {
  const parser = declaredParser(
    define({
      patterns: ['{@timestamp:time} {source.ip:ip} {event.outcome} {_} {x:kv}'],
      fields: { badge: 'user.id', port: 'source.port', skipped: '_' },
      set: { 'event.category': ['authentication'], 'labels.site': 'north' },
      values: { 'event.outcome': { granted: 'success' } }
    })
  )
  const parsed = parser.open({ receivedMs })(
    '2026-03-01T08:15:42Z 192.0.2.7 granted junk badge=1A port=51022 note="two words" skipped=1',
    {}
  )
  assert.ok(typeof parsed === 'object' && parsed.ok)
  assert.deepEqual(completeEvent(parsed.event), {
    '@timestamp': '2026-03-01T08:15:42.000Z',
    message: '2026-03-01T08:15:42Z 192.0.2.7 granted junk badge=1A port=51022 note="two words" skipped=1',
    event: {
      outcome: 'success',
      category: ['authentication'],
      kind: 'event',
      module: 'door_log',
      dataset: 'door_log.log'
    },
    source: { ip: '192.0.2.7', port: 51022, address: '192.0.2.7' },
    user: { id: '1A' },
    door_log: { note: 'two words' },
    labels: { site: 'north' },
    related: { ip: ['192.0.2.7'] }
  })
  assert.deepEqual(parser.open({ receivedMs })('something else', {}), {
    ok: false,
    reason: 'no pattern of the format matches'
  })
})

const samples: Readonly<Record<string, string>> = {
  doors: `2026-03-01T08:15:42Z door=front badge=1A2B3C result=granted
2026-03-01T23:02:10+01:00 door=server-room badge=99FF00 result=denied reason=not on the list after 20:00
2026-03-01T23:03:10+01:00 door=server-room badge=99FF01 result=denied reason=lost badge`,
  tunnels: `[2026-03-01 08:15:42,123] INFO  vpn.Tunnel - user alice connected from 192.0.2.7:51022 using TLSv1.3
[2026-03-01 08:16:42,001] WARN  vpn.Tunnel - user bob connected from 198.51.100.7:51022 using TLSv1.2
[2026-03-01 08:17:42,001] ERROR  vpn.Auth - login failed for user mallory from 198.51.100.9: bad password
[2026-03-01 08:18:42,001] INFO  vpn.Tunnel - tunnel 17 closed, 12034 bytes in, 994 bytes out, 63.2 seconds`,
  filter: `Mar  1 08:15:42 gw fwd[812]: DENY tcp 192.0.2.7:51022 -> 10.0.0.5:22 len=60
Mar  1 08:15:43 gw fwd[812]: ALLOW udp 10.0.0.7:51022 -> 192.0.2.53:53 len=71`
}

test('proposals for lines: the parts that vary, named after what stands before them', () => {
  assert.deepEqual(propose(samples['doors']!, 'door-log')!.definition.patterns, [
    '{@timestamp:time} door={door_log.door:word} badge={door_log.badge:word} result={event.outcome:word}',
    '{@timestamp:time} door={door_log.door:word} badge={door_log.badge:word} result={event.outcome:word} reason={event.reason:rest}'
  ])
  const { patterns, set } = propose(samples['tunnels']!, 'vpnbox')!.definition
  assert.ok(
    patterns.includes(
      '[{@timestamp:time}] {log.level:word} vpn.Tunnel - user {user.name:word} connected from {source.ip:ip}:{source.port:int} using {vpnbox.field_1:word}'
    ),
    patterns.join('\n')
  )
  assert.ok(patterns.some(pattern => pattern.includes('{vpnbox.bytes_in:int} bytes in')))
  assert.deepEqual(set, { 'event.category': ['authentication'] })
  assert.deepEqual(propose(samples['filter']!, 'fw')!.definition.patterns, [
    '{@timestamp:time} {host.name:word} {process.name:word}[{process.pid:int}]: {event.outcome:word} {network.transport:word} {source.ip:ip}:{source.port:int} -> {destination.ip:ip}:{destination.port:int} len={fw.len:int}'
  ])
})

test('every record of a sample is read by what was proposed for it, recognised by it, and kept as a case', () => {
  for (const [name, sample] of Object.entries(samples)) {
    const definition = withCases(propose(sample, name)!.definition, sample, receivedMs)
    assert.equal(definition.cases.length, sample.split('\n').length, name)
    assert.deepEqual(brokenCases(definition, receivedMs), [])
    assert.ok('definition' in readDefinition(JSON.parse(JSON.stringify(definition))))
    const parser = declaredParser(definition)
    assert.equal(recognise(makeSample(sample), [parser]).parser, parser, name)
    assert.ok(recognise(makeSample('hello\nworld\n'), [parser]).parser !== parser)
  }
})

test('proposals for JSON: common names, the time, and the keys that tell the format', () => {
  const sample = `{"when":"2026-03-01T08:15:42Z","doorId":7,"who":{"username":"alice"},"clientIp":"192.0.2.7"}
{"when":"2026-03-01T08:15:43Z","doorId":8,"who":{"username":"bob"},"clientIp":"192.0.2.8"}`
  const { definition } = propose(sample, 'door-json')!
  assert.deepEqual(definition.fields, { 'who.username': 'user.name', clientIp: 'source.ip', when: '@timestamp' })
  assert.ok(definition.requires.includes('doorId'))
  const [first] = tryDefinition(definition, sample, receivedMs)
  assert.deepEqual(first!.event!['door_json'], { doorId: 7 })
  assert.equal(first!.event!['@timestamp'], '2026-03-01T08:15:42.000Z')
})

test('whatever the sample: a proposal that reads every line of it, or none', () => {
  const word = fc.constantFrom(
    'user',
    'from',
    '10.0.0.5',
    '7',
    'a=b',
    '"x y"',
    '[',
    ']:',
    '{',
    '}',
    'GET',
    '/x',
    '2026-03-01T08:15:42Z',
    'ok',
    ',',
    '-',
    '\t',
    'ü'
  )
  const line = fc
    .array(fc.oneof(word, fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 12 })
    .map(words => words.join(' '))
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), lines => {
      const sample = lines.map(text => text.replace(/[\r\n]/g, ' ')).join('\n')
      const proposal = propose(sample, 'any')
      if (proposal === undefined || proposal.definition.input === 'json') return
      const result = readDefinition(proposal.definition)
      if ('problems' in result) assert.fail(JSON.stringify(result.problems))
      for (const { event, record } of tryDefinition(result.definition, sample, receivedMs)) {
        if (event === undefined)
          assert.ok(
            proposal.remarks.some(remark => remark.includes('match no pattern')),
            record
          )
      }
    }),
    { numRuns: 300 }
  )
})

test('matching takes time in proportion to the line, whatever it holds', () => {
  const patterns = [
    '{a:text}, {b:text}: {c:rest}',
    '{a}={b} {c:kv}',
    '{t:time} {a:text} x y {b}',
    '"{a:text}" {b:quoted}'
  ]
  for (const text of patterns) {
    const pattern = readPattern(text)
    for (const filler of ['a', ' ', ', ', ': ', '"', 'a=', ' x', '\\', '1']) {
      const once = (size: number) => {
        const line = filler.repeat(Math.ceil(size / filler.length))
        const started = process.hrtime.bigint()
        matchLine(pattern, line)
        return Number(process.hrtime.bigint() - started) / 1e6
      }
      // Best of several: whatever else runs on the machine comes in between.
      const time = (size: number) => Math.min(once(size), once(size), once(size), once(size))
      if (time(256_000) < 30) continue
      let bad = 0
      for (let i = 0; i < 3; i++) if (time(256_000) / Math.max(time(32_000), 0.5) > 32) bad++
      assert.ok(bad < 3, `${text} with ${JSON.stringify(filler)}`)
    }
  }
})

test('records may span lines: the first is read, the others go with the message', () => {
  const sample = `2026-03-01 08:15:42,123 ERROR app.db: connection to 10.0.0.5 failed
  at db.connect
  at main
2026-03-01 08:15:43,456 ERROR app.cache: connection to 10.0.0.6 failed
  at main
`
  const { definition } = propose(sample, 'app-trace')!
  assert.equal(definition.begins, 'time')
  assert.equal(definition.patterns.length, 1)
  const tried = tryDefinition(definition, sample, receivedMs)
  assert.equal(tried.length, 2)
  assert.match(String(tried[0]!.event?.['message']), /failed\n {2}at db\.connect\n {2}at main$/)
  const { parser } = recognise(makeSample(sample), [declaredParser(definition)])
  assert.equal(parser.name, 'app-trace')
  assert.equal(parser.framing, 'multiline')
})

test('tables: a pattern for all rows, named after the columns; the header holds no event', () => {
  const sample = `time,user,ip,door name,result\r
2026-03-01T08:15:42Z,anna,10.0.0.5,front gate,granted\r
2026-03-01T08:16:42Z,"ben, ""jr""",10.0.0.6,,denied\r
`
  const { definition } = propose(sample, 'doors')!
  assert.deepEqual(definition.patterns, [
    '{@timestamp:time},{user.name:quoted},{source.ip:ip},{doors.door_name:quoted},{event.outcome:text}'
  ])
  const [header, first, second] = tryDefinition(definition, sample, receivedMs)
  assert.equal(header?.isIgnored, true)
  assert.deepEqual(first!.event?.['doors'], { door_name: 'front gate' })
  assert.deepEqual(second!.event?.['user'], { name: 'ben, "jr"' })
  assert.equal(second!.event?.['doors'], undefined)
  assert.equal(recognise(makeSample(sample), [declaredParser(definition)]).parser.name, 'doors')
})

test('lines of other keys have patterns of their own', () => {
  const lines = [
    '2026-03-01T08:15:42Z door=front badge=1A2B3C result=granted',
    '2026-03-01T08:16:03Z door=front badge=77C0DE from 10.0.3.7 result=granted',
    '2026-03-01T23:02:10Z door=server-room badge=99FF00 result=denied reason=lost badge'
  ]
  const { definition } = propose(lines.join('\n'), 'door-log')!
  assert.equal(definition.patterns.length, 3)
})

test('a parser made from JSON survives any object', () => {
  const parser = declaredParser(
    define({ input: 'json', requires: ['a'], fields: { a: 'source.ip', 'b.c': '@timestamp', d: 'event' } })
  )
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 4 }),
      fc.jsonValue({ maxDepth: 4 }),
      fc.jsonValue({ maxDepth: 3 }),
      (a, c, d) => {
        const parsed = parser.open({ receivedMs })('', { a, b: { c }, d, __proto__: 1 } as unknown as JsonObject)
        assert.ok(typeof parsed === 'object')
        if (parsed.ok) completeEvent(parsed.event)
      }
    )
  )
})
