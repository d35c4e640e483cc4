/**
 * Access logs in a format of the administrator's own: a `LogFormat "…"` line, as it stands in Apache's configuration, put in front of
 * the lines tells how to read them. Compiled once a header; reading is a search for the next literal.
 *
 *   directive = "%" *( "!" / "," / "<" / ">" / DIGIT ) [ "{" name "}" ] ( letter / "^ti" / "^to" )      ; mod_log_config
 */

import { parseClf, parseIso } from '../../core/time.ts'

/** What a directive's value is: `t`, `>s` is `s`; headers and the like are `i:user-agent`. */
type Part = { readonly key: string; readonly until: string; readonly quoted: boolean }

export type LogFormat = { readonly lead: string; readonly parts: readonly Part[] }

const partsMax = 64
const directive = /%[!,<>0-9]{0,16}(?:\{([^}]{1,64})\})?(\^t[io]|[A-Za-z%])/g

/** Undefined if the line is no `LogFormat`, or two directives stand together, so that nothing tells where the first ends. */
export function compileLogFormat(line: string): LogFormat | undefined {
  const match = /^\s*#?\s*LogFormat\s+"((?:[^"\\]|\\.){1,2000})"/.exec(line.slice(0, 2100))
  if (match === null) return undefined
  const pattern = match[1]!.replaceAll('\\"', '"').replaceAll('\\t', '\t').replaceAll('\\\\', '\\')
  const found = [...pattern.matchAll(directive)]
  if (found.length === 0 || found.length > partsMax) return undefined
  const parts: Part[] = []
  for (let i = 0; i < found.length; i++) {
    const [text, name, letter] = found[i]!
    const end = found[i]!.index + text.length
    const until = untilOf(pattern, found, i, end)
    // `%U%q`, path and query, is what everybody writes: read as one.
    const joined = until === '' && letter === 'U' && found[i + 1]?.[2] === 'q'
    if (until === '' && i + 1 < found.length && !joined) return undefined
    const lower = name?.toLowerCase()
    const after = joined ? untilOf(pattern, found, i + 1, end + 2) : until
    const quoted = pattern.charCodeAt(found[i]!.index - 1) === 34 && after.startsWith('"')
    parts.push({ key: lower === undefined ? letter! : `${letter}:${lower}`, until: after, quoted })
    if (joined) i++
  }
  return { lead: pattern.slice(0, found[0]!.index), parts }
}

/** The literal between a directive, which ends at `end`, and the next. */
function untilOf(pattern: string, found: readonly RegExpExecArray[], i: number, end: number): string {
  return i + 1 < found.length ? pattern.slice(end, found[i + 1]!.index) : pattern.slice(end)
}

/** The values by their keys; undefined if the line is not of the format. `-` and empty values are left out. */
export function readLogFormat(format: LogFormat, line: string): Map<string, string> | undefined {
  if (!line.startsWith(format.lead)) return undefined
  const values = new Map<string, string>()
  let at = format.lead.length
  for (const { key, until, quoted } of format.parts) {
    // Apache writes %t with its brackets.
    const search = key === 't' && line.charCodeAt(at) === 91 ? line.indexOf(']', at) + 1 : at
    let end = until === '' ? line.length : line.indexOf(until, search)
    while (quoted && end > at && isEscaped(line, end, at)) end = line.indexOf(until, end + 1)
    if (end < 0) return undefined
    const value = line.slice(at, end)
    if (value !== '-' && value !== '' && !values.has(key)) values.set(key, value)
    at = end + until.length
  }
  return values
}

function isEscaped(line: string, at: number, from: number): boolean {
  let slashes = 0
  while (at - 1 - slashes >= from && line.charCodeAt(at - 1 - slashes) === 92) slashes++
  return (slashes & 1) === 1
}

/** The time of the values in microseconds. */
export function timeOf(values: ReadonlyMap<string, string>, timezoneMinutes: number): number | undefined {
  const stamp = values.get('t')
  if (stamp !== undefined) return parseClf(stamp, stamp.charCodeAt(0) === 91 ? 1 : 0, true)
  const iso = values.get('t:%y-%m-%dt%h:%m:%s%z') ?? values.get('t:%ft%t%z') ?? values.get('t:%ft%t')
  if (iso !== undefined) return parseIso(iso, timezoneMinutes)
  for (const [key, scale] of [
    ['t:usec', 1],
    ['t:msec', 1000],
    ['t:sec', 1_000_000]
  ] as const) {
    const text = values.get(key)
    if (text !== undefined && /^\d{9,16}$/.test(text)) return Number(text) * scale
  }
  return undefined
}
