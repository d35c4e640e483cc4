/** The port analyzer's answer, as the API gives it, and what is asked of it. */

import { change, type Range } from '../../api.ts'

export type PortRule = {
  protocol: string
  from?: number
  to?: number
  source: string
  reason?: string
}

export type Service = {
  protocol: string
  port?: number
  name?: string
  clients: number
  conversations: number
  answered: number
  evidence: Record<string, number>
}

export const printedForms = ['aws', 'terraform', 'cloudformation', 'nftables'] as const
export type PrintedForm = (typeof printedForms)[number]

export type Analysis = {
  feasible: boolean
  suggestion?: { message: string; maxRules?: number; maxOpenPorts?: number }
  rules?: PortRule[]
  extraPorts?: Record<string, number[]>
  observed: {
    from?: string
    to?: string
    records: number
    rejected: number
    inbound: number
    outbound: number
    services: Service[]
    refused: Service[]
  }
  proof?: {
    conversations: number
    records: number
    broken: { protocol: number; port?: number; client: string; conversations: number }[]
    rulesWithoutHit: string[]
  }
  existing?: { kind: string; group?: string; text: string }[]
  before: PortRule[]
  groups: { id: string; name?: string }[]
  less: string[]
  printed?: Record<PrintedForm, string>
}

export type Asked = {
  query: string
  range: Range
  targets: string
  group: string
  existing: readonly { readonly name: string; readonly text: string }[]
  /** A line each: `office=198.51.100.0/24`. */
  known: string
  maxRules: number
  maxOpenPorts: number
  maxSources: number
  publicFrom: number
  answeredOnly: boolean
}

export const nothingAsked: Asked = {
  query: '',
  range: { from: '-30d' },
  targets: '',
  group: '',
  existing: [],
  known: '',
  maxRules: 60,
  maxOpenPorts: 65_536,
  maxSources: 4,
  publicFrom: 16,
  answeredOnly: false
}

export function analyze({ range, existing, known, group, ...asked }: Asked): Promise<Analysis> {
  return change<Analysis>('POST', '/api/ports/analysis', {
    ...asked,
    ...range,
    ...(group.trim() !== '' && { group: group.trim() }),
    existing: existing.map(({ text }) => text),
    known: known.split('\n').flatMap(line => (line.trim() === '' ? [] : [line.trim()]))
  })
}

export const portsOf = ({ protocol, from, to }: PortRule): string => {
  if (protocol === 'all') return 'everything'
  if (from === undefined) return protocol
  return `${protocol} ${from === to ? from : `${from}–${to}`}`
}
