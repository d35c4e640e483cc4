/** The token that an HTTP request bears: `Bearer TOKEN`, `ApiKey base64(id:TOKEN)` (or the token as it is), `Basic base64(user:TOKEN)`. */

const headerCharsMax = 1024

/** Undefined: none of a known form. `schemes` are those known, in lower case. */
export function secretOf(header: string | undefined, schemes: readonly string[] = usual): string | undefined {
  const match =
    header === undefined || header.length > headerCharsMax ? null : /^([A-Za-z]+) +([\x21-\x7e]+)$/.exec(header)
  if (match === null) return undefined
  const scheme = match[1]!.toLowerCase()
  if (!schemes.includes(scheme)) return undefined
  const isPacked = scheme === 'basic' || (scheme === 'apikey' && !match[2]!.startsWith('pkt_'))
  if (!isPacked) return match[2]
  const text = Buffer.from(match[2]!, 'base64').toString('utf8')
  return text.slice(text.indexOf(':') + 1)
}

const usual = ['bearer', 'apikey', 'basic']
