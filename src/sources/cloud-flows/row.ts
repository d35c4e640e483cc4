/** A row of an engine in the cloud, grouped over VPC flow logs, as a flow; and the words in which tables name the fields. */

import { type Flow, flowOf } from '../../ports/flow.ts'

/** What a flow is made of. The first six must be there. */
export const rowFields = [
  'source',
  'destination',
  'sourcePort',
  'destinationPort',
  'protocol',
  'action',
  'start',
  'interfaceId',
  'instanceId',
  'tcpFlags',
  'flowDirection'
] as const
export type RowField = (typeof rowFields)[number]
export const neededFields: readonly RowField[] = rowFields.slice(0, 6)

/** Without `_`, `-` and capitals: AWS's names, those of its older examples, and those that people give. */
const words: Readonly<Record<RowField, readonly string[]>> = {
  source: ['srcaddr', 'sourceaddress', 'srcaddress', 'srcip', 'sourceip'],
  destination: ['dstaddr', 'destinationaddress', 'dstaddress', 'dstip', 'destinationip'],
  sourcePort: ['srcport', 'sourceport'],
  destinationPort: ['dstport', 'destinationport'],
  protocol: ['protocol', 'ianaprotocol'],
  action: ['action'],
  start: ['start', 'starttime', 'startwindow'],
  interfaceId: ['interfaceid', 'eniid'],
  instanceId: ['instanceid'],
  tcpFlags: ['tcpflags'],
  flowDirection: ['flowdirection']
}

/** Which of the names stands for each field; those that none stands for are left out. */
export function fieldsIn(names: readonly string[]): ReadonlyMap<RowField, string> {
  const bare = new Map(names.map(name => [name.toLowerCase().replace(/[_-]/g, ''), name]))
  const found = new Map<RowField, string>()
  for (const field of rowFields) {
    const word = words[field].find(each => bare.has(each))
    if (word !== undefined) found.set(field, bare.get(word)!)
  }
  return found
}

export type Row = { readonly [F in RowField]?: string | undefined } & { readonly count: string | undefined }

/** Undefined for rows without addresses: windows in which nothing flowed. */
export function flowOfRow(row: Row): Flow | undefined {
  const { source, destination, sourcePort, destinationPort, protocol, action, start, count } = row
  const seconds = Number(start)
  const direction = row.flowDirection?.toLowerCase()
  return flowOf(
    {
      event: { module: 'aws', kind: 'event', action: action?.toLowerCase() },
      source: { ip: source, port: Number(sourcePort ?? 0) },
      destination: { ip: destination, port: Number(destinationPort ?? 0) },
      network: { iana_number: protocol, direction: direction === '-' ? undefined : direction },
      aws: { vpcflow: { tcp_flags: row.tcpFlags, interface_id: row.interfaceId, instance_id: row.instanceId } }
    },
    seconds > 0 ? seconds * 1e6 : undefined,
    Math.max(1, Number(count ?? 1) || 1)
  )
}

/** Whose records are asked for; nothing: everyone's. */
export type Wanted = {
  readonly interfaces: readonly string[]
  readonly instances: readonly string[]
  /** Single addresses. */
  readonly addresses: readonly string[]
}

/** More than this is not written into a query. */
export const wantedMax = 500

export type CloudRange = { readonly fromMs: number; readonly toMs: number }
