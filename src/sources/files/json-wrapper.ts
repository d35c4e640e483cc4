/** Does a JSON object wrap records (`{"Records": […]}`)? Its beginning says so. */

import { envelope, sureWrappers, wrappers } from '../../parsers/json-wrappers.ts'

/** How far into a document its wrapper is looked for, bytes. */
export const wrapperBytesMax = 8192

/**
 * For the object at `at`: the index within the array that wraps its records, 0 if there is none, undefined if what is here does not say.
 */
export function wrapperAt(bytes: Buffer, at: number): number | undefined {
  const limit = Math.min(bytes.length, at + wrapperBytesMax)
  const inconclusive = limit === at + wrapperBytesMax ? 0 : undefined
  let onlyEnvelope = true
  for (let i = at + 1; ; ) {
    i = skipBlanks(bytes, i, limit)
    if (i >= limit) return inconclusive
    if (bytes[i] === 44) {
      i++
      continue
    }
    if (bytes[i] !== 34) return 0
    const keyEnd = stringEnd(bytes, i, limit)
    if (keyEnd < 0) return inconclusive
    const key = bytes.toString('utf8', i + 1, Math.min(keyEnd - 1, i + 65))
    i = skipBlanks(bytes, keyEnd, limit)
    if (i >= limit) return inconclusive
    if (bytes[i] !== 58) return 0
    i = skipBlanks(bytes, i + 1, limit)
    if (i >= limit) return inconclusive
    const lower = key.toLowerCase()
    if (bytes[i] === 91 && ((onlyEnvelope && wrappers.has(lower)) || sureWrappers.has(key))) {
      const first = skipBlanks(bytes, i + 1, limit)
      if (first >= limit) return inconclusive
      if (bytes[first] === 123 || bytes[first] === 93) return i + 1
    }
    if (!envelope.has(lower)) onlyEnvelope = false
    const end = valueEnd(bytes, i, limit)
    if (end < 0) return inconclusive
    i = end
  }
}

/** The index after the value at `at`; -1 if it does not end before the limit. */
function valueEnd(bytes: Buffer, at: number, limit: number): number {
  let depth = 0
  for (let i = at; i < limit; i++) {
    const byte = bytes[i]!
    if (byte === 34) {
      const end = stringEnd(bytes, i, limit)
      if (end < 0) return -1
      if (depth === 0) return end
      i = end - 1
    } else if (byte === 123 || byte === 91) depth++
    else if (byte === 125 || byte === 93) {
      if (depth === 0) return i
      if (--depth === 0) return i + 1
    } else if (depth === 0 && byte === 44) return i
  }
  return -1
}

function stringEnd(bytes: Buffer, at: number, limit: number): number {
  for (let i = at + 1; i < limit; i++) {
    const byte = bytes[i]!
    if (byte === 92) i++
    else if (byte === 34) return i + 1
    else if (byte === 10) return i
  }
  return -1
}

function skipBlanks(bytes: Buffer, at: number, limit: number): number {
  let i = at
  while (i < limit && bytes[i]! <= 32) i++
  return i
}
