/**
 * What stands before the message of a Cisco firewall, and what syslog's header makes of it:
 *
 *   prefix = "%" ( "ASA" | "FTD" | "PIX" | "FWSM" ) "-" [ class "-" ] severity "-" number ":"
 *
 * Devices write neither host nor tag as RFC 3164 wants them: `stamp: %ASA-…`, `stamp host : %ASA-…`, `stamp EDT: %ASA-…`,
 * `host: stamp: %ASA-…`. So the host and the zone may stand in the tag, or in front of the prefix.
 */

export type Prefix = {
  readonly product: 'asa' | 'ftd'
  /** The class of the message (`session`), where the device is set to name it. */
  readonly suffix: string | undefined
  readonly severity: number
  readonly number: string
  /** Where the text goes on. */
  readonly end: number
}

const products: readonly (readonly [string, 'asa' | 'ftd'])[] = [
  ['%ASA-', 'asa'],
  ['%FTD-', 'ftd'],
  ['%PIX-', 'asa'],
  ['%FWSM-', 'asa']
]

/** Prefixes stand within the first characters: behind a host or a second time stamp at most. */
const startMax = 160

/** Where a prefix begins, or -1. Cheap: asked about all sorts of messages. */
export function prefixAt(text: string): number {
  if (text.charCodeAt(0) === 37) return isPrefix(text, 0) ? 0 : -1
  const at = text.slice(0, startMax).indexOf(' %')
  return at >= 0 && isPrefix(text, at + 1) ? at + 1 : -1
}

function isPrefix(text: string, at: number): boolean {
  for (const [prefix] of products) if (text.startsWith(prefix, at)) return true
  return false
}

export function scanPrefix(text: string, at: number): Prefix | undefined {
  const found = products.find(([prefix]) => text.startsWith(prefix, at))
  if (found === undefined) return undefined
  let from = at + found[0].length
  let suffix: string | undefined
  if (!isDigit(text.charCodeAt(from))) {
    const dash = text.indexOf('-', from)
    if (dash < 0 || dash - from > 64) return undefined
    suffix = text.slice(from, dash)
    from = dash + 1
  }
  const severity = text.charCodeAt(from) - 48
  if (!(severity >= 0 && severity <= 7) || text.charCodeAt(from + 1) !== 45) return undefined
  let end = from + 2
  while (isDigit(text.charCodeAt(end)) && end - from < 12) end++
  const number = text.slice(from + 2, end)
  if (number === '') return undefined
  if (text.charCodeAt(end) === 58) end++
  while (text.charCodeAt(end) === 32) end++
  return { product: found[1], suffix, severity, number, end }
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Abbreviations of zones that Cisco's devices write, in minutes east of UTC. */
const zones: Readonly<Record<string, number>> = {
  UTC: 0,
  GMT: 0,
  EST: -300,
  EDT: -240,
  CST: -360,
  CDT: -300,
  MST: -420,
  MDT: -360,
  PST: -480,
  PDT: -420
}

export function zoneOf(word: string): number | undefined {
  return Object.hasOwn(zones, word) ? zones[word] : undefined
}
