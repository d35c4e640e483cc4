/** Who spoke with whom, from the store: the fields that tell a flow, grouped, so that a year of them is read at once and not event by event. */

import type { ClickHouseClient } from '@clickhouse/client'
import type { EcsEvent } from '../core/parser.ts'

/** An event with the fields of a flow only, standing for `count` of them; `timeUs` is the first one's. */
export type StoredFlow = { readonly event: EcsEvent; readonly timeUs: number; readonly count: number }

const ipText = (column: string): string =>
  `replaceRegexpOne(IPv6NumToString(${column}), '^::ffff:(\\\\d+\\\\.)', '\\\\1')`

const selection: readonly string[] = [
  `${ipText('source_ip')} AS source`,
  'source_port',
  `${ipText('destination_ip')} AS destination`,
  'destination_port',
  'network_iana_number',
  'network_transport',
  'network_direction',
  'event_action',
  "has(event_type, 'denied') AS denied",
  'event_dataset',
  'aws_vpcflow_tcp_flags',
  "fields['netflow.tcp_control_bits'] AS control_bits",
  'aws_vpcflow_interface_id',
  'aws_vpcflow_instance_id',
  'cloud_instance_id',
  'event_kind',
  'event_module',
  'suricata_eve_event_type'
]

const groups = selection.map((_, i) => i + 1).join(', ')

type Row = [string, number, string, number, string, string, string, string, number, string, ...string[]]

export async function readFlows(
  client: ClickHouseClient,
  where: string,
  params: Readonly<Record<string, unknown>>,
  receive: (flow: StoredFlow) => void
): Promise<void> {
  const result = await client.query({
    query: `SELECT ${selection.join(', ')}, toString(toUnixTimestamp64Micro(min(timestamp))), toString(count()) FROM ${where} GROUP BY ${groups}`,
    query_params: params,
    format: 'JSONCompactEachRow',
    clickhouse_settings: { max_execution_time: 120, max_threads: 2 }
  })
  for await (const rows of result.stream<Row>()) for (const row of rows) receive(flowOfRow(row.json() as Row))
}

function flowOfRow(row: Row): StoredFlow {
  const [source, sourcePort, destination, destinationPort, number, transport, direction, action, denied, dataset] = row
  const [flags, controlBits, interfaceId, instanceId, cloudInstance, kind, module, suricataType, firstUs, count] =
    row.slice(10) as string[]
  return {
    timeUs: Number(firstUs),
    count: Number(count),
    event: {
      event: { kind, module, action: action || undefined, type: denied ? ['denied'] : undefined, dataset },
      source: { ip: source, port: sourcePort },
      destination: { ip: destination, port: destinationPort },
      network: {
        iana_number: number || undefined,
        transport: transport || undefined,
        direction: direction || undefined
      },
      cloud: { instance: { id: cloudInstance || undefined } },
      aws:
        dataset === 'aws.vpcflow'
          ? {
              vpcflow: {
                tcp_flags: flags || undefined,
                interface_id: interfaceId || undefined,
                instance_id: instanceId || undefined
              }
            }
          : undefined,
      suricata: suricataType ? { eve: { event_type: suricataType } } : undefined,
      netflow: dataset.startsWith('netflow') ? { tcp_control_bits: Number(controlBits || 0) } : undefined
    }
  }
}
