/**
 * Evidence comes back: events are encoded, inserted into a real ClickHouse and rebuilt; the document must be the completed event, the
 * original its bytes. Hostile records by hand, random ones, every parser's cases, and real data where it is at hand.
 */

import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import fc from 'fast-check'
import type { Chunk } from '../../core/chunk.ts'
import { completeEvent } from '../../core/event.ts'
import { idText } from '../../core/identity.ts'
import { type EcsEvent, type JsonObject, NO_EVENT } from '../../core/parser.ts'
import { parsers } from '../../parsers/index.ts'
import { forEachRecord } from '../../parsers/parse-chunk.ts'
import { makeSample, recognise } from '../../parsers/recognise.ts'
import { BatchWorker } from '../../pipeline/worker.ts'
import { frame, listCases, parserOfCase } from '../../testing/parser-cases.ts'
import { hasEngine, type RealStore, realStore } from '../../testing/real-store.ts'
import { EventEncoder } from './event-encoder.ts'
import type { RebuiltRow } from './rebuild.ts'

const skip = hasEngine() ? false : 'the storage engine is not installed'
const receivedMs = Date.UTC(2026, 0, 3)

let real: RealStore
before(async () => {
  if (skip === false) real = await realStore()
})
after(async () => {
  await real?.[Symbol.asyncDispose]()
})

/** A record in a format. Its bytes are the text's, unless they are given. */
type Given = {
  readonly format: string
  readonly text: string
  readonly bytes?: Buffer
  readonly header?: readonly string[]
}
type Expected = { readonly original: Buffer; readonly document: EcsEvent | undefined; readonly what: string }

let prefix = 0
let token = 0

/** Each record in a chunk of its own, of framing `sized`: any bytes can be in it. Its place is its prefix. */
function chunksOf(records: readonly Given[]): Chunk[] {
  return records.map(({ format, text, bytes = Buffer.from(text), header }) => {
    const size = Buffer.alloc(4)
    size.writeUInt32LE(bytes.length)
    const headers = {
      source: 'test',
      format,
      framing: 'sized' as const,
      records: 1,
      receivedMs,
      prefix: (++prefix).toString(16).padStart(8, '0'),
      run: '',
      ...(header === undefined ? {} : { header })
    }
    return { headers, body: Buffer.concat([size, bytes]) }
  })
}

function expectedOf(chunks: readonly Chunk[]): Expected[] {
  return chunks.map(chunk => {
    let expected: Expected | undefined
    forEachRecord(chunk, (_index, start, end, text, _json, parsed) => {
      expected = {
        original: chunk.body.subarray(start, end),
        // Dead letters and comments have documents of the worker's.
        document: parsed !== NO_EVENT && parsed.ok ? completeEvent(parsed.event) : undefined,
        what: `${chunk.headers.format} ${JSON.stringify(text.slice(0, 2000))}`
      }
    })
    return expected!
  })
}

/** A document as JSON says it, without what is the row's own. */
function comparable(document: EcsEvent, like: EcsEvent): Record<string, unknown> {
  const plain = JSON.parse(JSON.stringify(document)) as Record<string, unknown>
  delete plain['picket']
  if (like['@timestamp'] === undefined) delete plain['@timestamp']
  const event = plain['event'] as Record<string, unknown> | undefined
  const likeEvent = like['event'] as Record<string, unknown> | undefined
  if (likeEvent?.['id'] === undefined && typeof event === 'object') delete event['id']
  if (event !== undefined && Object.keys(event).length === 0) delete plain['event']
  // What is not UTF-8 cannot be in the store: a lone surrogate is a replacement character in the document (not in the original).
  return JSON.parse(JSON.stringify(plain, (_key, value) => (typeof value === 'string' ? value.toWellFormed() : value)))
}

function assertSame(row: RebuiltRow, expected: Expected): void {
  assert.ok(
    row.original.equals(expected.original),
    `the original of ${expected.what}\ncame back as ${JSON.stringify(row.original.toString().slice(0, 2000))}`
  )
  if (expected.document === undefined) return
  assert.deepStrictEqual(
    comparable(row.document, expected.document),
    comparable(expected.document, expected.document),
    `the document of ${expected.what}`
  )
}

/** The records pass through a worker and the store together. They must be different in their places only. */
async function assertComesBack(records: readonly Given[], worker = new BatchWorker()): Promise<void> {
  const chunks = chunksOf(records)
  const reply = worker.run({ number: 1, chunks, known: new Uint32Array(0) })
  await real.store.insert(Buffer.from(reply.block), `t${++token}`)
  const rows = await readAll()
  const expected = expectedOf(chunks)
  const skipped = reply.outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0)
  assert.equal(rows.size, expected.length - skipped)
  // Records with an identity of their own may be the same one: those are compared by the set only.
  if (skipped > 0) return
  for (const [i, one] of expected.entries()) assertSame(rows.get(idOf(reply.ids, i))!, one)
}

/** Ids stand in the order of the rows of their block. */
const idOf = (ids: Uint32Array, row: number): string => idText(ids[row * 2]!, ids[row * 2 + 1]!)

async function readAll(): Promise<Map<string, RebuiltRow>> {
  const rows = new Map((await real.rows()).map(row => [row.id, row]))
  await real.clear()
  return rows
}

const time = '"time":"2026-01-02T03:04:05.678Z"'
const ecs = '"@timestamp":"2026-01-02T03:04:05.678Z","event":{"kind":"event"}'
const generic = (rest: string): Given => ({ format: 'ndjson', text: `{${time},${rest}}` })
const asEcs = (rest: string): Given => ({ format: 'ndjson', text: `{${ecs},${rest}}` })
const eve = (rest: string): Given => ({
  format: 'suricata',
  text: `{"timestamp":"2026-01-02T03:04:05.678901+0000",${rest}}`
})
const wide = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i]))
const nested = (depth: number, open: string, close: string): string => open.repeat(depth) + '1' + close.repeat(depth)

/** Everything here was once suspected, or found, to come back wrong. */
const hostile: Readonly<Record<string, readonly Given[]>> = {
  'keys that are words of JavaScript': [
    generic('"__proto__":1'),
    generic('"__proto__":{"a":1}'),
    generic('"x":{"__proto__":{"a":1},"b":2}'),
    asEcs('"__proto__":{"a":1}'),
    asEcs('"constructor":"a","toString":"b","hasOwnProperty":"c","valueOf":{"x":1}')
  ],
  'keys that are numbers, empty, or dots': [
    generic('"2":1,"1":2,"0":3'),
    { format: 'ndjson', text: `{"2":1,"1":2,${time}}` },
    generic('"":1'),
    generic('"":{"":{"":2}}'),
    generic('".":1,"..":2,"a.":3,".a":4,"a..b":5'),
    generic('"a":{"b":1},"a.b":2'),
    generic('"a.b":1,"a":{"b":2}'),
    generic('"a":1,"a.b":2'),
    generic('"a":["x",{"b":"y"}],"a.b":"z"'),
    { format: 'ndjson', text: '{}' },
    { format: 'ndjson', text: '{"":""}' }
  ],
  'control characters in keys and values': [0, 1, 2, 3, 4, 5, 8, 31, 127].flatMap(code => {
    const escaped = JSON.stringify(String.fromCharCode(code)).slice(1, -1)
    return [
      generic(`"a${escaped}b":"c${escaped}d"`),
      generic(`"a${escaped}1":"c","e":"${escaped}"`),
      generic(`"a":["x","y"],"a${escaped}1":"c"`),
      generic(`"${escaped}":{"${escaped}":["${escaped}","${escaped}"]}`),
      generic(`"message":"${escaped}pcmessage${escaped}"`),
      asEcs(`"tags":["${escaped}","b"],"host":{"name":"${escaped}"}`),
      eve(`"event_type":"${escaped}","src_ip":"1.2.3.4","payload":"${escaped}x"`)
    ]
  }),
  'references of a template, as data': [
    generic('"message":"\\u0001pcevent.module\\u0002"'),
    generic('"message":"\\u0001po\\u0002","b":"\\u0004x\\u0004"'),
    { format: 'text', text: '\u0001pcmessage\u0002' },
    { format: 'text', text: 'a\u0001b' },
    { format: 'text', text: '\u0004message\u0004' },
    { format: 'text', text: '\u0002/x' },
    { format: 'syslog', text: '<34>1 2026-01-02T03:04:05.678Z host app 1 ID - hello \u0001pcmessage\u0002' }
  ],
  'the same key twice': [generic('"a":1,"a":2'), generic('"a":{"b":1},"a":{"c":2}')],
  'slashes and escapes': [
    generic('"u":"a\\/b"'),
    generic('"u":"a\\/b/c"'),
    generic('"u/v":"a\\/b"'),
    generic('"u\\/v":"a\\/b"'),
    generic('"u\\/v":"x"'),
    generic('"u\\/v":{"w\\/x":["\\/"]}'),
    generic('"u":"a\\\\/b"'),
    generic('"u":"\\u0041"'),
    generic('"u":"\\u00e9"'),
    generic('"u":"é漢😀\u2028\u2029\ufeff"'),
    generic('"é漢😀\u2028\u2029\ufeff":"u"')
  ],
  'lone surrogates': [
    generic('"u":"\\ud800"'),
    generic('"u":"\\uD800"'),
    generic('"u":"\\uDC00x\\ud83d\\ude00"'),
    generic('"\\ud800":"x"'),
    generic('"\\uD800":"x"'),
    generic('"u":["\\udfff",{"v":"\\ud800\\ud800"}]'),
    asEcs('"tags":["\\ud800"],"message":"\\udc00"')
  ],
  numbers: [
    ...['12345678901234567890', '1e400', '-1e400', '-0', '0', '1.0', '1e3', '1E3', '1e21', '1e-7', '0.1', '-0.0'].map(
      n => generic(`"n":${n}`)
    ),
    generic('"n":5e-324,"m":1.7976931348623157e308,"o":9007199254740993'),
    asEcs('"event":{"kind":"event","duration":9007199254740993,"severity":1e5}'),
    asEcs('"event":{"kind":"event","duration":-5,"severity":-0}'),
    asEcs('"process":{"pid":4294967296}'),
    asEcs('"process":{"pid":4294967295}'),
    asEcs('"process":{"pid":"0042"}'),
    asEcs('"source":{"bytes":0,"packets":"0"},"destination":{"bytes":"1e3","packets":1.5}')
  ],
  'what is empty, and what is nothing': [
    generic('"a":{},"b":[],"c":"","d":null'),
    generic('"a":[{}],"b":[[]],"c":[""],"d":[null]'),
    generic('"a":[[1,2],[3]],"b":[{"c":[1]},{"c":[2,3]}]'),
    asEcs('"tags":[""]'),
    asEcs('"tags":["a","","b"]'),
    asEcs('"tags":[]'),
    asEcs('"message":""'),
    asEcs('"host":{"name":""},"user":{"name":""},"event":{"kind":"event","category":[""]}')
  ],
  'values of other types than their column': [
    asEcs('"tags":"one"'),
    asEcs('"tags":[1,2]'),
    asEcs('"tags":["a",1,"b"]'),
    asEcs('"tags":{"a":1}'),
    asEcs('"tags":["a",{"b":1},"c"]'),
    asEcs('"tags":[true,false]'),
    asEcs('"tags":[["a"],["b"]]'),
    asEcs('"tags":["a"],"tags.x":"b"'),
    asEcs('"message":["a","b"]'),
    asEcs('"message":{"a":"b"}'),
    asEcs('"message":5'),
    asEcs('"source":{"ip":["10.0.0.1","10.0.0.2"],"port":[1,2]}'),
    asEcs('"source":{"ip":{"x":"10.0.0.1"}}'),
    asEcs('"source":"x","destination":["a",{"ip":"1.2.3.4"}]'),
    asEcs('"event":{"kind":0}'),
    asEcs('"event":"x"'),
    generic('"a":[1,"1",true,null,{"b":1},{"b":"1"}]'),
    generic('"t":true,"f":false,"s":"true","n":"null"')
  ],
  'lists of objects with lists': [
    asEcs('"dns":{"answers":[{"data":["a","b"]},{"data":"c"}]}'),
    asEcs('"dns":{"answers":[{"data":"c"},{"data":["a","b"]},{"data":["d"]}]}'),
    asEcs('"dns":{"answers":[{"ttl":5},{"ttl":"6"},{"ttl":true}]}'),
    asEcs(
      '"dns":{"answers":[{"data":"a","name":"n"},{"data":"b"}]},"suricata":{"eve":{"dns":{"grouped":{"A":["a","b"],"AAAA":["b","a"],"CNAME":["a"]}}}}'
    ),
    asEcs('"dns":{"answers":{"data":["a","b"]}},"suricata":{"eve":{"dns":{"grouped":{"A":["a","b"]}}}}'),
    asEcs('"dns":{"answers":[{"data":["a"]},{"data":["b"]}]},"suricata":{"eve":{"dns":{"grouped":{"A":["a","b"]}}}}')
  ],
  'addresses as nobody writes them': [
    asEcs('"source":{"ip":"10.0.0.1","port":0,"bytes":0},"destination":{"ip":"::","port":65536}'),
    asEcs('"source":{"ip":"::ffff:10.0.0.1","port":"80"},"destination":{"ip":"0.0.0.0","port":80.5}'),
    asEcs('"source":{"ip":"::1","port":-1},"destination":{"ip":"2001:DB8::1","port":"0"}'),
    asEcs('"source":{"ip":"2001:db8:0:0:0:0:0:1"},"destination":{"ip":"::ffff:0:1"}'),
    asEcs('"source":{"ip":"::ffff:0.0.0.0"},"destination":{"ip":"::0.0.0.1"}'),
    asEcs('"source":{"ip":"010.0.0.1"},"destination":{"ip":"::1.2.3.4"}'),
    asEcs('"source":{"ip":"1::","address":"1::"},"destination":{"ip":"fe80::1%eth0","address":["x"]}'),
    asEcs('"source":{"address":5,"port":5}'),
    eve('"event_type":"flow","src_ip":"::","dest_ip":"0.0.0.0","src_port":0,"dest_port":0,"proto":"TCP"'),
    eve('"event_type":"flow","src_ip":"1.2.3.4","dest_ip":"::1","src_port":1,"dest_port":2,"proto":"TCP"'),
    eve('"event_type":"flow","src_ip":"1.2.3.4","dest_ip":"1.2.3.5","proto":"TCP"'),
    eve('"event_type":"flow","src_ip":"1.2.3.4","dest_ip":"1.2.3.5","src_port":1,"dest_port":2,"proto":"NONSENSE"'),
    eve('"event_type":"flow","src_ip":"1.2.3.4","dest_ip":"1.2.3.5","proto":"ICMP","icmp_type":8,"icmp_code":0'),
    eve('"event_type":"flow","src_ip":"fe80::1","dest_ip":"FE80::2","src_port":"1","dest_port":2,"proto":"UDP"')
  ],
  'times as nobody writes them': [
    ...[
      '2026-01-02T03:04:05.678901Z',
      '2026-01-02T03:04:05.678901234+05:30',
      '2026-01-02 03:04:05',
      '2026-12-31T23:59:60Z',
      '2026-12-31T23:59:60.000Z',
      '0001-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
      '1899-12-31T23:59:59.999Z',
      '1900-01-01T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
      '1970-01-01T00:00:00.000Z',
      '2105-12-31T23:59:59.999Z',
      '2106-02-07T06:28:16.000Z',
      '2254-12-31T23:59:59.999Z',
      '2255-01-01T00:00:00.000Z',
      '2026-01-02T03:04:05.678-0000',
      '2026-01-02T03:04:05.678+99:99',
      '2026-01-02T03:04:05.67Z',
      '2026-02-30T00:00:00.000Z',
      'garbage',
      ''
    ].flatMap(stamp => [
      { format: 'ndjson', text: `{"@timestamp":"${stamp}","event":{"kind":"event"},"again":"${stamp}"}` },
      asEcs(`"event":{"kind":"event","start":"${stamp}","end":["${stamp}","${stamp}"]},"x":"${stamp}"`),
      { format: 'suricata', text: `{"timestamp":"${stamp}","event_type":"flow","flow":{"start":"${stamp}","end":"x"}}` }
    ]),
    { format: 'ndjson', text: '{"timestamp":-62135596800}' },
    { format: 'ndjson', text: '{"timestamp":1e30}' },
    {
      format: 'ndjson',
      text: '{"timestamp":1767323045.678901,"ms":1767323045678,"text":"1767323045678","s":1767323045}'
    },
    asEcs('"event":{"kind":"event","start":5,"end":true,"created":{"a":1}}'),
    asEcs('"a":"2026-01-02T03:04:05.678Z","b":"2026-01-02T03:04:05.678901Z","c":"2026-01-02T05:04:05.678+02:00"')
  ],
  'related, which repeats': [
    asEcs('"related":{"ip":["1.2.3.4","x"],"user":["u"],"other":{"a":1}}'),
    asEcs('"related":{"ip":["1.2.3.4",5,true],"user":[1],"hash":[{"a":1}]}'),
    asEcs('"related":{"ip":"1.2.3.4","hash":"h"}'),
    asEcs('"related":"x"'),
    asEcs('"related":["a","b"]'),
    asEcs('"related":{}'),
    asEcs('"related":{"ip":[]}'),
    asEcs('"related":{"ip":[""]},"source":{"ip":"1.2.3.4"}'),
    asEcs('"related":{"ip":["1.2.3.4","1.2.3.4"],"hosts":["a","a"]},"source":{"ip":"1.2.3.4","address":"1.2.3.4"}')
  ],
  'fields that repeat others': [
    asEcs('"destination":{"domain":5},"url":{"domain":"5"}'),
    asEcs('"destination":{"domain":"5"},"url":{"domain":5}'),
    asEcs('"destination":{"domain":"5.0"},"url":{"domain":5}'),
    asEcs('"destination":{"domain":true},"url":{"domain":"true"}'),
    asEcs('"url":{"original":"A/B","path":"A/B","domain":"d"},"destination":{"domain":"d"},"file":{"path":"A/B"}'),
    asEcs('"dns":{"id":5},"suricata":{"eve":{"dns":{"id":"5"}}}'),
    asEcs('"dns":{"id":0},"suricata":{"eve":{"dns":{"id":0}}}'),
    asEcs('"a":"ß","b":"SS","x":"ŉ","y":"ʼN","i":"ı","I":"I"'),
    asEcs('"log":{"level":"info"},"labels":{"LEVEL":"INFO"}')
  ],
  'claims to be ours': [
    asEcs('"fields":"x","shape":"y","original":"z","picket.document":"w"'),
    asEcs('"picket.source":"evil","id":"5","picket":{"id":"z","undated":1}'),
    generic('"picket":{"document":"{}","kind":"x"}'),
    asEcs('"event":{"kind":"event","id":"own","original":"x"}'),
    asEcs('"event":{"kind":"pipeline_error"},"error":{"message":"fake"}'),
    asEcs('"network":{"community_id":"1:abc"},"source":{"ip":"1.2.3.4"}')
  ],
  'large, deep, wide': [
    { format: 'ndjson', text: JSON.stringify({ time: '2026-01-02T03:04:05.678Z', ...wide }) },
    { format: 'ndjson', text: JSON.stringify({ time: '2026-01-02T03:04:05.678Z', w: wide }) },
    { format: 'ndjson', text: JSON.stringify({ time: '2026-01-02T03:04:05.678Z', w: Object.keys(wide) }) },
    {
      format: 'ndjson',
      text: JSON.stringify({ time: '2026-01-02T03:04:05.678Z', w: Object.values(wide).slice(0, 3999) })
    },
    ...[20, 24, 30, 64, 500].flatMap(depth => [
      generic(`"deep":${nested(depth, '{"d":', '}')}`),
      generic(`"deep":${nested(depth, '[', ']')}`),
      generic(`"deep":${nested(depth, '[{"d":', '}]')}`)
    ]),
    generic(`"x":"${'y'.repeat(100_000)}"`),
    generic(`"${'k'.repeat(100_000)}":"v"`),
    { format: 'text', text: 'x'.repeat(1_000_000) }
  ],
  'white space and lines': [
    { format: 'ndjson', text: ` {${time},"a":1}` },
    { format: 'ndjson', text: `{${time},"a":1} ` },
    { format: 'ndjson', text: `{${time}, "a": 1}` },
    { format: 'ndjson', text: `{${time},\t"a":1}\r` },
    { format: 'ndjson', text: `{${time},\n"a":1}` },
    { format: 'text', text: ' ' },
    { format: 'text', text: ' a ' },
    { format: 'text', text: '\0' }
  ],
  'VPC flow logs': [
    '2 123456789012 eni-1 1.2.3.4 5.6.7.8 80 443 6 1 2 1767323045 1767323046 ACCEPT OK',
    '2 123456789012 eni-1 1.2.3.4 5.6.7.8 0 0 6 0 0 1767323045 1767323046 ACCEPT OK',
    '2 - eni-1 - - - - - - - 1767323045 1767323046 - NODATA',
    '2  123 eni-1 1.2.3.4 5.6.7.8 80 443 6 1 2 1767323045 1767323046 ACCEPT OK',
    '2 0123 eni-1 1.2.3.4 5.6.7.8 080 443 6 01 2 01767323045 1767323046 ACCEPT OK',
    '2 123 eni-\u00011 1.2.3.4 5.6.7.8 80 443 6 1 2 1767323045 1767323046 ACCEPT OK ',
    '2 123 eni-1 :: 0.0.0.0 80 443 6 1 2 1767323045 1767323045 ACCEPT OK',
    '2 123 eni-1 1.2.3.4 5.6.7.8 80 443 6 1 2 99999999999999 -1 ACCEPT OK'
  ].map(text => ({ format: 'vpc-flow', text })),
  'bytes that are not UTF-8': [
    [0xff],
    [0xc3, 0x28],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x9f, 0x98],
    [0xc0, 0x80],
    [0xef, 0xbb, 0xbf]
  ].flatMap(bad => [
    { format: 'text', text: '', bytes: Buffer.concat([Buffer.from('a'), Buffer.from(bad), Buffer.from('b')]) },
    {
      format: 'ndjson',
      text: '',
      bytes: Buffer.concat([Buffer.from(`{${time},"a":"`), Buffer.from(bad), Buffer.from('"}')])
    },
    {
      format: 'ndjson',
      text: '',
      bytes: Buffer.concat([Buffer.from(`{${time},"`), Buffer.from(bad), Buffer.from('":1}')])
    },
    { format: 'suricata', text: '', bytes: Buffer.concat([Buffer.from(bad), Buffer.from('{"event_type":"dns"}')]) }
  ])
}

for (const [name, records] of Object.entries(hostile)) {
  test(`hostile records: ${name}`, { skip }, async () => {
    // With others, in both orders: what a shape remembers of one record must not show in another.
    await assertComesBack([...records, ...[...records].reverse()])
  })
}

test('hostile records, each alone in its block, by a worker that saw nothing else', { skip }, async t => {
  const records = Object.values(hostile).flat()
  const chunks = chunksOf(records)
  const ids: Uint32Array[] = []
  const blocks: Uint8Array[] = []
  for (const chunk of chunks) {
    const reply = new BatchWorker().run({ number: 1, chunks: [chunk], known: new Uint32Array(0) })
    ids.push(reply.ids)
    blocks.push(reply.block)
  }
  await real.insertTogether(blocks)
  const rows = await readAll()
  const expected = expectedOf(chunks)
  assert.equal(rows.size, expected.length)
  for (const [i, one] of expected.entries()) assertSame(rows.get(idOf(ids[i]!, 0))!, one)
  t.diagnostic(`${records.length} records`)
})

test('hostile records, all together, again and again, by a worker that remembers their shapes', { skip }, async () => {
  const worker = new BatchWorker()
  const all = Object.values(hostile).flat()
  for (let round = 0; round < 2; round++) await assertComesBack(round % 2 === 0 ? all : [...all].reverse(), worker)
})

const anyText = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('', 'a', 'b', 'A', 'x y', '0', '1', '-', 'true', '1.2.3.4', '::', '::1', 'a/b', 'é')
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('2026-01-02T03:04:05.678Z', '2026-01-02T03:04:05.678901+0000', '1767323045')
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '\u0000',
      '\u0001',
      '\u0002',
      '\u0003',
      '\u0004',
      'a\u00031',
      '\u0001qo\u0002',
      '\\',
      '"',
      '\u2028'
    )
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 6 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 300 }) }
)
const anyKey = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'a',
      'b',
      'c',
      'ip',
      'port',
      'address',
      'domain',
      'name',
      'data',
      'id',
      'bytes',
      'start',
      'original'
    )
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      'source',
      'destination',
      'event',
      'dns',
      'url',
      'tls',
      'user',
      'host',
      'process',
      'related',
      'answers'
    )
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'tags',
      'message',
      'category',
      'kind',
      'pid',
      'hosts',
      'user',
      'hash',
      'path',
      'network',
      'suricata',
      'eve'
    )
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '__proto__',
      'constructor',
      '',
      '.',
      '0',
      '1',
      'a.b',
      'source.ip',
      'picket',
      '@timestamp'
    )
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) }
)
const anyLeaf = fc.oneof(
  { weight: 6, arbitrary: anyText },
  {
    weight: 3,
    arbitrary: fc.constantFrom(0, 1, 80, 443, 65535, 65536, 4294967295, 4294967296, -1, 0.5, 1e21, 9007199254740991)
  },
  { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) }
)
const { object: anyObject } = fc.letrec(tie => ({
  value: fc.oneof(
    { maxDepth: 4 },
    { weight: 5, arbitrary: anyLeaf },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 1, arbitrary: fc.array(anyText, { maxLength: 4 }) },
    { weight: 2, arbitrary: tie('object') }
  ),
  object: fc
    .array(fc.tuple(anyKey, tie('value')), { maxLength: 8 })
    // Keys as data, whatever they are called.
    .map(entries => Object.fromEntries(entries))
})) as { object: fc.Arbitrary<JsonObject> }

const spelling = fc.constantFrom('plain', 'slashes', 'spaces', 'escapes', 'uppercase escapes')

function spelled(json: JsonObject, how: string): string {
  const plain = JSON.stringify(json)
  if (how === 'slashes') return plain.replaceAll('/', '\\/')
  if (how === 'spaces') return JSON.stringify(json, undefined, 1)
  const escapeUnit = (upper: boolean) => (char: string) => {
    const code = char.charCodeAt(0).toString(16).padStart(4, '0')
    return `\\u${upper ? code.toUpperCase() : code}`
  }
  if (how === 'plain') return plain
  return plain.replace(/[\u0080-\uffff]/g, escapeUnit(how === 'uppercase escapes'))
}

const anyRecord: fc.Arbitrary<Given> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(anyObject, spelling).map(([json, how]) => ({ format: 'ndjson', text: spelled(json, how) }))
  },
  {
    weight: 3,
    arbitrary: fc.tuple(anyObject, spelling).map(([json, how]) => ({
      format: 'ndjson',
      text: spelled({ '@timestamp': '2026-01-02T03:04:05.678Z', ecs: { version: '8' }, ...json }, how)
    }))
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(anyObject, spelling, fc.constantFrom('dns', 'tls', 'http', 'flow', 'alert', 'fileinfo', 'x'), anyObject)
      .map(([json, how, type, inner]) => ({
        format: 'suricata',
        text: spelled({ timestamp: '2026-01-02T03:04:05.678901+0000', event_type: type, ...json, [type]: inner }, how)
      }))
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyObject, spelling).map(([json, how]) => ({ format: 'cloudtrail', text: spelled(json, how) }))
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom('vpc-flow', 'syslog', 'text', 'zeek', 'access-log'), fc.array(anyText, { maxLength: 15 }))
      .filter(([format]) => parsers.some(parser => parser.name === format))
      .map(([format, words]) => ({ format, text: words.join(' ') }))
  },
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 40 }).map(bytes => ({ format: 'text', text: '', bytes: Buffer.from(bytes) }))
  }
)

test('any records', { skip }, async () => {
  const worker = new BatchWorker()
  await fc.assert(
    fc.asyncProperty(fc.array(anyRecord, { minLength: 1, maxLength: 60 }), records => assertComesBack(records, worker)),
    { numRuns: Number(process.env['PICKET_RUNS'] ?? 30) }
  )
})

const isPlain = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && !Array.isArray(value))

/** What no parser of ours makes today, but the contract of events allows. */
/** The events as one block, inserted and read back. */
async function storedBy(encoder: EventEncoder, events: readonly JsonObject[]): Promise<readonly RebuiltRow[]> {
  encoder.begin()
  for (const [i, json] of events.entries()) {
    const text = JSON.stringify(json)
    const bytes = Buffer.from(text)
    encoder.add({
      event: json as EcsEvent,
      timeUs: 1_767_323_045_678_901,
      undated: false,
      kind: '',
      source: 's',
      format: 'ndjson',
      receivedMs,
      idHigh: 0,
      idLow: i,
      text: bytes.toString(),
      bytes,
      start: 0,
      end: bytes.length,
      json,
      tokens: false
    })
  }
  await real.store.insert(Buffer.from(encoder.finish()), `t${++token}`)
  const rows = await real.rows()
  await real.clear()
  assert.equal(rows.length, events.length)
  return rows
}

test('a list in one block, and a single text of the same field in the next', { skip }, async () => {
  const encoder = new EventEncoder()
  for (const tags of [['one', 'two'], '17', 'three', ['four'], 5]) {
    const [row] = await storedBy(encoder, [{ tags }])
    const json = { tags }
    assertSame(row!, {
      original: Buffer.from(JSON.stringify(json)),
      document: completeEvent(json as EcsEvent),
      what: ''
    })
  }
})

test('any events', { skip }, async () => {
  const encoder = new EventEncoder()
  await fc.assert(
    fc.asyncProperty(fc.array(anyObject, { minLength: 1, maxLength: 60 }), async events => {
      const rows = await storedBy(encoder, events)
      for (const [i, json] of events.entries()) {
        const text = JSON.stringify(json)
        const expected = { original: Buffer.from(text), document: completeEvent(json as EcsEvent), what: text }
        // `picket` is ours, and `event` an object that our id goes into.
        if (!isPlain(json['picket']) || !isPlain(json['event'])) assert.ok(rows[i]!.original.equals(expected.original))
        else assertSame(rows[i]!, expected)
      }
    }),
    { numRuns: Number(process.env['PICKET_RUNS'] ?? 30) }
  )
})

test("every parser's cases", { skip }, async t => {
  const worker = new BatchWorker()
  let count = 0
  for (const parserCase of listCases()) {
    const text = readFileSync(parserCase.inputPath, 'utf8')
    const parser = parserOfCase(parserCase, text)
    const records = frame(text, parser).map(({ text, header }) => ({ format: parser.name, text, header }))
    count += records.length
    await assertComesBack(records, worker)
  }
  t.diagnostic(`${count} records`)
})

const shared = join(import.meta.dirname, '../../../../shared/data')

function* filesBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (/\.(log|json|ndjson|csv)$/.test(entry.name)) yield path
  }
}

test('real data', { skip: skip || (existsSync(shared) ? false : 'there is no ../shared/data') }, async t => {
  const worker = new BatchWorker()
  let count = 0
  let batch: Given[] = []
  const flush = async (): Promise<void> => {
    if (batch.length > 0) await assertComesBack(batch, worker)
    count += batch.length
    batch = []
  }
  for (const folder of ['ecs', 'eve', 'cloudtrail']) {
    for (const path of filesBelow(join(shared, folder))) {
      const text = readFileSync(path, 'utf8')
      if (text.length > 30_000_000) continue
      const { parser } = recognise(makeSample(text.slice(0, 65_536), path))
      for (const record of frame(text, parser)) {
        batch.push({ format: parser.name, text: record.text, header: record.header })
        if (batch.length >= 5000) await flush()
      }
    }
  }
  await flush()
  t.diagnostic(`${count} records`)
})
