import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { jsonElements } from '../../json-elements.ts'
import { crc32 } from './crc32.ts'
import { evtx } from './evtx.ts'
import { type BinaryXml, sealChunk, type TestValue, templateInstance, valueBlock, writeEvtx } from './evtx-writer.ts'
import { fileTime } from './values.ts'

type Event = { readonly Event: { readonly System?: unknown } }

async function* pieces(bytes: Uint8Array, size = bytes.length): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function decodeAll(
  bytes: Uint8Array,
  size?: number
): Promise<{ readonly records: Event[]; readonly problem: string }> {
  const records: Event[] = []
  let problem = ''
  try {
    for await (const batch of evtx.decode(pieces(bytes, size)))
      for (const one of batch) records.push(JSON.parse(one) as Event)
  } catch (error) {
    problem = (error as Error).message
  }
  return { records, problem }
}

const text = (value: string): TestValue => ({ type: 0x01, bytes: Buffer.from(value, 'utf16le') })
const fileTimeOf = (iso: string): TestValue => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE((BigInt(Date.parse(iso)) + 11_644_473_600_000n) * 10_000n)
  return { type: 0x11, bytes }
}
const hex = (type: number, value: string): TestValue => ({ type, bytes: Buffer.from(value, 'hex') })

function eventTemplate(xml: BinaryXml): void {
  xml.open('Event', { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' }).open('System')
  xml.open('Provider', { Name: 'Test', Guid: 0 }).close().element('EventID', 1, { Qualifiers: 2 })
  xml.open('Security', { UserID: 3 }).close().close()
  xml.piece(4).close()
}

function dataTemplate(xml: BinaryXml): void {
  xml.open('EventData')
  for (let i = 0; i < 6; i++) xml.element('Data', i, { Name: `Value${i}` })
  xml.element('Data', 6).close()
}

const guid = hex(0x0f, '5d937057 2ac2 e043 bf4c 06f5698ffbd9'.replaceAll(' ', ''))
const headOfValues: readonly TestValue[] = [
  guid,
  hex(0x06, '0112'),
  hex(0x00, ''),
  hex(0x13, '010100000000000512000000')
]

test('a template, its second use, and binary XML within', async () => {
  const inner = (at: number): TestValue => {
    const values = [
      text('ä "x"\n'),
      hex(0x08, 'ffffffff'),
      hex(0x0d, '01000000'),
      hex(0x00, ''),
      text(''),
      hex(0x14, 'e7030000')
    ]
    const list: TestValue = { type: 0x81, bytes: Buffer.from('one\0two\0', 'utf16le') }
    const instance = templateInstance(at, dataTemplate)
    return { type: 0x21, bytes: Buffer.concat([instance, valueBlock([...values, list]), Buffer.from([0])]) }
  }
  // The offset of the inner template depends on what stands before it: found by trying.
  const build = (at: number) => writeEvtx(eventTemplate, [{ values: [...headOfValues, inner(at)] }])
  const at = build(0).lastIndexOf(inner(0).bytes.subarray(0, 6)) - 4096
  const { records, problem } = await decodeAll(build(at))
  assert.equal(problem, '')
  assert.deepEqual(records, [
    {
      Event: {
        '#attributes': { xmlns: 'http://schemas.microsoft.com/win/2004/08/events/event' },
        System: {
          Provider: { '#attributes': { Name: 'Test', Guid: '5770935D-C22A-43E0-BF4C-06F5698FFBD9' } },
          EventID: 4609,
          Security: { '#attributes': { UserID: 'S-1-5-18' } }
        },
        EventData: {
          Value0: 'ä "x"\n',
          Value1: 4294967295,
          Value2: true,
          Value3: null,
          Value4: '',
          Value5: '0x3e7',
          Data: { '#text': ['one', 'two'] }
        }
      }
    }
  ])
})

test('values of every type', async () => {
  const values: readonly (readonly [TestValue, unknown])[] = [
    [hex(0x02, '61e400'), 'aä'],
    [hex(0x03, 'ff'), -1],
    [hex(0x04, 'ff'), 255],
    [hex(0x05, 'feff'), -2],
    [hex(0x06, 'feff'), 65534],
    [hex(0x07, 'ffffffff'), -1],
    [hex(0x09, 'ffffffffffffffff'), -1],
    [hex(0x0a, 'ffffffffffffffff'), '18446744073709551615'],
    [hex(0x0b, '0000c03f'), 1.5],
    [hex(0x0c, '000000000000f87f'), 'NaN'],
    [hex(0x0d, '00000000'), false],
    [hex(0x0e, 'deadbeef'), 'DEADBEEF'],
    [hex(0x10, '0100000000000000'), '0x1'],
    [fileTimeOf('2025-05-09T05:44:06.456Z'), '2025-05-09T05:44:06.456000Z'],
    [hex(0x12, 'e9070500050009000500 2c000600c801'.replaceAll(' ', '')), '2025-05-09T05:44:06.456Z'],
    [hex(0x13, '010500000000000515000000010000000200000003000000f4010000'), 'S-1-5-21-1-2-3-500'],
    [hex(0x15, '0000000000002080'), '0x8020000000000000'],
    [hex(0x88, '0100000002000000'), [1, 2]],
    [hex(0x95, '01000000000000000200000001000000'), ['0x1', '0x100000002']],
    [hex(0x77, '0102'), '0102'],
    [hex(0x07, '01'), 'damaged']
  ]
  for (const [value, expected] of values) {
    const file = writeEvtx(xml => xml.open('Event').element('V', 0).close(), [{ values: [value] }])
    const { records, problem } = await decodeAll(file)
    if (expected === 'damaged') assert.match(problem, /1 records could not be read/)
    else assert.deepEqual(records, [{ Event: { V: expected } }], `type ${value.type}`)
  }
  assert.equal(fileTime(0, 0), '1601-01-01T00:00:00.000000Z')
})

const simple = (xml: BinaryXml) => void xml.open('Event').element('System', 0).close()
const three = () =>
  writeEvtx(
    simple,
    [text('a'), text('b'), text('c')].map(value => ({ values: [value] }))
  )
const names = (records: readonly Event[]): unknown[] => records.map(one => one.Event.System)

test('any cut of the bytes gives the same records', async () => {
  for (const size of [1000, 4096, 65_536, 70_000])
    assert.deepEqual(names((await decodeAll(three(), size)).records), ['a', 'b', 'c'])
})

test('damage is left out and told', async () => {
  const record = three()
  record.writeUInt16LE(0xffff, 4096 + 512 + record.readUInt32LE(4096 + 516) + 24 + 4 + 10 + 4)
  assert.deepEqual(names((await decodeAll(record)).records), ['a', 'c'])
  assert.match((await decodeAll(record)).problem, /1 records could not be read .*; 1 chunks have a wrong checksum/)

  const cut = three().subarray(0, 4096 + 700)
  const { records, problem } = await decodeAll(cut)
  assert.deepEqual(names(records)[0], 'a')
  assert.match(problem, /the file ends within a chunk, after 700 bytes/)

  const noChunk = Buffer.concat([three(), Buffer.alloc(65_536, 7), Buffer.alloc(65_536), three().subarray(4096)])
  const found = await decodeAll(noChunk)
  assert.deepEqual(names(found.records), ['a', 'b', 'c', 'a', 'b', 'c'])
  assert.equal(found.problem, '1 chunks of 64 KiB are no chunks')

  const header = three()
  header[130] = 1
  header[8] = 1
  assert.match((await decodeAll(header)).problem, /the header has a wrong checksum/)
  assert.match((await decodeAll(Buffer.from('ElfFile\0'))).problem, /ends within its header/)
})

test('values that unfold without end are cut short', async () => {
  // Each level uses its one value 60 times over, and all use the same template.
  let value = text('x'.repeat(1000))
  const file = writeEvtx(
    xml => {
      xml.open('E')
      for (let i = 0; i < 60; i++) xml.piece(0)
      xml.close()
    },
    [{ values: [value] }]
  )
  assert.equal((await decodeAll(file)).records.length, 1)
  for (let depth = 0; depth < 8; depth++) {
    const reference = Buffer.alloc(10)
    reference.set([0x0c, 1, 1, 0, 0, 0])
    reference.writeUInt32LE(512 + 24 + 4 + 10, 6)
    value = { type: 0x21, bytes: Buffer.concat([reference, valueBlock([value]), Buffer.from([0])]) }
  }
  const bomb = writeEvtx(
    xml => {
      xml.open('E')
      for (let i = 0; i < 60; i++) xml.piece(0)
      xml.close()
    },
    [{ values: [value] }]
  )
  const started = Date.now()
  const { records, problem } = await decodeAll(bomb)
  assert.equal(records.length, 0)
  assert.match(problem, /unfold without end/)
  assert.ok(Date.now() - started < 5000)
})

test('changed bytes never make it throw anything but what it tells', async () => {
  const whole = three()
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(700), fc.nat(255)), { minLength: 1, maxLength: 8 }),
      fc.boolean(),
      async (changes, sealed) => {
        const bytes = Buffer.from(whole)
        for (const [at, value] of changes) bytes[4096 + at] = value
        if (sealed && bytes.readUInt32LE(4096 + 48) <= 65_536) sealChunk(bytes.subarray(4096))
        const { records, problem } = await decodeAll(bytes)
        assert.ok(Array.isArray(records))
        assert.ok(!/undefined|not a function|out of range/.test(problem), problem)
      }
    ),
    { numRuns: 300 }
  )
})

test('the checksum is that of zlib', () => {
  assert.equal(crc32(Buffer.from('123456789'), 0, 9), 0xcbf43926)
  assert.equal(crc32(Buffer.from('123456789'), 4, 9, crc32(Buffer.from('123456789'), 0, 4)), 0xcbf43926)
})

const samples = join(import.meta.dirname, '../../../../../shared/data/sigma/regression_data')

test('real files, against what evtx_dump made of them', {
  skip: existsSync(samples) ? false : `no samples at ${samples}`
}, async () => {
  const files = readdirSync(samples, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.evtx'))
  // That tool cuts blanks off the ends of strings.
  const trimmed = (value: unknown) =>
    JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'string' ? inner.trim() : inner))
  for (const name of files) {
    const { records, problem } = await decodeAll(readFileSync(join(samples, name)))
    assert.equal(problem, '', name)
    const found = new Set(records.map(trimmed))
    for (const expected of jsonElements(readFileSync(join(samples, name.replace(/evtx$/, 'json')), 'utf8')))
      assert.ok(found.has(trimmed(JSON.parse(expected))), name)
  }
})
