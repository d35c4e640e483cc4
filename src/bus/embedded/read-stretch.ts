/**
 * The messages of a stretch of a segment, past whatever is damaged in it. What is returned has been checked; each offset that is
 * not returned up to the one to read next is in a corrupt range.
 */
import type { CorruptRange, StoredMessage } from '../../core/bus.ts'
import { decodeHeader, decodeMessages, headerBytes, isSound } from './batch.ts'
import type { Stretch } from './segment.ts'
import { canFollow, findBatch } from './walk.ts'

/** Adds to `messages` and `corrupt` from the offset on, to about `maxBytes`. Returns the offset to read next. */
export function readStretch(
  stretch: Stretch,
  mark: Buffer,
  offset: number,
  maxBytes: number,
  messages: StoredMessage[],
  corrupt: CorruptRange[]
): number {
  const { bytes, lengthBytes, fromOffset, toOffset } = stretch
  let expected = fromOffset
  let next = offset
  let budget = maxBytes
  let p = 0
  const damaged = (to: number, damagedBytes: number, reason: string) => {
    if (to > next) corrupt.push({ fromOffset: Math.max(expected, next), toOffset: to, bytes: damagedBytes, reason })
    expected = to
    next = Math.max(next, to)
  }
  while (bytes !== undefined && p < lengthBytes && budget > 0) {
    const header = decodeHeader(bytes, p, mark)
    const whole = header !== undefined && p + header.bytes <= bytes.length && canFollow(header, expected, 0)
    if (whole && header.baseOffset + header.count <= next) {
      expected += header.count
      p += header.bytes
      continue
    }
    let reason = whole ? 'the checksum does not fit' : 'not a batch'
    if (whole && isSound(header, bytes, p + headerBytes)) {
      const added = decodeMessages(bytes, p, header, next, budget, messages)
      if (added !== undefined) {
        const end = header.baseOffset + header.count
        next = Math.max(next, messages.at(-1)!.offset + 1)
        if (next < end) return next
        budget -= added
        expected = end
        p += header.bytes
        continue
      }
      reason = 'a batch makes no sense'
      while (messages.length > 0 && messages.at(-1)!.offset >= header.baseOffset) messages.pop()
    }
    const found = findBatch(bytes, p + 1, p, expected, mark)
    if (found === undefined) {
      damaged(toOffset, lengthBytes - p, reason)
      p = lengthBytes
    } else {
      damaged(decodeHeader(bytes, found, mark)!.baseOffset, found - p, reason)
      p = found
    }
  }
  if (bytes === undefined) damaged(toOffset, lengthBytes, stretch.failure)
  else if (p >= lengthBytes && expected < toOffset) damaged(toOffset, 0, 'missing')
  return next
}
