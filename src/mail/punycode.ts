/** Domain names as people see them: `xn--` labels decoded (RFC 3492). What is not valid stays as it is. */

const base = 36
const tMin = 1
const tMax = 26

export function toUnicode(domain: string): string {
  if (!domain.includes('xn--')) return domain
  return domain
    .split('.')
    .map(label => (label.startsWith('xn--') ? (decodeLabel(label.slice(4)) ?? label) : label))
    .join('.')
}

function decodeLabel(text: string): string | undefined {
  if (text.length > 59) return undefined
  const cut = text.lastIndexOf('-')
  const out = [...text.slice(0, Math.max(0, cut))].map(char => char.codePointAt(0)!)
  let n = 128
  let bias = 72
  let i = 0
  for (let at = cut < 0 ? 0 : cut + 1; at < text.length; ) {
    const before = i
    let weight = 1
    for (let k = base; ; k += base) {
      const digit = digitOf(text.charCodeAt(at++))
      if (digit < 0) return undefined
      i += digit * weight
      if (i > 0x7fffffff) return undefined
      const t = k <= bias ? tMin : Math.min(tMax, k - bias)
      if (digit < t) break
      weight *= base - t
      if (at >= text.length) return undefined
    }
    const size = out.length + 1
    let delta = before === 0 ? Math.floor((i - before) / 700) : (i - before) >> 1
    delta += Math.floor(delta / size)
    let k = 0
    for (; delta > ((base - tMin) * tMax) >> 1; k += base) delta = Math.floor(delta / (base - tMin))
    bias = k + Math.floor(((base - tMin + 1) * delta) / (delta + 38))
    n += Math.floor(i / size)
    if (n > 0x10ffff || (n >= 0xd800 && n <= 0xdfff)) return undefined
    i %= size
    out.splice(i++, 0, n)
  }
  return String.fromCodePoint(...out)
}

function digitOf(code: number): number {
  if (code >= 48 && code <= 57) return code - 22
  const lower = code | 32
  return lower >= 97 && lower <= 122 ? lower - 97 : -1
}
