/**
 * Names that are made to be taken for others: written with letters that look the same, or a letter off. Skeletons are after Unicode TS 39 (4), with a table of the
 * letters that attackers use; distance is Damerau's, and only whether it is 1.
 */

import { Recent } from '../parsers/shared/recent.ts'
import { toUnicode } from './punycode.ts'

/** Letters that look like Latin ones: each row is what it looks like, then the letters. */
const rows: readonly (readonly [string, string])[] = [
  ['a', 'аɑαáàâäãåāăąạảа'],
  ['b', 'ЬƄɓь'],
  ['c', 'сϲçćčĉċ'],
  ['d', 'ԁɗďđ'],
  ['e', 'еёéèêëēĕėęěẹєҽ'],
  ['f', 'ƒϝ'],
  ['g', 'ɡģğĝġց'],
  ['h', 'һհħĥ'],
  ['i', 'іїíìîïīĭįıιỉị1l|!'],
  ['j', 'јϳĵ'],
  ['k', 'κкķ'],
  ['m', 'м'],
  ['n', 'ոńñňņпи'],
  ['o', '0оοσöóòôõøōŏőọօө'],
  ['p', 'рρƿþ'],
  ['q', 'ԛգ'],
  ['r', 'гŕřŗ'],
  ['s', 'ѕśşšŝș5$'],
  ['t', 'тťţțτ'],
  ['u', 'υսüúùûũūŭůűųụц'],
  ['v', 'νѵ'],
  ['w', 'ԝωŵшѡ'],
  ['x', 'хχ'],
  ['y', 'уүýÿŷγ'],
  ['z', 'źżžᴢ']
]
const lookOf = new Map<string, string>(
  rows.flatMap(([look, letters]) => [...letters].map(letter => [letter, look] as const))
)

/** Two names with the same skeleton look the same. */
export function skeletonOf(text: string): string {
  const known = recent.get(text)
  if (known !== undefined) return known
  const made = madeSkeleton(text)
  if (text.length < 128) recent.set(text, made)
  return made
}

/** The same names are compared again and again. */
const recent = new Recent<string>(10_000)

function madeSkeleton(text: string): string {
  let out = ''
  for (const letter of text.normalize('NFKC').toLowerCase()) out += lookOf.get(letter) ?? letter
  return out.replaceAll('rn', 'm').replaceAll('vv', 'w').replaceAll('ci', 'd')
}

/** Is one made from the other by one letter added, left out, changed, or two neighbours swapped? */
export function isOneOff(a: string, b: string): boolean {
  if (a === b || Math.abs(a.length - b.length) > 1) return false
  let from = 0
  while (from < a.length && a[from] === b[from]) from++
  let endA = a.length
  let endB = b.length
  while (endA > from && endB > from && a[endA - 1] === b[endB - 1]) {
    endA--
    endB--
  }
  const left = endA - from
  const right = endB - from
  if (left <= 1 && right <= 1) return true
  return left === 2 && right === 2 && a[from] === b[from + 1] && a[from + 1] === b[from]
}

/** Letters of several alphabets in one label that no language mixes. */
export function mixesScripts(domain: string): boolean {
  return toUnicode(domain)
    .split('.')
    .some(label => {
      const latin = /[a-z]/i.test(label)
      const other = /[\u0370-\u03ff\u0400-\u052f\u0530-\u058f\u13a0-\u13ff]/.test(label)
      return latin && other
    })
}

export type Likeness = 'looks the same' | 'one letter off' | 'another ending'

/**
 * How a registrable domain is like another that it is not. Short names are one letter off from too many others: `offFrom` is the length from which that
 * counts. Another ending counts where `endings` is set.
 */
export function likenessOf(
  domain: string,
  known: string,
  { offFrom, endings }: { readonly offFrom: number; readonly endings: boolean }
): Likeness | undefined {
  const shown = toUnicode(domain)
  if (shown === known || domain === known) return undefined
  const [label, ending] = cut(shown)
  const [knownLabel, knownEnding] = cut(known)
  if (label === knownLabel) return endings && ending !== knownEnding ? 'another ending' : undefined
  if (knownLabel.length < 3) return undefined
  if (skeletonOf(label) === skeletonOf(knownLabel)) return 'looks the same'
  // Two names that both mean something (`mailer`, `mailers`) are told apart by their ending too.
  return knownLabel.length >= offFrom && isOneOff(label, knownLabel) ? 'one letter off' : undefined
}

function cut(domain: string): [label: string, ending: string] {
  const dot = domain.indexOf('.')
  return dot < 0 ? [domain, ''] : [domain.slice(0, dot), domain.slice(dot + 1)]
}
