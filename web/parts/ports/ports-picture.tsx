/** Before and after: which ports stand open, to how many addresses, beside those that were used. Small port numbers get more room. */

import { count } from '../format.ts'
import type { Analysis, PortRule } from './analysis.ts'

const width = 1000
const rowHeight = 18
const ticks = [0, 22, 80, 443, 1024, 3389, 8080, 32_768, 65_535]

/** 0 to 65,535 → 0 to `width`. */
const place = (port: number): number => (Math.log2(port + 8) - 3) * (width / (Math.log2(65_543) - 3))

export function PortsPicture({ analysis }: { analysis: Analysis }) {
  const { before, rules = [], observed } = analysis
  const protocols = ['tcp', 'udp'].filter(
    protocol =>
      observed.services.some(service => service.protocol === protocol) ||
      [...before, ...rules].some(rule => rule.protocol === protocol)
  )
  if (protocols.length === 0) return null
  return (
    <section aria-label="Before and after" className="panel px-4 py-3">
      <div className="mb-2 flex flex-wrap items-baseline justify-between gap-x-4">
        <h2 className="font-semibold">{before.length > 0 ? 'Before and after' : 'What would be open'}</h2>
        <p className="flex flex-wrap gap-x-3 text-muted text-xs">
          <Key className="bg-danger" /> for everyone
          <Key className="bg-warn" /> a wide network
          <Key className="bg-bar" /> a narrow one
          <Key className="bg-ink" /> used
        </p>
      </div>
      <div className="grid gap-4">
        {protocols.map(protocol => {
          const rows: { name: string; rules?: readonly PortRule[] }[] = [
            ...(before.length > 0 ? [{ name: 'Before', rules: ofProtocol(before, protocol) }] : []),
            { name: 'Used' },
            ...(analysis.feasible ? [{ name: 'After', rules: ofProtocol(rules, protocol) }] : [])
          ]
          const height = rows.length * (rowHeight + 6)
          return (
            <div key={protocol} className="grid grid-cols-[3.5rem_1fr] gap-x-2">
              <div className="grid content-start gap-1.5 text-soft text-xs">
                {rows.map(({ name }) => (
                  <span key={name} className="flex h-4.5 items-center justify-between">
                    <span>{name}</span>
                  </span>
                ))}
                <span className="font-semibold uppercase">{protocol}</span>
              </div>
              <svg
                viewBox={`0 0 ${width} ${height + 14}`}
                preserveAspectRatio="none"
                className="block w-full"
                style={{ height: height + 14 }}
                role="img"
                aria-label={summary(protocol, analysis)}
              >
                {rows.map(({ name, rules: open }, index) => {
                  const y = index * (rowHeight + 6)
                  return (
                    <g key={name}>
                      <rect x={0} y={y} width={width} height={rowHeight} className="fill-sunken" />
                      {open === undefined
                        ? observed.services
                            .filter(service => service.protocol === protocol && service.port !== undefined)
                            .map(service => (
                              <rect
                                key={service.port}
                                x={place(service.port!) - 1.5}
                                y={y}
                                width={3}
                                height={rowHeight}
                                className="fill-ink"
                              >
                                <title>{`${protocol} ${service.port} ${service.name ?? ''}: ${count(service.conversations)} connections`}</title>
                              </rect>
                            ))
                        : open.map(rule => {
                            const from = place(rule.from ?? 0)
                            return (
                              <rect
                                key={`${rule.from} ${rule.to} ${rule.source}`}
                                x={from - 1.5}
                                y={y}
                                width={Math.max(3, place(rule.to ?? 65_535) - from + 3)}
                                height={rowHeight}
                                className={colourOf(rule.source)}
                                opacity={0.85}
                              >
                                <title>{`${protocol} ${rule.from ?? 0}–${rule.to ?? 65_535} from ${rule.source}`}</title>
                              </rect>
                            )
                          })}
                    </g>
                  )
                })}
                {ticks.map(port => (
                  <line
                    key={port}
                    x1={place(port)}
                    x2={place(port)}
                    y1={0}
                    y2={height + 4}
                    className="stroke-line-strong"
                    strokeDasharray="2 3"
                    vectorEffect="non-scaling-stroke"
                  />
                ))}
              </svg>
              <span />
              <div className="relative h-4 text-[10px] text-muted" aria-hidden="true">
                {ticks.map(port => (
                  <span
                    key={port}
                    className="num absolute -translate-x-1/2 first:translate-x-0 last:-translate-x-full"
                    style={{ left: `${place(port) / 10}%` }}
                  >
                    {port}
                  </span>
                ))}
              </div>
            </div>
          )
        })}
      </div>
      <p className="mt-2 text-soft">{before.length > 0 && analysis.feasible ? closedText(analysis) : ''}</p>
    </section>
  )
}

function Key({ className }: { className: string }) {
  return <span aria-hidden="true" className={`-mr-1.5 inline-block size-2.5 self-center rounded-xs ${className}`} />
}

const ofProtocol = (rules: readonly PortRule[], protocol: string): PortRule[] =>
  // Those with many ports behind those with few, and of the same ports the narrow network behind the wide one.
  rules
    .filter(rule => rule.protocol === protocol || rule.protocol === 'all')
    .toSorted((a, b) => portCount(b) - portCount(a) || bitsOf(b.source) - bitsOf(a.source))

const portCount = ({ from = 0, to = 65_535 }: PortRule): number => to - from + 1

/** How long the network's prefix is, of IPv4's 32 (IPv6: its part of 128). */
function bitsOf(source: string): number {
  const [address, bits] = source.split('/')
  const own = Number(bits ?? (address?.includes(':') ? 128 : 32))
  return address?.includes(':') ? own / 4 : own
}

function colourOf(source: string): string {
  const bits = bitsOf(source)
  return bits === 0 ? 'fill-danger' : bits < 16 ? 'fill-warn' : 'fill-bar'
}

/** Ports × addresses that stand open: everything that overlaps counted once for each port, by its widest rule. */
function openness(rules: readonly PortRule[]): { ports: number; pairs: number } {
  let ports = 0
  let pairs = 0
  for (const protocol of ['tcp', 'udp']) {
    const of = ofProtocol(rules, protocol)
    const cuts = [...new Set(of.flatMap(({ from = 0, to = 65_535 }) => [from, to + 1]))].sort((a, b) => a - b)
    cuts.slice(0, -1).forEach((from, index) => {
      const over = of.filter(rule => (rule.from ?? 0) <= from && (rule.to ?? 65_535) >= from)
      if (over.length === 0) return
      const many = cuts[index + 1]! - from
      ports += many
      const everyone = over.some(({ source }) => bitsOf(source) === 0)
      const addresses = everyone ? 2 ** 32 : over.reduce((sum, { source }) => sum + 2 ** (32 - bitsOf(source)), 0)
      pairs += many * Math.min(2 ** 32, addresses)
    })
  }
  return { ports, pairs }
}

function closedText(analysis: Analysis): string {
  const was = openness(analysis.before)
  const is = openness(analysis.rules ?? [])
  const share = was.pairs === 0 ? 0 : 1 - is.pairs / was.pairs
  const shown = share > 0.9999 ? 'more than 99.99 %' : `${(share * 100).toFixed(share > 0.99 ? 2 : 0)} %`
  if (share <= 0) return `Open ports: ${count(was.ports)} before, ${count(is.ports)} after.`
  return `Open ports: ${count(was.ports)} before, ${count(is.ports)} after. Of all that stood open (ports × addresses), ${shown} is closed.`
}

function summary(protocol: string, { before, rules = [], observed }: Analysis): string {
  const used = observed.services.filter(service => service.protocol === protocol).length
  const open = (of: readonly PortRule[]) => count(openness(ofProtocol(of, protocol)).ports)
  return `${protocol}: ${before.length > 0 ? `${open(before)} ports open before, ` : ''}${used} used, ${open(rules)} open after`
}
