/** A map of flows: groups on both sides, ribbons between them. Drawn as SVG; the same as a list for those who do not see it. */

import { useEffect, useMemo, useRef, useState } from 'react'
import { segmentsOf } from '../visible-text.ts'
import type { Unit } from './dashboard.ts'
import { type Flow, layOutFlows, ribbonPath } from './flow-layout.ts'
import { valueText } from './panel-views.tsx'

const colours = ['teal', 'blue', 'violet', 'amber', 'pink', 'green', 'red', 'slate']
const barWidth = 8

export function Flows({
  flows,
  height,
  title,
  unit
}: {
  flows: readonly Flow[]
  height: number
  title: string
  unit: Unit | undefined
}) {
  const holder = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [active, setActive] = useState<number | undefined>()
  useEffect(() => {
    const element = holder.current
    if (element === null) return
    const observer = new ResizeObserver(entries => setWidth(Math.floor(entries[0]!.contentRect.width)))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  const map = useMemo(() => layOutFlows(flows, height), [flows, height])
  const labels = Math.min(190, Math.max(70, width * 0.24))
  const x0 = labels + barWidth
  const x1 = Math.max(x0 + 20, width - labels - barWidth)
  const cut = Math.max(6, Math.floor(labels / 6.8))
  const short = (name: string) => {
    const text = visible(name)
    return text.length > cut ? `${text.slice(0, cut - 1)}…` : text
  }
  const colour = (at: number) => `var(--color-tone-${colours[at % colours.length]})`
  const shown = active === undefined ? undefined : map.ribbons[active]
  return (
    <div ref={holder} className="relative px-3">
      {width > 0 && (
        <svg
          role="img"
          aria-label={`${title}: ${map.ribbons
            .slice(0, 10)
            .map(({ from, to, value }) => `${from} to ${to}: ${valueText(value, unit)}`)
            .join('; ')}`}
          width={width}
          height={height}
          className="block"
          onMouseLeave={() => setActive(undefined)}
        >
          {map.ribbons.map((ribbon, at) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the pointer only raises what the label says already
            <path
              key={`${ribbon.from}\n${ribbon.to}`}
              d={ribbonPath({ ...ribbon, height: Math.max(0.75, ribbon.height) }, x0, x1)}
              fill={colour(ribbon.fromAt)}
              fillOpacity={active === undefined ? 0.32 : active === at ? 0.7 : 0.12}
              onMouseEnter={() => setActive(at)}
            />
          ))}
          {map.left.map((group, at) => (
            <g key={group.name}>
              <rect
                x={labels}
                y={group.y}
                width={barWidth}
                height={Math.max(1, group.height)}
                rx={2}
                fill={colour(at)}
              />
              <text
                x={labels - 6}
                y={group.y + group.height / 2}
                dy="0.35em"
                textAnchor="end"
                className="fill-ink text-xs"
              >
                <title>{`${visible(group.name)}: ${valueText(group.value, unit)}`}</title>
                {short(group.name)}
              </text>
            </g>
          ))}
          {map.right.map(group => (
            <g key={group.name}>
              <rect
                x={x1}
                y={group.y}
                width={barWidth}
                height={Math.max(1, group.height)}
                rx={2}
                className="fill-line-strong"
              />
              <text x={x1 + barWidth + 6} y={group.y + group.height / 2} dy="0.35em" className="fill-ink text-xs">
                <title>{`${visible(group.name)}: ${valueText(group.value, unit)}`}</title>
                {short(group.name)}
              </text>
            </g>
          ))}
        </svg>
      )}
      {shown !== undefined && (
        <div
          aria-hidden="true"
          className="num pointer-events-none absolute top-0 left-1/2 z-10 -translate-x-1/2 whitespace-nowrap rounded-md border border-line bg-raised px-2 py-1 text-xs shadow-float"
        >
          {visible(shown.from).slice(0, 60)} → {visible(shown.to).slice(0, 60)}: {valueText(shown.value, unit)}
        </div>
      )}
    </div>
  )
}

/** Text of SVG has no marks: hidden characters are written out. */
function visible(text: string): string {
  return segmentsOf(text)
    .map(segment => (typeof segment === 'string' ? segment : `‹${segment.shown}›`))
    .join('')
}
