/**
 * The core of the port analyzer, solved exactly: given observed ports, which ranges and single ports cover all of them with at most
 * `maxRules` rules, where no range holds more than `maxOpenPorts` unobserved ports, and as few unobserved ports as possible are open.
 *
 * The observed ports are runs of consecutive ports with gaps between them. A rule covers consecutive runs and opens the gaps inside, so
 * an opening is a choice of gaps to close. Each closed gap costs its size (at least 1) and saves one rule. Two things follow:
 *
 * 1. Nobody closes more gaps than needed: to open one again costs nothing and makes the ranges smaller. So the best opening has exactly
 *    k = min(maxRules, runs) rules, and "among equals the fewest rules" is never in question.
 * 2. Let w(i,j) be the gaps inside the runs i … j-1, infinite where they are more than `maxOpenPorts`. For a ≤ b < c ≤ d:
 *    w(a,c) + w(b,d) ≤ w(a,d) + w(b,c). (If w(a,d) is finite all four are, and both sides are the same sum; else the right side
 *    is infinite.) This is the Monge condition, and for such weights the cost f(k) of the best cut into k segments is convex in k
 *    (Aggarwal, Schieber, Tokuyama 1993). So there is a price λ for each rule, a whole number as all f(k) are, at which a
 *    cut into k rules is among the cheapest. λ is found by bisection; for a given λ the cheapest cut is a shortest path, and as w
 *    is a difference of prefix sums within a window, one pass with a queue of candidates finds it: O(runs · log 65,536).
 * 3. At that λ there are cheapest cuts with fewer and with more rules than k. Somewhere one segment (a,d) of the first holds one segment
 *    (b,c) of the other with just the right number of rules before and after; exchanging their tails, (a,c) then the other's
 *    rest, gives exactly k rules, and by the Monge condition costs no more. `splice` does that.
 *
 * `opening.test.ts` holds this against brute force.
 */

import { invariant } from '../core/errors.ts'

export const portMax = 65_535

export type PortRange = { readonly from: number; readonly to: number }

export type OpeningLimits = {
  /** Rules at most. At least 1. */
  readonly maxRules: number
  /** Unobserved ports inside a single range at most. */
  readonly maxOpenPorts: number
}

export type Opening =
  | {
      readonly feasible: true
      /** Rules of two ports or more, ascending. */
      readonly ranges: readonly PortRange[]
      /** Rules of one port, ascending. */
      readonly ports: readonly number[]
      /** Ports that are open and were not observed, ascending. */
      readonly extraPorts: readonly number[]
      readonly rules: number
    }
  | { readonly feasible: false; readonly suggestion: Suggestion }

/** What would do: either of the two alone, with the other as it was. */
export type Suggestion = {
  /** The fewest rules that do, with the given `maxOpenPorts`. */
  readonly maxRules: number
  /** The smallest `maxOpenPorts` that does, with the given number of rules. */
  readonly maxOpenPorts: number
  readonly message: string
}

/** Ports outside 0 … 65535 are the caller's mistake and left out; order and repetitions do not matter. */
export function bestOpening(observed: Iterable<number>, limits: OpeningLimits): Opening {
  const runs = runsOf(observed)
  if (runs.length === 0) return { feasible: true, ranges: [], ports: [], extraPorts: [], rules: 0 }
  const gaps = gapSums(runs)
  const rulesMin = fewestRules(gaps, limits.maxOpenPorts)
  if (rulesMin > limits.maxRules) {
    const maxOpenPorts = smallestAllowance(gaps, limits.maxRules)
    return {
      feasible: false,
      suggestion: { maxRules: rulesMin, maxOpenPorts, message: sorry(limits, rulesMin, maxOpenPorts) }
    }
  }
  const starts = cutInto(gaps, Math.min(limits.maxRules, runs.length), limits.maxOpenPorts)
  const ranges: PortRange[] = []
  const ports: number[] = []
  const extraPorts: number[] = []
  starts.forEach((start, which) => {
    const end = starts[which + 1] ?? runs.length
    const from = runs[start]!.from
    const to = runs[end - 1]!.to
    if (from === to) ports.push(from)
    else ranges.push({ from, to })
    for (let run = start; run + 1 < end; run++)
      for (let port = runs[run]!.to + 1; port < runs[run + 1]!.from; port++) extraPorts.push(port)
  })
  return { feasible: true, ranges, ports, extraPorts, rules: starts.length }
}

/** How few rules can cover the ports, if each range may hold so many unobserved ones. */
export function rulesNeeded(observed: Iterable<number>, maxOpenPorts: number): number {
  const runs = runsOf(observed)
  return runs.length === 0 ? 0 : fewestRules(gapSums(runs), maxOpenPorts)
}

/** Consecutive ports as ranges, ascending. */
export function runsOf(observed: Iterable<number>): PortRange[] {
  const seen = new Uint8Array(portMax + 2)
  for (const port of observed) if (Number.isInteger(port) && port >= 0 && port <= portMax) seen[port] = 1
  const runs: PortRange[] = []
  for (let port = 0; port <= portMax; port++) {
    if (seen[port] === 0) continue
    const from = port
    while (seen[port + 1] === 1) port++
    runs.push({ from, to: port })
  }
  return runs
}

/** How many unobserved ports lie before each run, the first's own not counted. w(i,j) is `gaps[j - 1] - gaps[i]`. */
function gapSums(runs: readonly PortRange[]): Float64Array {
  const sums = new Float64Array(runs.length)
  for (let i = 1; i < runs.length; i++) sums[i] = sums[i - 1]! + (runs[i]!.from - runs[i - 1]!.to - 1)
  return sums
}

/** Each rule as long as it may be: no cut has fewer rules. */
function fewestRules(gaps: Float64Array, allowance: number): number {
  let rules = 0
  let first = 0
  for (let i = 0; i < gaps.length; i++) {
    if (i > 0 && gaps[i]! - gaps[first]! <= allowance) continue
    rules++
    first = i
  }
  return rules
}

function smallestAllowance(gaps: Float64Array, maxRules: number): number {
  return firstWhere(0, gaps[gaps.length - 1]!, allowance => fewestRules(gaps, allowance) <= maxRules)
}

/** The smallest whole number in low … high for which `does` holds: it holds for `high` and for all from the first on. */
function firstWhere(low: number, high: number, does: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (does(middle)) high = middle
    else low = middle + 1
  }
  return low
}

/** Where the segments of the cheapest cut into exactly `rules` segments begin. There must be one. */
function cutInto(gaps: Float64Array, rules: number, allowance: number): number[] {
  const count = gaps.length
  if (rules === count) return Array.from({ length: count }, (_, run) => run)
  const few = new Cut(gaps, allowance, false)
  // No rule saves more than all gaps together.
  const price = firstWhere(0, gaps[count - 1]! + 1, tried => few.at(tried) <= rules)
  few.at(price)
  const fewStarts = few.starts()
  if (fewStarts.length === rules) return fewStarts
  const many = new Cut(gaps, allowance, true)
  many.at(price)
  return splice(fewStarts, many.starts(), rules, count)
}

/** The cheapest cut at a price for each rule; among equals the one with the fewest rules, or the most. */
class Cut {
  readonly #gaps: Float64Array
  readonly #allowance: number
  readonly #most: boolean
  /** For the first i runs: the cheapest cost, its number of rules, where its last segment begins. */
  readonly #cost: Float64Array
  readonly #rules: Int32Array
  readonly #from: Int32Array
  readonly #queue: Int32Array

  constructor(gaps: Float64Array, allowance: number, most: boolean) {
    this.#gaps = gaps
    this.#allowance = allowance
    this.#most = most
    this.#cost = new Float64Array(gaps.length + 1)
    this.#rules = new Int32Array(gaps.length + 1)
    this.#from = new Int32Array(gaps.length + 1)
    this.#queue = new Int32Array(gaps.length + 1)
  }

  /** How many rules the cut has. */
  at(price: number): number {
    const gaps = this.#gaps
    const queue = this.#queue
    let head = 0
    let tail = 0
    for (let end = 1; end <= gaps.length; end++) {
      const next = end - 1
      while (tail > head && !this.#better(queue[tail - 1]!, next)) tail--
      queue[tail++] = next
      while (gaps[end - 1]! - gaps[queue[head]!]! > this.#allowance) head++
      const start = queue[head]!
      this.#cost[end] = this.#cost[start]! - gaps[start]! + gaps[end - 1]! + price
      this.#rules[end] = this.#rules[start]! + 1
      this.#from[end] = start
    }
    return this.#rules[gaps.length]!
  }

  /** Is a segment from `a` on strictly better than one from `b` on, for every end? All numbers are whole, so equality is exact. */
  #better(a: number, b: number): boolean {
    const difference = this.#cost[a]! - this.#gaps[a]! - (this.#cost[b]! - this.#gaps[b]!)
    if (difference !== 0) return difference < 0
    return this.#most ? this.#rules[a]! > this.#rules[b]! : this.#rules[a]! < this.#rules[b]!
  }

  starts(): number[] {
    const starts: number[] = []
    for (let end = this.#gaps.length; end > 0; end = this.#from[end]!) starts.push(this.#from[end]!)
    return starts.reverse()
  }
}

/** From a cheapest cut with too few rules and one with too many, one with exactly `rules`. */
function splice(few: readonly number[], many: readonly number[], rules: number, count: number): number[] {
  const surplus = many.length - rules
  for (let i = 0; i < few.length; i++) {
    // few's first i segments, one from there to the end of many's segment m, and many's rest: i + 1 + (many.length - 1 - m) rules.
    const m = i + surplus
    const outerEnd = few[i + 1] ?? count
    const innerEnd = many[m + 1] ?? count
    if (m < many.length && few[i]! <= many[m]! && innerEnd <= outerEnd)
      return [...few.slice(0, i + 1), ...many.slice(m + 1)]
  }
  invariant(false, 'two cheapest cuts around a number of rules have a place where they join')
}

function sorry({ maxRules, maxOpenPorts }: OpeningLimits, rules: number, allowance: number): string {
  const given = `${maxRules} ${maxRules === 1 ? 'rule' : 'rules'} with at most ${maxOpenPorts} unobserved ${maxOpenPorts === 1 ? 'port' : 'ports'} in a range`
  return `No combination: ${given} cannot cover all observed ports. Raise --max-rules to ${rules}, or --max-open-ports to ${allowance}.`
}
