/** A map of flows between two sides: groups as bars, flows as ribbons as wide as what they carry. Pure; units are pixels. */

export type Flow = { readonly from: string; readonly to: string; readonly value: number }
export type Group = { readonly name: string; readonly value: number; readonly y: number; readonly height: number }
export type Ribbon = Flow & {
  readonly fromAt: number
  readonly toAt: number
  readonly y0: number
  readonly y1: number
  readonly height: number
}
export type FlowMap = {
  readonly left: readonly Group[]
  readonly right: readonly Group[]
  readonly ribbons: readonly Ribbon[]
}

export const othersName = 'others'
const groupsMax = 12

/** Groups beyond the largest 12 of a side are added up as `others`. */
export function layOutFlows(flows: readonly Flow[], height: number, gap = 6): FlowMap {
  const merged = merge(flows)
  const left = groupsOf(merged, 'from')
  const right = groupsOf(merged, 'to')
  const total = merged.reduce((sum, flow) => sum + flow.value, 0)
  if (total <= 0) return { left: [], right: [], ribbons: [] }
  const most = Math.max(left.length, right.length)
  const scale = Math.max(0, height - gap * (most - 1)) / total
  const leftGroups = place(left, scale, gap)
  const rightGroups = place(right, scale, gap)
  const leftIndex = new Map(leftGroups.map((group, at) => [group.name, at]))
  const rightIndex = new Map(rightGroups.map((group, at) => [group.name, at]))
  const leftUsed = leftGroups.map(group => group.y)
  const rightUsed = rightGroups.map(group => group.y)
  const ribbons = merged
    .map(flow => ({ ...flow, fromAt: leftIndex.get(flow.from)!, toAt: rightIndex.get(flow.to)! }))
    .sort((a, b) => a.fromAt - b.fromAt || a.toAt - b.toAt)
    .map(flow => {
      const ribbon = {
        ...flow,
        y0: leftUsed[flow.fromAt]!,
        y1: rightUsed[flow.toAt]!,
        height: flow.value * scale
      }
      leftUsed[flow.fromAt]! += ribbon.height
      rightUsed[flow.toAt]! += ribbon.height
      return ribbon
    })
  return { left: leftGroups, right: rightGroups, ribbons }
}

function merge(flows: readonly Flow[]): Flow[] {
  const keptFrom = largest(flows, 'from')
  const keptTo = largest(flows, 'to')
  const sums = new Map<string, Flow>()
  for (const { from, to, value } of flows) {
    if (!(value > 0)) continue
    const a = keptFrom.has(from) ? from : othersName
    const b = keptTo.has(to) ? to : othersName
    const key = JSON.stringify([a, b])
    sums.set(key, { from: a, to: b, value: (sums.get(key)?.value ?? 0) + value })
  }
  return [...sums.values()]
}

function largest(flows: readonly Flow[], side: 'from' | 'to'): Set<string> {
  const names = groupsOf(flows, side).map(({ name }) => name)
  return new Set(names.length <= groupsMax ? names : names.slice(0, groupsMax - 1))
}

function groupsOf(flows: readonly Flow[], side: 'from' | 'to'): { name: string; value: number }[] {
  const sums = new Map<string, number>()
  for (const flow of flows) if (flow.value > 0) sums.set(flow[side], (sums.get(flow[side]) ?? 0) + flow.value)
  return [...sums].map(([name, value]) => ({ name, value })).sort((a, b) => b.value - a.value)
}

function place(groups: readonly { name: string; value: number }[], scale: number, gap: number): Group[] {
  let y = 0
  return groups.map(({ name, value }) => {
    const group = { name, value, y, height: value * scale }
    y += group.height + gap
    return group
  })
}

/** The outline of a ribbon between x0 and x1, as an SVG path. */
export function ribbonPath({ y0, y1, height }: Ribbon, x0: number, x1: number): string {
  const middle = (x0 + x1) / 2
  const n = (value: number) => value.toFixed(1)
  return (
    `M${n(x0)} ${n(y0)}C${n(middle)} ${n(y0)} ${n(middle)} ${n(y1)} ${n(x1)} ${n(y1)}` +
    `V${n(y1 + height)}C${n(middle)} ${n(y1 + height)} ${n(middle)} ${n(y0 + height)} ${n(x0)} ${n(y0 + height)}Z`
  )
}
