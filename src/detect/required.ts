/**
 * What must stand in an event for an expression to be true of it: a set of *needs* of which at least one is met by every event that
 * passes. The index looks for the needs of all rules at once, and only the rules whose needs are met are evaluated. It may name too
 * many rules, never too few.
 */

import { addressText } from '../filter/address.ts'
import type { Expression, FieldTest, WordTest } from '../filter/expression.ts'
import { literalTexts } from '../filter/literals.ts'
import { asciiLower } from '../filter/tokens.ts'
import { looksLikeCommunityId } from '../filter/virtual-fields.ts'
import { parseWildcard, type WildcardPart } from '../filter/wildcard.ts'
import type { At } from './literal-index.ts'
import { piecesOfRegex } from './regex-pieces.ts'
import { asksOtherThanText, fieldsOfTest, isAnyField, isOfText } from './shared-tests.ts'

export type Need = {
  /** In a value of one of these fields; undefined: in any value of the event. */
  readonly fields: readonly string[] | undefined
  /**
   * `equal`: `text` is the whole value. `piece`: it stands in it. `foreign`: the value has a character beyond ASCII. `present`: there
   * is a value. All in lower case.
   */
  readonly kind: 'equal' | 'piece' | 'foreign' | 'present'
  readonly text: string
  /** Where a piece stands: anywhere, at the value's start, or at its end. */
  readonly at: At
}

export type Needs = { readonly needs: readonly Need[]; readonly weight: number }

/** How often a need is expected to be met: the smaller, the better it tells rules apart. */
export type Weigh = (need: Need) => number

/** What a need weighs that any value meets. */
export const presentWeight = 500

/** The lightest set of needs; undefined where an event without anything could pass. */
export function requiredBy(expression: Expression, weigh: Weigh): Needs | undefined {
  switch (expression.kind) {
    case 'all':
    case 'not':
      return undefined
    case 'none':
      return { needs: [], weight: 0 }
    case 'and': {
      let best: Needs | undefined
      for (const part of expression.of) {
        const found = requiredBy(part, weigh)
        if (found !== undefined && (best === undefined || found.weight < best.weight)) best = found
      }
      return best
    }
    case 'or': {
      const needs: Need[] = []
      let weight = 0
      for (const part of expression.of) {
        const found = requiredBy(part, weigh)
        if (found === undefined) return undefined
        for (const need of found.needs) needs.push(need)
        weight += found.weight
      }
      // However many there are, something must be there, not just anything.
      const most = presentWeight - 10
      const bounded =
        weight < most / 2 || needs.some(({ kind }) => kind === 'present') ? weight : most - most ** 2 / (4 * weight)
      return { needs, weight: bounded }
    }
    default:
      return lightest(needsOfTest(expression), weigh)
  }
}

/** Does an event pass as soon as it meets one of the needs, as of a list of whole texts? Then there is nothing left to evaluate. */
export function isMetByNeeds(expression: Expression): boolean {
  if (expression.kind === 'or') return expression.of.every(isMetByNeeds)
  if (expression.kind !== 'equals' && expression.kind !== 'inList') return false
  const fields = fieldsOfTest(expression)
  return fields !== undefined && !isAnyField(expression) && isOfText(fields) && expression.cased !== true
}

/** All sets that `requiredBy` may choose from, for counting how common each need is among the rules. */
export function forEachNeed(expression: Expression, visit: (need: Need) => void): void {
  if (expression.kind === 'and' || expression.kind === 'or') for (const part of expression.of) forEachNeed(part, visit)
  else if (expression.kind !== 'all' && expression.kind !== 'none' && expression.kind !== 'not')
    for (const set of needsOfTest(expression)) for (const need of set) visit(need)
}

function lightest(sets: readonly (readonly Need[])[], weigh: Weigh): Needs | undefined {
  let best: Needs | undefined
  for (const needs of sets) {
    let weight = 0
    for (const need of needs) weight += weigh(need)
    if (best === undefined || weight < best.weight) best = { needs, weight }
  }
  return best
}

/** Sets of needs of one test, each of which is enough. */
function needsOfTest(test: FieldTest | WordTest): readonly (readonly Need[])[] {
  const sets = needsOf(test)
  if (!('field' in test) || !isAnyField(test)) return sets
  // An address is looked at in other spellings, too: what can stand in one is no sign.
  return sets.filter(needs =>
    needs.every(({ kind, text }) => kind !== 'present' && (kind === 'foreign' || notOfAddress.test(text)))
  )
}

function needsOf(test: FieldTest | WordTest): readonly (readonly Need[])[] {
  if (test.kind === 'word' || test.kind === 'wordPattern') return needsOfWord(test)
  const fields = fieldsOfTest(test)
  if (fields === undefined) return []
  const present: readonly (readonly Need[])[] = [[{ fields, kind: 'present', text: '', at: 'any' }]]
  if (asksOtherThanText(test) || !isOfText(fields)) return present
  const cased = test.cased === true
  switch (test.kind) {
    case 'equals':
    case 'inList': {
      const values = test.kind === 'equals' ? [test.value] : test.values
      const texts = new Set(values.flatMap(value => literalTexts(value, cased).map(asciiLower)))
      return [[...texts].map(text => ({ fields, kind: 'equal', text, at: 'any' }) as const)]
    }
    case 'contains':
      return orPresent(piece(fields, asciiLower(test.value), 'any'), present)
    case 'wildcard':
      return orPresent(piecesOfWildcard(fields, parseWildcard(asciiLower(test.pattern))), present)
    case 'regex': {
      const { sets, foreign } = piecesOfRegex(test.pattern, cased)
      const needs: (readonly Need[])[] = sets.map(texts =>
        texts.flatMap(text => piece(fields, asciiLower(text), 'any'))
      )
      if (foreign) needs.push([{ fields, kind: 'foreign', text: '', at: 'any' }])
      return needs.length === 0 ? present : needs
    }
  }
}

function orPresent(pieces: readonly Need[], present: readonly (readonly Need[])[]): readonly (readonly Need[])[] {
  return pieces.length === 0 ? present : pieces.map(need => [need])
}

function piece(fields: readonly string[] | undefined, text: string, at: Need['at']): Need[] {
  return text === '' ? [] : [{ fields, kind: 'piece', text, at }]
}

function piecesOfWildcard(fields: readonly string[] | undefined, parts: readonly WildcardPart[]): Need[] {
  return parts.flatMap((part, i) => {
    if (typeof part === 'string') return []
    return piece(fields, part.text, i === 0 ? 'start' : i === parts.length - 1 ? 'end' : 'any')
  })
}

/** What cannot stand in an address: a text with it is not found in an address's other spelling. */
const notOfAddress = /[^0-9a-f.:]/

/** A word stands in a value as it is written, unless it is an address (which has other spellings) or a computed id. */
function needsOfWord(test: WordTest): readonly (readonly Need[])[] {
  if (test.kind === 'word') {
    if (addressText(test.text) !== undefined || looksLikeCommunityId(test.text)) return []
    return piece(undefined, asciiLower(test.text), 'any').map(need => [need])
  }
  return parseWildcard(asciiLower(test.pattern)).flatMap(part => {
    if (typeof part === 'string' || !notOfAddress.test(part.text)) return []
    return piece(undefined, part.text, 'any').map(need => [need])
  })
}
