/**
 * From what was observed to rules, under a cap: ports and sources together. A rule is a range of ports and one network; a range of
 * ports that k networks may reach takes k rules.
 *
 * For each protocol the observed runs of ports are cut into ranges, and each range gets as many networks as pay: the cheapest by
 * (ports × addresses) that stand open, then by number of rules. For a cut this is a shortest path over (runs covered, rules spent), with
 * the best covers of each range's clients (`aggregate.ts`) as weights; protocols share the cap by a knapsack. Among openings whose ranges
 * do not overlap this is the best there is, up to `runsMax` runs a protocol and `atomsMax` networks of clients: beyond that the
 * nearest are joined first.
 */

import { anywhere, type CoverTable, coverTable } from './aggregate.ts'
import { addressOf, type Cidr, isPrivate, isV4, network } from './cidr.ts'
import { bestOpening, type PortRange, rulesNeeded, runsOf, type Suggestion } from './opening.ts'
import type { Rule } from './rule.ts'
import type { Service } from './services.ts'

export type ProposalLimits = {
  readonly maxRules: number
  readonly maxOpenPorts: number
  /** Networks that may reach one range of ports, at most (but one for IPv4 and one for IPv6). 0: everyone may. */
  readonly maxSources: number
  /** A service with public clients from so many different networks (/16, IPv6 /32) is open to everyone. 0: none is. */
  readonly publicFrom: number
}

export type Proposal =
  | {
      readonly feasible: true
      readonly rules: readonly Rule[]
      /** Ports open that nobody used, by protocol. */
      readonly extraPorts: ReadonlyMap<number, readonly number[]>
      /** Ports that are for everyone, as their clients come from everywhere. */
      readonly publicPorts: readonly Service[]
    }
  | { readonly feasible: false; readonly suggestion: Suggestion }

const runsMax = 40
const atomsMax = 192

export function propose(services: readonly Service[], limits: ProposalLimits): Proposal {
  // Told at once where the ports alone need more rules.
  if (rulesEnough(services, limits.maxOpenPorts, () => 1) > limits.maxRules)
    return { feasible: false, suggestion: suggest(services, limits) }
  const publicPorts = services.filter(service => isPublic(service, limits.publicFrom))
  const plans = [...Map.groupBy(services, service => service.protocol)].map(([protocol, of]) =>
    planOf(protocol, of, new Set(publicPorts), limits)
  )
  const best = cheapest(plans, limits)
  if (best === undefined) return { feasible: false, suggestion: suggest(services, limits) }
  const rules: Rule[] = []
  const extraPorts = new Map<number, readonly number[]>()
  plans.forEach((plan, which) => {
    const observed = new Set(plan.services.map(service => service.port))
    const extra: number[] = []
    for (const { start, end, blocks } of best[which]!) {
      const ports = plan.ported ? { from: plan.runs[start]!.from, to: plan.runs[end - 1]!.to } : undefined
      for (const source of plan.sources(start, end, blocks)) rules.push({ protocol: plan.protocol, ports, source })
      if (ports !== undefined)
        for (let port = ports.from; port <= ports.to; port++) if (!observed.has(port)) extra.push(port)
    }
    if (extra.length > 0) extraPorts.set(plan.protocol, extra)
  })
  return { feasible: true, rules, extraPorts, publicPorts }
}

/** Clients from so many places that tomorrow's will be others. */
function isPublic(service: Service, from: number): boolean {
  if (from === 0) return false
  const places = new Set<bigint>()
  for (const client of service.clients.keys()) {
    const address = addressOf(client)
    if (address !== undefined && !isPrivate(address)) places.add(network(address, isV4(address) ? 112 : 32))
  }
  return places.size >= from
}

type Plan = {
  readonly protocol: number
  readonly ported: boolean
  readonly services: readonly Service[]
  readonly runs: readonly PortRange[]
  /** How wide runs start … end - 1 stand open with k networks, at index k. */
  widths(start: number, end: number): readonly number[]
  sources(start: number, end: number, blocks: number): Cidr[]
}

function planOf(
  protocol: number,
  services: readonly Service[],
  open: ReadonlySet<Service>,
  limits: ProposalLimits
): Plan {
  const ported = services.some(service => service.port !== undefined)
  let runs: readonly PortRange[] = ported ? runsOf(services.map(service => service.port!)) : [{ from: 0, to: 0 }]
  const most = Math.max(runsMax, Math.min(limits.maxRules, 4 * runsMax))
  if (runs.length > most) {
    const joined = bestOpening(
      services.map(service => service.port!),
      { maxRules: most, maxOpenPorts: limits.maxOpenPorts }
    )
    if (joined.feasible)
      runs = [...joined.ranges, ...joined.ports.map(port => ({ from: port, to: port }))].sort((a, b) => a.from - b.from)
  }
  const ofRun = runs.map(run =>
    services.filter(({ port }) => port === undefined || (port >= run.from && port <= run.to))
  )
  const clients = ofRun.map(of => new Set(of.flatMap(service => [...service.clients.keys()])))
  const everyone = ofRun.map(of => limits.maxSources === 0 || of.some(service => open.has(service)))
  const addresses = memoAddresses()
  const atomOf = atoms(clients, addresses)
  const near = clients.map(set => new Set([...set].map(client => atomOf(addresses(client)))))
  const tables = new Map<number, readonly number[]>()
  const isOpen = (start: number, end: number): boolean => everyone.slice(start, end).includes(true)
  const union = <T>(sets: readonly ReadonlySet<T>[], start: number, end: number): Set<T> =>
    new Set(sets.slice(start, end).flatMap(set => [...set]))
  const families = (start: number, end: number): Cidr[] => anywhere([...union(clients, start, end)].map(addresses))
  return {
    protocol,
    ported,
    services,
    runs,
    widths(start, end) {
      const key = start * 65_536 + end
      let widths = tables.get(key)
      if (widths === undefined) {
        if (isOpen(start, end)) {
          const count = families(start, end).length
          widths = Array.from({ length: count + 1 }, (_, k) => (k === count ? 2 ** 32 : Number.POSITIVE_INFINITY))
        } else {
          // Each family needs a network of its own.
          const most = Math.max(limits.maxSources, families(start, end).length)
          widths = coverTable(union(near, start, end), most).widths
        }
        tables.set(key, widths)
      }
      return widths
    },
    sources(start, end, blocks) {
      if (isOpen(start, end)) return families(start, end)
      const exact: CoverTable = coverTable(
        [...union(clients, start, end)].map(client => ({ address: addresses(client), bits: 128 })),
        blocks
      )
      return exact.cover(blocks)
    }
  }
}

function memoAddresses(): (ip: string) => bigint {
  const known = new Map<string, bigint>()
  return ip => {
    let address = known.get(ip)
    if (address === undefined) {
      address = addressOf(ip) ?? 0n
      known.set(ip, address)
    }
    return address
  }
}

/** The clients themselves if they are few, else the networks that they are joined to. The same object for the same network. */
function atoms(clients: readonly ReadonlySet<string>[], address: (ip: string) => bigint): (address: bigint) => Cidr {
  const own = new Map<bigint, Cidr>()
  for (const set of clients) for (const client of set) own.set(address(client), { address: address(client), bits: 128 })
  if (own.size <= atomsMax) return one => own.get(one)!
  const blocks = coverTable(own.values(), atomsMax).cover(atomsMax)
  blocks.sort((a, b) => (a.address < b.address ? -1 : 1))
  return one => {
    let low = 0
    let high = blocks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (blocks[middle]!.address <= one) low = middle
      else high = middle - 1
    }
    return blocks[low]!
  }
}

type Piece = { readonly start: number; readonly end: number; readonly blocks: number }

/** For each plan its ranges and how many networks each gets, or undefined where the cap is too small. */
function cheapest(plans: readonly Plan[], limits: ProposalLimits): Piece[][] | undefined {
  const cap = limits.maxRules
  const tables = plans.map(plan => new RulesTable(plan, cap, limits.maxOpenPorts))
  // shared[p][r]: the first p plans with r rules.
  const shared: number[][] = [[0, ...new Array<number>(cap).fill(Number.POSITIVE_INFINITY)]]
  const spent: number[][] = [[]]
  tables.forEach((table, p) => {
    const costs = new Array<number>(cap + 1).fill(Number.POSITIVE_INFINITY)
    const share = new Array<number>(cap + 1).fill(0)
    for (let rules = 0; rules <= cap; rules++)
      for (let own = 1; own <= rules; own++) {
        const cost = shared[p]![rules - own]! + table.cost(own)
        if (cost < costs[rules]!) {
          costs[rules] = cost
          share[rules] = own
        }
      }
    shared.push(costs)
    spent.push(share)
  })
  const costs = shared[plans.length]!
  let rules = 0
  for (let r = 1; r <= cap; r++) if (costs[r]! < costs[rules]!) rules = r
  if (!Number.isFinite(costs[rules]!)) return undefined
  const pieces: Piece[][] = new Array(plans.length)
  for (let p = plans.length; p > 0; p--) {
    const own = spent[p]![rules]!
    pieces[p - 1] = tables[p - 1]!.pieces(own)
    rules -= own
  }
  return pieces
}

/** The cheapest cut of a plan's runs with exactly r rules, for each r up to the cap. */
class RulesTable {
  readonly #plan: Plan
  readonly #costs: Float64Array[]
  readonly #from: Int32Array[]
  readonly #blocks: Int32Array[]

  constructor(plan: Plan, cap: number, maxOpenPorts: number) {
    this.#plan = plan
    const { runs } = plan
    const rows = runs.length + 1
    this.#costs = Array.from({ length: rows }, () => new Float64Array(cap + 1).fill(Number.POSITIVE_INFINITY))
    this.#from = Array.from({ length: rows }, () => new Int32Array(cap + 1))
    this.#blocks = Array.from({ length: rows }, () => new Int32Array(cap + 1))
    this.#costs[0]![0] = 0
    const observed = new Set(plan.services.map(service => service.port))
    for (let start = 0; start < runs.length; start++) {
      let extra = 0
      for (let end = start + 1; end <= runs.length; end++) {
        const run = runs[end - 1]!
        if (end > start + 1) extra += run.from - runs[end - 2]!.to - 1
        // Runs that were joined before hold unobserved ports of their own.
        if (plan.ported) for (let port = run.from; port <= run.to; port++) if (!observed.has(port)) extra++
        if (extra > maxOpenPorts) break
        const ports = run.to - runs[start]!.from + 1
        const widths = plan.widths(start, end)
        for (let k = 1; k < widths.length && k <= cap; k++) {
          if (k > 1 && widths[k] === widths[k - 1]) break
          if (Number.isFinite(widths[k]!)) this.#offer(start, end, k, ports * widths[k]!, cap)
        }
      }
    }
  }

  #offer(start: number, end: number, blocks: number, cost: number, cap: number): void {
    const before = this.#costs[start]!
    const after = this.#costs[end]!
    for (let rules = blocks; rules <= cap; rules++) {
      const sum = before[rules - blocks]! + cost
      if (sum < after[rules]!) {
        after[rules] = sum
        this.#from[end]![rules] = start
        this.#blocks[end]![rules] = blocks
      }
    }
  }

  cost(rules: number): number {
    return this.#costs[this.#plan.runs.length]![rules]!
  }

  pieces(rules: number): Piece[] {
    const pieces: Piece[] = []
    for (let end = this.#plan.runs.length; end > 0; ) {
      const start = this.#from[end]![rules]!
      const blocks = this.#blocks[end]![rules]!
      pieces.push({ start, end, blocks })
      rules -= blocks
      end = start
    }
    return pieces.reverse()
  }
}

/** How many rules are enough: for each range one, or one for each family that the protocol's clients are of. With one family, no fewer do. */
function rulesEnough(
  services: readonly Service[],
  maxOpenPorts: number,
  each: (of: readonly Service[]) => number
): number {
  let rules = 0
  for (const of of Map.groupBy(services, service => service.protocol).values()) {
    const ports = of.flatMap(({ port }) => (port === undefined ? [] : [port]))
    rules += Math.max(1, rulesNeeded(ports, maxOpenPorts)) * each(of)
  }
  return rules
}

function familiesOf(services: readonly Service[]): number {
  const addresses = services.flatMap(({ clients }) => [...clients.keys()]).map(client => addressOf(client) ?? 0n)
  return anywhere(addresses).length
}

function suggest(services: readonly Service[], limits: ProposalLimits): Suggestion {
  const each = new Map(
    [...Map.groupBy(services, service => service.protocol)].map(([protocol, of]) => [protocol, familiesOf(of)])
  )
  const enough = (maxOpenPorts: number): number => rulesEnough(services, maxOpenPorts, of => each.get(of[0]!.protocol)!)
  const maxRules = Math.max(limits.maxRules, enough(limits.maxOpenPorts))
  let low = limits.maxOpenPorts
  let high = 65_536
  const possible = enough(high) <= limits.maxRules
  while (possible && low < high) {
    const middle = (low + high) >> 1
    if (enough(middle) <= limits.maxRules) high = middle
    else low = middle + 1
  }
  const message =
    `No combination: ${limits.maxRules} rules with at most ${limits.maxOpenPorts} unobserved ports in a range cannot cover what was observed. ` +
    `Raise --max-rules to ${maxRules}${possible ? `, or --max-open-ports to ${high}` : ''}.`
  return { maxRules, maxOpenPorts: possible ? high : limits.maxOpenPorts, message }
}
