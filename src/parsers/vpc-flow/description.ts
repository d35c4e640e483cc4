/** What a person reads about the format. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'VPC and transit gateway flow logs with any fields in any order, as the header line says (versions 2 to 10); without a header, the ' +
    'default fields of version 2. `NODATA` and `SKIPDATA` lines are events; `-` means absent.',
  from: 'Create a flow log that delivers to S3 as text, copy the folder and import it. Custom formats bring their header along.',
  specifications: ['Amazon VPC User Guide, Flow log records', 'AWS Transit Gateway, Flow log records'],
  sample:
    '2 123456789012 eni-0a1b2c3d4e5f60718 203.0.113.12 172.31.16.21 49761 3389 6 20 4249 1772352942 1772353002 REJECT OK',
  mapping: [
    ['event.start, event.end, @timestamp', 'start, end; the end is the event’s time'],
    ['event.action, event.type, event.outcome', 'action', 'ACCEPT: allowed; REJECT: denied'],
    ['source.ip, source.port', 'srcaddr, srcport'],
    ['destination.ip, destination.port', 'dstaddr, dstport'],
    ['source.bytes, source.packets, network.bytes, network.packets', 'bytes, packets'],
    ['network.transport, network.iana_number, network.type', 'protocol, type'],
    ['network.community_id', 'computed'],
    ['network.direction', 'flow-direction'],
    ['cloud.account.id, cloud.instance.id, cloud.region', 'account-id, instance-id, region'],
    ['aws.vpcflow.*', 'everything, by the names of the log']
  ]
}
