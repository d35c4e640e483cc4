/** The addresses of mail headers: `Ann Example <ann@example.com>, "Bob, Jr." <bob@example.com>`. */

const addressesMax = 256

/** Undefined if there are none. A name without an address stays as it is. */
export function addressesOf(values: readonly string[]): string[] | undefined {
  const out: string[] = []
  for (const value of values)
    for (const one of split(value)) {
      if (out.length >= addressesMax) return out
      const open = one.lastIndexOf('<')
      const close = open < 0 ? -1 : one.indexOf('>', open)
      const address = (close > open ? one.slice(open + 1, close) : one).trim()
      if (address !== '' && !out.includes(address)) out.push(address)
    }
  return out.length === 0 ? undefined : out
}

/** At commas outside quotes and angle brackets. */
function split(text: string): string[] {
  const out: string[] = []
  let quoted = false
  let inside = false
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    else if (code === 34) quoted = !quoted
    else if (quoted) continue
    else if (code === 60) inside = true
    else if (code === 62) inside = false
    else if (code === 44 && !inside) {
      out.push(text.slice(from, i))
      from = i + 1
    }
  }
  out.push(text.slice(from))
  return out
}
