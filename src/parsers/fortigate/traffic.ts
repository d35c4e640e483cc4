/** FortiGate's traffic logs: forward, local, multicast, sniffer, ZTNA. */

import { isIp } from '../../core/ip.ts'
import type { Draft } from './draft.ts'
import { macOf } from './fortigate.ts'

export function mapTraffic(draft: Draft): void {
  const { source, destination } = draft
  const action = draft.peek('action')
  const utm = draft.peek('utmaction')
  draft.action = action
  draft.outcome = action === undefined ? undefined : 'success'
  draft.category.push('network')
  draft.type.push('connection')
  if (action !== undefined) draft.type.push(action === 'start' ? 'start' : 'end')
  if (draft.peek('app') !== undefined && action !== 'deny') draft.type.push('protocol')
  if (utm === undefined && action !== 'deny') draft.type.push('allowed')
  if (utm === 'block' || action === 'deny') draft.type.push('denied')
  destination.ip = draft.take('dstip')
  destination.port = draft.count('dstport')
  destination.natIp = ipOf(draft.peek('tranip'))
  destination.natPort = draft.count('tranport')
  destination.bytes = draft.count('rcvdbyte')
  destination.packets = draft.count('rcvdpkt')
  destination.address = draft.take('dstname')
  destination.userName = draft.take('dstunauthuser')
  source.ip = draft.take('srcip')
  source.port = draft.count('srcport')
  source.natIp = ipOf(draft.peek('transip'))
  source.natPort = draft.count('transport')
  source.bytes = draft.count('sentbyte')
  source.packets = draft.count('sentpkt')
  source.mac = macOf(draft.take('srcmac'))
  source.domain = draft.take('srcdomain')
  source.groupName = draft.take('group')
  source.userName = draft.take('unauthuser') ?? draft.take('user')
  draft.email.to = draft.peek('dstcollectedemail')
  draft.email.from = draft.peek('collectedemail')
  draft.application = draft.take('app')
  draft.code ??= draft.take('logid')
  draft.ianaNumber = draft.take('proto')
  draft.protocol = draft.take('service')
  draft.file = { name: draft.take('filename') }
  draft.url = { path: draft.take('url') }
  const feed = draft.take('srcthreatfeed')
  if (feed !== undefined) draft.threat = { feed: { name: feed } }
  draft.rule = {
    id: draft.take('policyid'),
    uuid: draft.take('poluuid'),
    ruleset: draft.take('policytype'),
    name: draft.take('policyname'),
    category: draft.take('appcat')?.replaceAll('.', '-'),
    description: draft.take('comment')
  }
}

const ipOf = (text: string | undefined) => (isIp(text) ? text : undefined)
