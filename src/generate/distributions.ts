/** Draws in a range: even, normal, exponential, Zipf; and of weighted things. All bounded: no draw takes more than a few tries. */

import type { Random } from './random.ts'

export type Range = {
  readonly min: number
  readonly max: number
  readonly distribution: 'uniform' | 'normal' | 'exponential' | 'zipf'
  /** Normal: the middle of the range by default. Exponential: the mean's distance from `min`; a quarter of the range by default. */
  readonly mean?: number | undefined
  /** Normal. Default: a sixth of the range. */
  readonly deviation?: number | undefined
  /** Zipf. Default: 1. */
  readonly exponent?: number | undefined
}

/** Whole numbers from `min` to `max`, both included. */
export function integers(range: Range, random: Random): () => number {
  const { min, max } = range
  const width = max - min + 1
  if (range.distribution === 'uniform') return () => min + random.below(width)
  if (range.distribution === 'zipf') {
    const rank = zipf(width, range.exponent ?? 1, random)
    return () => min + rank() - 1
  }
  const draw = continuous({ ...range, min: min - 0.5, max: max + 0.5, mean: meanOf(range) }, random)
  return () => Math.min(max, Math.max(min, Math.round(draw())))
}

/** From `min` up to, not including, `max`. */
export function floats(range: Range, random: Random): () => number {
  if (range.distribution !== 'zipf') return continuous(range, random)
  // A thousand steps of falling weight, evenly filled.
  const rank = zipf(1000, range.exponent ?? 1, random)
  const step = (range.max - range.min) / 1000
  return () => range.min + (rank() - 1 + random.unit()) * step
}

function meanOf({ distribution, mean, min, max }: Range): number | undefined {
  return distribution === 'normal' ? (mean ?? (min + max) / 2) : mean
}

const triesMax = 16

function continuous(range: Range, random: Random): () => number {
  const { min, max } = range
  const width = max - min
  if (width <= 0) return () => min
  if (range.distribution === 'normal') {
    const mean = range.mean ?? (min + max) / 2
    const deviation = range.deviation ?? width / 6
    const normal = normals(random)
    return () => {
      for (let tries = 0; tries < triesMax; tries++) {
        const value = mean + normal() * deviation
        if (value >= min && value <= max) return value
      }
      // The range lies far in a tail of the curve: better even than not at all.
      return min + random.unit() * width
    }
  }
  if (range.distribution === 'exponential') {
    const mean = range.mean ?? width / 4
    // The inverse of the distribution that ends at the range's end.
    const most = 1 - Math.exp(-width / mean)
    return () => Math.min(max, min - Math.log(1 - random.unit() * most) * mean)
  }
  return () => min + random.unit() * width
}

/** The standard normal distribution (Box and Muller; both of each pair are used). */
export function normals(random: Random): () => number {
  let spare: number | undefined
  return () => {
    if (spare !== undefined) {
      const value = spare
      spare = undefined
      return value
    }
    const radius = Math.sqrt(-2 * Math.log(1 - random.unit()))
    const angle = 2 * Math.PI * random.unit()
    spare = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}

/** Ranks from 1 to `count`, each with weight `rank ^ -exponent`: rejection-inversion (Hörmann and Derflinger, 1996), without a table. */
export function zipf(count: number, exponent: number, random: Random): () => number {
  const integral = (x: number): number => (exponent === 1 ? Math.log(x) : (x ** (1 - exponent) - 1) / (1 - exponent))
  const inverse = (y: number): number =>
    exponent === 1 ? Math.exp(y) : Math.max(0, 1 + y * (1 - exponent)) ** (1 / (1 - exponent))
  const weight = (x: number): number => x ** -exponent
  const first = integral(1.5) - 1
  const last = integral(count + 0.5)
  const squeeze = 2 - inverse(integral(2.5) - weight(2))
  return () => {
    for (let tries = 0; tries < 1000; tries++) {
      const y = last + random.unit() * (first - last)
      const x = inverse(y)
      const rank = Math.min(count, Math.max(1, Math.round(x)))
      if (rank - x <= squeeze || y >= integral(rank + 0.5) - weight(rank)) return rank
    }
    return 1
  }
}

/** Places of a list by weight, in constant time (Vose's alias method). */
export function weighted(weights: readonly number[], random: Random): () => number {
  const count = weights.length
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const share = weights.map(weight => (weight * count) / total)
  const alias = new Array<number>(count).fill(0)
  const small: number[] = []
  const large: number[] = []
  for (let i = 0; i < count; i++) (share[i]! < 1 ? small : large).push(i)
  while (small.length > 0 && large.length > 0) {
    const less = small.pop()!
    const more = large.pop()!
    alias[less] = more
    share[more] = share[more]! + share[less]! - 1
    ;(share[more]! < 1 ? small : large).push(more)
  }
  // What rounding left over.
  for (const i of [...small, ...large]) share[i] = 1
  return () => {
    const at = random.below(count)
    return random.unit() < share[at]! ? at : alias[at]!
  }
}
