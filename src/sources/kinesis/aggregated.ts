/**
 * Records of Kinesis that hold several, as Amazon's producer library (KPL) packs them:
 *   F3 89 9A C2, a protobuf message, the MD5 of the message (16 bytes)
 *   message: repeated string partition_key_table = 1; repeated string explicit_hash_key_table = 2; repeated Record records = 3
 *   Record:  uint64 partition_key_index = 1; uint64 explicit_hash_key_index = 2; bytes data = 3; repeated Tag tags = 4
 * https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
 */

import { createHash } from 'node:crypto'

const magic = 0xc29a89f3
const digestBytes = 16

/** What is in it; undefined where it is a record like others. */
export function disaggregated(data: Buffer): readonly Buffer[] | undefined {
  if (data.length < 4 + digestBytes || data.readUInt32LE(0) !== magic) return undefined
  const message = data.subarray(4, data.length - digestBytes)
  if (
    !createHash('md5')
      .update(message)
      .digest()
      .equals(data.subarray(data.length - digestBytes))
  )
    return undefined
  const found: Buffer[] = []
  const whole = eachField(message, (field, bytes) => {
    if (field !== 3 || bytes === undefined) return true
    return eachField(bytes, (inner, value) => {
      if (inner === 3 && value !== undefined) found.push(value)
      return true
    })
  })
  return whole ? found : undefined
}

/** Calls `see` for each field: bytes of those with a length. False where the message is damaged, or `see` says so. */
function eachField(message: Buffer, see: (field: number, bytes: Buffer | undefined) => boolean): boolean {
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 49; shift += 7) {
      const byte = message[at++]
      if (byte === undefined) return -1
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    return -1
  }
  while (at < message.length) {
    const key = varint()
    if (key < 0) return false
    const wire = key & 7
    let bytes: Buffer | undefined
    if (wire === 0) {
      if (varint() < 0) return false
    } else if (wire === 2) {
      const length = varint()
      if (length < 0 || at + length > message.length) return false
      bytes = message.subarray(at, at + length)
      at += length
    } else if (wire === 1 || wire === 5) {
      at += wire === 1 ? 8 : 4
      if (at > message.length) return false
    } else return false
    if (!see(Math.floor(key / 8), bytes)) return false
  }
  return true
}
