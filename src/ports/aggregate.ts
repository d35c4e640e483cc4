/**
 * Many addresses as few networks: at most K CIDR blocks that cover all of them and as little else as possible, solved exactly.
 *
 * Blocks are nodes of the binary tree of prefixes, so the best cover of what lies below a node with k blocks is either the node itself
 * (its width), or the best covers of its two halves with k blocks between them: a knapsack from the leaves up. Only nodes where the
 * addresses branch matter: between them nothing is gained. O(addresses · K²), less as small subtrees need few blocks.
 */

import { anyV4, anyV6, type Cidr, isV4, network, width } from './cidr.ts'

export type CoverTable = {
  /** The width of the best cover with at most k blocks, at index k. Infinite where k are too few. */
  readonly widths: readonly number[]
  cover(blocks: number): Cidr[]
}

type Node = {
  readonly block: Cidr
  readonly widths: number[]
  readonly split: number[]
  readonly low?: Node
  readonly high?: Node
}

/** Covers of the networks with up to `max` blocks. IPv4 and IPv6 share no block. There must be one. */
export function coverTable(networks: Iterable<Cidr>, max: number): CoverTable {
  const sorted = apart(networks)
  const firstV4 = sorted.findIndex(isFour)
  const lastV4 = sorted.findLastIndex(isFour)
  const six = firstV4 < 0 ? sorted : [...sorted.slice(0, firstV4), ...sorted.slice(lastV4 + 1)]
  const four = firstV4 < 0 ? [] : sorted.slice(firstV4, lastV4 + 1)
  const roots = [four, six].filter(part => part.length > 0).map(part => build(part, 0, part.length, max))
  const [first, second] = roots
  if (first === undefined) throw new RangeError('nothing to cover')
  if (second === undefined) return { widths: filled(first.widths, max), cover: k => collect(first, k, []) }
  const joined = join(first, second, max)
  return {
    widths: filled(joined.widths, max),
    cover: k => {
      const blocks = Math.min(k, joined.widths.length - 1)
      const share = joined.split[blocks]!
      return [...collect(first, share, []), ...collect(second, blocks - share, [])]
    }
  }
}

const isFour = ({ address, bits }: Cidr): boolean => bits >= 96 && isV4(address)

/** In order, without those that lie within others. */
function apart(networks: Iterable<Cidr>): Cidr[] {
  const sorted = [...networks].sort((x, y) =>
    x.address < y.address ? -1 : x.address > y.address ? 1 : x.bits - y.bits
  )
  const kept: Cidr[] = []
  for (const one of sorted) {
    const last = kept.at(-1)
    if (
      last === undefined ||
      isFour(last) !== isFour(one) ||
      network(one.address, last.bits) !== last.address ||
      one.bits < last.bits
    )
      kept.push(one)
  }
  return kept
}

/** More blocks than are needed change nothing. */
function filled(widths: readonly number[], max: number): number[] {
  return Array.from({ length: max + 1 }, (_, k) => widths[Math.min(k, widths.length - 1)]!)
}

/** Networks apart and in order, from `start` to before `end`. Depth is at most 128. */
function build(sorted: readonly Cidr[], start: number, end: number, max: number): Node {
  const first = sorted[start]!
  const last = sorted[end - 1]!
  if (end - start === 1) {
    return { block: first, widths: [Number.POSITIVE_INFINITY, width(first)], split: [0, 0] }
  }
  const bits = 128 - (first.address ^ last.address).toString(2).length
  const block = { address: network(first.address, bits), bits }
  const middle = block.address | (1n << BigInt(127 - bits))
  let low = start
  let high = end
  while (low < high) {
    const at = (low + high) >> 1
    if (sorted[at]!.address < middle) low = at + 1
    else high = at
  }
  const lower = build(sorted, start, low, max)
  const upper = build(sorted, low, end, max)
  const { widths, split } = join(lower, upper, max)
  const own = width(block)
  // One block is the node itself. Two and more are never wider.
  if (widths.length < 2) widths.push(own)
  widths[1] = own
  split[1] = 0
  return { block, widths, split, low: lower, high: upper }
}

/** The knapsack: how many of k blocks go to `a`. */
function join(a: Node, b: Node, max: number): { widths: number[]; split: number[] } {
  const most = Math.min(max, a.widths.length - 1 + (b.widths.length - 1))
  const widths: number[] = new Array(most + 1).fill(Number.POSITIVE_INFINITY)
  const split: number[] = new Array(most + 1).fill(0)
  for (let k = 2; k <= most; k++) {
    for (let share = Math.max(1, k - (b.widths.length - 1)); share < k && share < a.widths.length; share++) {
      const sum = a.widths[share]! + b.widths[k - share]!
      if (sum < widths[k]!) {
        widths[k] = sum
        split[k] = share
      }
    }
  }
  return { widths, split }
}

function collect(node: Node, blocks: number, into: Cidr[]): Cidr[] {
  const k = Math.min(blocks, node.widths.length - 1)
  if (k <= 1 || node.low === undefined || node.high === undefined) into.push(node.block)
  else {
    collect(node.low, node.split[k]!, into)
    collect(node.high, k - node.split[k]!, into)
  }
  return into
}

/** Everyone, in the families that the addresses are of. */
export function anywhere(addresses: Iterable<bigint>): Cidr[] {
  let four = false
  let six = false
  for (const address of addresses) {
    if (isV4(address)) four = true
    else six = true
  }
  return [...(four ? [anyV4] : []), ...(six ? [anyV6] : [])]
}
