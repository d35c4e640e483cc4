/**
 * What a User-Agent header says of the browser, the device and the system (ECS `user_agent.*`), as Elastic's `user_agent`
 * processor does: the first matching pattern of each of uap-core's three lists. Shared by the parsers that see HTTP.
 *
 * The patterns are a thousand regular expressions and the text is whatever a stranger sent: they run in linear time (re2js), on
 * at most `matchedLengthMax` characters, compiled when first needed, and only where a literal that they require is in the text.
 * Results are remembered, since the same few agents make most of the traffic.
 */

import { RE2JS } from 're2js'
import { detached, Recent } from './recent.ts'
import patterns from './user-agent-patterns.json' with { type: 'json' }

export type UserAgent = {
  readonly name: string
  readonly version: string | undefined
  readonly original: string
  readonly device: { readonly name: string }
  readonly os:
    | { readonly name: string; readonly version: string | undefined; readonly full: string | undefined }
    | undefined
}

const matchedLengthMax = 512
const recent = new Recent<UserAgent>(10_000)

/** Undefined for an empty text. What no pattern knows is named `Other`. The result is shared: it must not be changed. */
export function userAgent(original: string): UserAgent | undefined {
  if (original === '') return undefined
  const matched = original.length > matchedLengthMax ? original.slice(0, matchedLengthMax) : original
  let found = recent.get(matched)
  if (found === undefined) {
    found = recognised(detached(matched))
    recent.set(matched, found)
  }
  return matched === original ? found : { ...found, original }
}

function recognised(original: string): UserAgent {
  lists ??= { agents: listOf(patterns.agents), systems: listOf(patterns.systems), devices: listOf(patterns.devices) }
  const lower = original.toLowerCase()
  const agent = firstMatch(lists.agents, original, lower)
  const system = firstMatch(lists.systems, original, lower)
  const version = system && versionText(system)
  return {
    name: agent?.[0] ?? 'Other',
    version: agent && versionText(agent),
    original,
    device: { name: firstMatch(lists.devices, original, lower)?.[0] ?? 'Other' },
    os: system && {
      name: system[0],
      version,
      full: version === undefined ? undefined : `${system[0]} ${version}`
    }
  }
}

/** Name, then the parts of the version. */
type Match = readonly [string, ...(string | undefined)[]]

type Pattern = {
  readonly source: string
  readonly ignoreCase: boolean
  /** For the name and the parts of the version; null: the capture group of that position. */
  readonly replacements: readonly (string | null)[]
  compiled: RE2JS | undefined
}

/** A literal in lower case, and the pattern that may match where it is found. */
type Literal = { readonly text: string; readonly pattern: number }

type List = {
  readonly patterns: readonly Pattern[]
  /** By their first three characters. */
  readonly literals: ReadonlyMap<number, readonly Literal[]>
  readonly shortLiterals: readonly Literal[]
}

let lists: { readonly agents: List; readonly systems: List; readonly devices: List } | undefined

/** Of rows of `[regex, flags, literals of which one is in every match, replacements]`. */
function listOf(rows: readonly unknown[]): List {
  const patterns: Pattern[] = []
  const literals = new Map<number, Literal[]>()
  const shortLiterals: Literal[] = []
  for (const [source, flags, texts, replacements] of rows as readonly Row[]) {
    for (const text of texts) {
      const literal = { text, pattern: patterns.length }
      const key = keyAt(text, 0)
      if (text.length < 3) shortLiterals.push(literal)
      else if (literals.has(key)) literals.get(key)!.push(literal)
      else literals.set(key, [literal])
    }
    patterns.push({ source, ignoreCase: flags === 'i', replacements, compiled: undefined })
  }
  return { patterns, literals, shortLiterals }
}

type Row = readonly [source: string, flags: string, literals: string[], replacements: (string | null)[]]

function keyAt(text: string, at: number): number {
  return (text.charCodeAt(at) * 65_536 + text.charCodeAt(at + 1)) * 65_536 + text.charCodeAt(at + 2)
}

/** The patterns that may match, in their order. */
function candidates(list: List, lower: string): readonly number[] {
  const found = new Set<number>()
  for (const { text, pattern } of list.shortLiterals) if (lower.includes(text)) found.add(pattern)
  for (let at = 0; at + 3 <= lower.length; at++) {
    const literals = list.literals.get(keyAt(lower, at))
    if (literals === undefined) continue
    for (const { text, pattern } of literals) if (lower.startsWith(text, at)) found.add(pattern)
  }
  return [...found].sort((a, b) => a - b)
}

function firstMatch(list: List, original: string, lower: string): Match | undefined {
  for (const candidate of candidates(list, lower)) {
    const pattern = list.patterns[candidate]!
    pattern.compiled ??= RE2JS.compile(pattern.source, pattern.ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    const matcher = pattern.compiled.matcher(original)
    if (!matcher.find()) continue
    const groups: (string | undefined)[] = []
    const count = Math.min(matcher.groupCount(), 9)
    for (let i = 1; i <= count; i++) groups.push(matcher.group(i) ?? undefined)
    const name = partOf(pattern, 0, groups)
    if (name === undefined) continue
    return [name, partOf(pattern, 1, groups), partOf(pattern, 2, groups), partOf(pattern, 3, groups), groups[4]]
  }
  return undefined
}

function partOf(pattern: Pattern, position: number, groups: readonly (string | undefined)[]): string | undefined {
  const replacement = pattern.replacements[position]
  if (replacement === undefined || replacement === null) return groups[position]
  if (!replacement.includes('$')) return replacement
  const filled = replacement.replace(/\$([1-9])/g, (_, digit: string) => groups[Number(digit) - 1] ?? '').trim()
  return filled === '' ? undefined : filled
}

/** `major.minor.patch.build`, as far as they go. An empty capture counts (Firefox becomes `84.0.`), as it does for Elastic. */
function versionText(match: Match): string | undefined {
  let text: string | undefined
  for (let i = 1; i < match.length; i++) {
    const part = match[i]
    if (part === undefined) break
    text = text === undefined ? part : `${text}.${part}`
  }
  return text
}
