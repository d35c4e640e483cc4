/** Is a number out of the ordinary? Median and median deviation of comparable stretches, with a warm-up and a floor. */

import type { Baseline } from './declared.ts'

export type Judgement = {
  readonly outside: 'above' | 'below' | undefined
  readonly median: number
  /** The numbers beyond which it is out of the ordinary. */
  readonly low: number
  readonly high: number
}

/** Makes deviations of normally distributed numbers standard deviations. */
const madScale = 1.4826

/**
 * The numbers of a group's earlier stretches, the nearest first; those before its first event do not count. Undefined during the warm-up.
 * The spread is at least the root of the median, which is what chance alone makes of counts, and at least one.
 */
export function judge(now: number, earlier: readonly number[], ask: Baseline): Judgement | undefined {
  const first = earlier.findLastIndex(number => number > 0)
  const known = earlier.slice(0, first + 1)
  if (known.length < ask.warmUp) return undefined
  const median = medianOf(known)
  const deviation = medianOf(known.map(number => Math.abs(number - median)))
  const spread = Math.max(1, Math.sqrt(median), deviation * madScale)
  const high = Math.max(ask.floor, median + ask.deviations * spread)
  const low = median - ask.deviations * spread
  const above = ask.side !== 'below' && now > high
  // Of few there is nothing to miss.
  const below = ask.side !== 'above' && now < low && median >= ask.floor
  return { outside: above ? 'above' : below ? 'below' : undefined, median, low, high }
}

export function medianOf(numbers: readonly number[]): number {
  if (numbers.length === 0) return 0
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/** The numbers of the stretches 1, 2 … back; 0 where there was nothing. */
export function earlierOf(backs: readonly number[], numbers: readonly number[], count: number): number[] {
  const earlier = new Array<number>(count).fill(0)
  for (const [i, back] of backs.entries()) if (back >= 1 && back <= count) earlier[back - 1] = numbers[i]!
  return earlier
}
