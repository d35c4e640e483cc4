/** Who reads the datagrams of a UDP flow, by its ports. */

import type { App, Stage } from '../app.ts'
import type { Flow } from '../flow.ts'
import { DhcpApp } from './dhcp.ts'
import { DnsDatagrams } from './dns-app.ts'

export function udpReader(flow: Flow, stage: Stage): App | undefined {
  const { sourcePort, destinationPort } = flow
  if (destinationPort === 53 || sourcePort === 53) return new DnsDatagrams(flow, stage)
  if (destinationPort === 5353) return new DnsDatagrams(flow, stage, 'mdns')
  if (destinationPort === 5355) return new DnsDatagrams(flow, stage, 'llmnr')
  if (destinationPort === 67 || destinationPort === 68) return new DhcpApp(flow, stage)
  return undefined
}
