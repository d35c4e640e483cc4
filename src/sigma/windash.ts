/** `windash`: programs of Windows take options after any of these, so a value is looked for with each of them. */

import type { WildcardPart } from '../filter/wildcard.ts'
import { joinParts, type Parts } from './sigma-string.ts'

const dashes = ['-', '/', '–', '—', '―'] as const
/** At the beginning of a word: the dashes within `-param-name` stay. */
const dash = /\B[-/–—―]\b/g

export const windashAlternativesMax = 625

/** The value with every mixture of dashes; undefined if that were too many. */
export function dashAlternatives(parts: Parts): readonly Parts[] | undefined {
  let found: (readonly WildcardPart[])[] = [[]]
  const append = (choices: readonly WildcardPart[]): void => {
    found = found.flatMap(before => choices.map(choice => [...before, choice]))
  }
  for (const part of parts) {
    if (typeof part === 'string') {
      append([part])
      continue
    }
    let from = 0
    for (const match of part.text.matchAll(dash)) {
      append([{ text: part.text.slice(from, match.index) }])
      append(dashes.map(text => ({ text })))
      from = match.index + 1
      if (found.length > windashAlternativesMax) return undefined
    }
    append([{ text: part.text.slice(from) }])
  }
  return found.map(joinParts)
}
