/** `key=value key="value with blanks" …`: a quoted value ends at a quote before a blank or the end. */

const pairsMax = 128

export function sonicwallPairs(text: string, from: number): Record<string, string | undefined> {
  const pairs: Record<string, string | undefined> = {}
  let at = from
  for (let count = 0; count < pairsMax; count++) {
    while (text.charCodeAt(at) === 32) at++
    const equals = text.indexOf('=', at)
    if (equals < 0) break
    const space = text.indexOf(' ', at)
    if (space >= 0 && space < equals) {
      at = space + 1
      continue
    }
    const key = text.slice(at, equals)
    let end: number
    let value: string
    if (text.charCodeAt(equals + 1) === 34) {
      end = text.indexOf('"', equals + 2)
      while (end >= 0 && end + 1 < text.length && text.charCodeAt(end + 1) !== 32) end = text.indexOf('"', end + 1)
      if (end < 0) end = text.length
      value = text.slice(equals + 2, end)
      at = end + 1
    } else {
      end = space < 0 ? text.length : space
      value = text.slice(equals + 1, end)
      at = end
    }
    if (value !== '' && /^[A-Za-z0-9_-]{1,64}$/.test(key) && key !== '__proto__') pairs[key] ??= value
  }
  return pairs
}
