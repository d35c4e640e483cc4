/** The wire format, against an encoder of its own: what is written is read, whatever it is; what is damaged is a reason, never an exception. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRequest, placesOf, recordAt } from './protobuf.ts'

type Any = { [kind: string]: unknown }

const varint = (value: bigint): number[] => {
  const bytes: number[] = []
  for (let left = BigInt.asUintN(64, value); ; left >>= 7n) {
    if (left < 128n) return [...bytes, Number(left)]
    bytes.push(Number(left & 127n) | 128)
  }
}
const sized = (field: number, bytes: Iterable<number>): number[] => {
  const all = [...bytes]
  return [...varint(BigInt((field << 3) | 2)), ...varint(BigInt(all.length)), ...all]
}
const text = (field: number, value: string): number[] => sized(field, Buffer.from(value))
const fixed64 = (field: number, value: bigint): number[] => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return [(field << 3) | 1, ...bytes]
}
const double = (field: number, value: number): number[] => {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [(field << 3) | 1, ...bytes]
}

function encodeAny(value: Any): number[] {
  const [kind, of] = Object.entries(value)[0] as [string, unknown]
  switch (kind) {
    case 'stringValue':
      return text(1, of as string)
    case 'boolValue':
      return [16, of === true ? 1 : 0]
    case 'intValue':
      return [24, ...varint(BigInt(of as string))]
    case 'doubleValue':
      return double(4, of as number)
    case 'bytesValue':
      return sized(7, Buffer.from(of as string, 'base64'))
    case 'arrayValue':
      return sized(
        5,
        ((of as { values?: Any[] }).values ?? []).flatMap(one => sized(1, encodeAny(one)))
      )
    default:
      return sized(
        6,
        ((of as { values?: { key: string; value: Any }[] }).values ?? []).flatMap(one => sized(1, encodePair(one)))
      )
  }
}
const encodePair = ({ key, value }: { key: string; value: Any }): number[] => [
  ...text(1, key),
  ...sized(2, encodeAny(value))
]

const plainRecord = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(model as { [key: string]: fc.Arbitrary<unknown> }, { noNullPrototype: true }) as fc.Arbitrary<T>

const { any } = fc.letrec<{ any: Any }>(tie => ({
  any: fc.oneof(
    { maxDepth: 4 },
    plainRecord({ stringValue: fc.string({ unit: 'grapheme' }) }),
    plainRecord({ boolValue: fc.boolean() }),
    plainRecord({ intValue: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String) }),
    plainRecord({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
    plainRecord({ bytesValue: fc.uint8Array().map(bytes => Buffer.from(bytes).toString('base64')) }),
    plainRecord({ arrayValue: plainRecord({ values: fc.array(tie('any'), { minLength: 1, maxLength: 4 }) }) }),
    plainRecord({
      kvlistValue: plainRecord({
        values: fc.array(plainRecord({ key: fc.string({ minLength: 1 }), value: tie('any') }), {
          minLength: 1,
          maxLength: 4
        })
      })
    })
  )
}))

test('a record is read as it was written', () => {
  fc.assert(
    fc.property(
      any,
      fc.array(plainRecord({ key: fc.string({ minLength: 1 }), value: any }), { minLength: 1, maxLength: 5 }),
      fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      (body, attributes, time, trace) => {
        const record = [
          ...fixed64(1, time),
          ...[16, 9],
          ...text(3, 'INFO'),
          ...sized(5, encodeAny(body)),
          ...attributes.flatMap(one => sized(6, encodePair(one))),
          ...[0x45, 1, 0, 0, 0x80],
          ...sized(9, trace),
          // A field of tomorrow.
          ...text(99, 'x')
        ]
        // The resource stands behind what it is about.
        const request = Buffer.from(
          sized(1, [
            ...sized(2, [...sized(1, text(1, 'scope')), ...sized(2, record), ...sized(2, [])]),
            ...sized(1, sized(1, encodePair({ key: 'service.name', value: { stringValue: 'web' } })))
          ])
        )
        assert.deepEqual(checkRequest(request), { records: 2, aboutBytesMax: 23 })
        const [place, empty] = [...placesOf(request)]
        assert.deepEqual(place!.about, {
          resource: { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] },
          resourceSchema: undefined,
          scope: { name: 'scope' }
        })
        assert.deepEqual(recordAt(request, place!), {
          timeUnixNano: String(time),
          severityNumber: 9,
          severityText: 'INFO',
          body,
          attributes,
          flags: 0x80000001,
          traceId: Buffer.from(trace).toString('hex')
        })
        assert.deepEqual(recordAt(request, empty!), {})
      }
    )
  )
})

test('damaged bytes are a reason, never an exception', () => {
  const good = sized(1, sized(2, sized(2, [...text(3, 'INFO'), ...sized(5, text(1, 'hello'))])))
  const look = (bytes: Uint8Array): void => {
    if (typeof checkRequest(bytes) === 'string') return
    for (const place of placesOf(bytes)) recordAt(bytes, place)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), look))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (at, byte, length) =>
      look(Uint8Array.from(good.with(at, byte).slice(0, length)))
    )
  )
  assert.equal(checkRequest(Uint8Array.from([0x0b, 0x0c])), 'a field of type 3')
  assert.equal(checkRequest(Uint8Array.from([0x0a, 0x7f])), 'a message is cut off')
  assert.equal(checkRequest(Uint8Array.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0xff])), 'a key or length that is too large')
  // Lists within lists within lists.
  let deep = text(1, 'x')
  for (let i = 0; i < 200; i++) deep = sized(5, sized(1, deep))
  const bytes = Uint8Array.from(sized(1, sized(2, sized(2, sized(5, deep)))))
  assert.deepEqual(checkRequest(bytes), { records: 1, aboutBytesMax: 0 })
  assert.equal(recordAt(bytes, [...placesOf(bytes)][0]!), 'values within values, more than 64 deep')
})
