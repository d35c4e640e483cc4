/** Alerts of Snort 3 as JSON (`alert_json`), a line each, whatever fields were chosen. First stage of the pipeline: record → ECS event. */

import { numberOf, textOf } from '../../core/ecs-values.ts'
import type { JsonObject, Parsed, Parser, Sample } from '../../core/parser.ts'
import { type Alert, alertEvent, emptyAlert } from './alert.ts'
import { jsonDescription } from './description.ts'
import { isSnortStamp, snortTime } from './stamp.ts'

export const snortJson: Parser = {
  name: 'snort-json',
  title: 'Snort 3 alerts as JSON',
  input: 'json',
  framing: 'lines',
  recognise,
  open: context => (_text, json) => parse(json, context.receivedMs, context.timezoneMinutes ?? 0),
  description: jsonDescription
}

function recognise(sample: Sample): number {
  const records = sample.json.slice(0, 20)
  if (records.length === 0) return 0
  const good = records.filter(json => json !== undefined && isAlert(json)).length
  return good >= records.length * 0.8 ? 0.95 : 0
}

function isAlert(json: JsonObject): boolean {
  const stamp = json['timestamp']
  if (typeof stamp === 'string' ? !isSnortStamp(stamp) : typeof json['seconds'] !== 'number') return false
  const rule = json['rule']
  return (
    (typeof rule === 'string' && /^\d+:\d+:\d+$/.test(rule)) || (json['gid'] !== undefined && json['sid'] !== undefined)
  )
}

/** Fields that are read below. */
const known = new Set(
  (
    'timestamp seconds gid sid rev rule msg class priority proto service src_addr src_port src_ap dst_addr dst_port dst_ap eth_src eth_dst ' +
    'eth_len action iface dir vlan pkt_num pkt_len icmp_type icmp_code icmp_id icmp_seq tcp_flags tcp_len tcp_seq tcp_ack tcp_win udp_len ' +
    'ip_id ip_len tos ttl dgm_len'
  ).split(' ')
)

const directions: Readonly<Record<string, string>> = { C2S: 'inbound', S2C: 'outbound' }

function parse(json: JsonObject, receivedMs: number, zone: number): Parsed {
  if (!isAlert(json)) return { ok: false, reason: 'no alert: without a time stamp, or without the ids of a rule' }
  const text = (key: string) => textOf(json[key])
  const number = (key: string) => numberOf(json[key])
  const seconds = number('seconds')
  const time = snortTime(text('timestamp') ?? '', receivedMs, zone)
  const timeUs =
    time.timeUs ?? (seconds !== undefined && seconds > 0 && seconds < 1e11 ? seconds * 1_000_000 : undefined)
  const ids = text('rule')?.split(':') ?? []
  const vlan = number('vlan')
  const service = text('service')
  const other: Record<string, unknown> = {}
  let any = false
  for (const key in json) {
    if (known.has(key) || key === '__proto__') continue
    other[key] = json[key]
    any = true
  }
  const icmpType = number('icmp_type')
  const alert: Alert = {
    ...emptyAlert,
    timeUs,
    gid: number('gid') ?? numberOf(ids[0]),
    sid: text('sid') ?? ids[1],
    revision: text('rev') ?? ids[2],
    message: unquoted(text('msg')),
    category: text('class') === 'none' ? undefined : text('class'),
    priority: number('priority'),
    protocol: text('proto'),
    service: service === 'unknown' ? undefined : service,
    source: text('src_addr') ?? pair(text('src_ap'))[0],
    sourcePort: number('src_port') ?? pair(text('src_ap'))[1],
    sourceMac: text('eth_src'),
    destination: text('dst_addr') ?? pair(text('dst_ap'))[0],
    destinationPort: number('dst_port') ?? pair(text('dst_ap'))[1],
    destinationMac: text('eth_dst'),
    action: text('action'),
    interfaceName: text('iface'),
    direction: directions[text('dir') ?? ''],
    bytes: number('pkt_len'),
    packets: number('pkt_num'),
    vlan: vlan === undefined || vlan === 0 ? undefined : String(vlan),
    ip: { id: number('ip_id'), length: number('ip_len'), tos: number('tos'), ttl: number('ttl') },
    tcp: {
      flags: text('tcp_flags')?.replaceAll('*', ''),
      length: number('tcp_len'),
      seq: number('tcp_seq'),
      ack: number('tcp_ack'),
      window: number('tcp_win')
    },
    udp: { length: number('udp_len') },
    icmp: (icmpType === undefined
      ? undefined
      : { type: icmpType, code: number('icmp_code'), id: number('icmp_id'), seq: number('icmp_seq') }) as Alert['icmp'],
    dgm: { length: number('dgm_len') },
    eth: { length: number('eth_len') },
    other: any ? other : undefined
  }
  return { ok: true, timeUs, kind: 'alert', event: alertEvent(alert, undefined, false, timeUs) }
}

/** `10.0.0.1:80`; a port of 0 is none. */
function pair(text: string | undefined): readonly [string | undefined, number | undefined] {
  if (text === undefined) return [undefined, undefined]
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), port > 0 ? port : undefined]
}

function unquoted(text: string | undefined): string | undefined {
  return text !== undefined && text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text
}
