/** IP addresses as bytes: strict parsing of hostile text, and the canonical text of RFC 5952. */

/** Writes the 16 bytes of an address (IPv4 as `::ffff:a.b.c.d`) at `offset`; false, with nothing meant written, if it is not one. */
export function writeIp(text: string, out: Uint8Array, offset: number): boolean {
  const length = text.length
  if (length < 2 || length > 45) return false
  let value = 0
  let digits = 0
  let dots = 0
  let at = offset + 12
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 48 && c <= 57) {
      // No octet, but perhaps the first group of `2001:db8::1` or `0000::1`.
      if (digits === 1 && value === 0) return dots === 0 && writeIp6(text, out, offset)
      value = value * 10 + c - 48
      if (++digits > 3 || value > 255) return dots === 0 && writeIp6(text, out, offset)
    } else if (c === 46 && digits > 0 && dots < 3) {
      out[at++] = value
      value = 0
      digits = 0
      dots++
    } else return writeIp6(text, out, offset)
  }
  if (dots !== 3 || digits === 0) return dots === 0 && writeIp6(text, out, offset)
  out[at] = value
  // `fill` takes longer than all of the above.
  for (let i = offset; i < offset + 10; i++) out[i] = 0
  out[offset + 10] = 255
  out[offset + 11] = 255
  return true
}

function writeIp6(text: string, out: Uint8Array, offset: number): boolean {
  const groups: number[] = []
  let gap = -1
  let i = 0
  const length = text.length
  if (text.charCodeAt(0) === 58) {
    if (text.charCodeAt(1) !== 58) return false
    gap = 0
    i = 2
  }
  while (i < length) {
    let value = 0
    let digits = 0
    const start = i
    for (; i < length; i++) {
      const c = text.charCodeAt(i)
      const digit = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1
      if (digit < 0) break
      value = value * 16 + digit
      if (++digits > 4) return false
    }
    if (i < length && text.charCodeAt(i) === 46) {
      const four = new Uint8Array(16)
      const rest = text.slice(start)
      // At the start it is no tail of an address but a name (`ec2.example.com`), and asking again would never end.
      if (start === 0 || rest.includes(':') || !writeIp(rest, four, 0)) return false
      groups.push((four[12]! << 8) | four[13]!, (four[14]! << 8) | four[15]!)
      i = length
      break
    }
    if (digits === 0 || groups.length >= 8) return false
    groups.push(value)
    if (i === length) break
    if (text.charCodeAt(i) !== 58) return false
    i++
    if (i === length) return false
    if (text.charCodeAt(i) === 58) {
      if (gap >= 0) return false
      gap = groups.length
      i++
    }
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return false
  const missing = 8 - groups.length
  let at = offset
  for (let g = 0; g <= groups.length; g++) {
    if (g === gap) for (let z = 0; z < missing * 2; z++) out[at++] = 0
    if (g === groups.length) break
    out[at++] = groups[g]! >> 8
    out[at++] = groups[g]! & 255
  }
  return true
}

const scratch = new Uint8Array(16)

export function isIp(text: unknown): text is string {
  return typeof text === 'string' && writeIp(text, scratch, 0)
}

/** 4 for dotted quads, 6 for colons, 0 for anything else. */
export function ipVersion(text: unknown): 0 | 4 | 6 {
  if (!isIp(text)) return 0
  return text.includes(':') ? 6 : 4
}

/** The canonical text of 16 bytes: a dotted quad for IPv4-mapped ones, else RFC 5952. */
export function ipText(bytes: Uint8Array, offset: number): string {
  let mapped = bytes[offset + 10] === 255 && bytes[offset + 11] === 255
  for (let i = 0; mapped && i < 10; i++) mapped = bytes[offset + i] === 0
  if (mapped) return `${bytes[offset + 12]}.${bytes[offset + 13]}.${bytes[offset + 14]}.${bytes[offset + 15]}`
  const groups: number[] = []
  for (let g = 0; g < 8; g++) groups.push((bytes[offset + g * 2]! << 8) | bytes[offset + g * 2 + 1]!)
  let bestStart = -1
  let bestLength = 1
  for (let g = 0; g < 8; ) {
    let end = g
    while (end < 8 && groups[end] === 0) end++
    if (end - g > bestLength) {
      bestStart = g
      bestLength = end - g
    }
    g = end === g ? g + 1 : end
  }
  if (bestStart < 0) return groups.map(g => g.toString(16)).join(':')
  const head = groups.slice(0, bestStart).map(g => g.toString(16))
  const tail = groups.slice(bestStart + bestLength).map(g => g.toString(16))
  return `${head.join(':')}::${tail.join(':')}`
}
