/**
 * What each of Suricata's event types is in ECS terms. Elastic's mapping where it has one; types that it does not know get the
 * name of their protocol. Used by the EVE parser for every record.
 */

export type EventType = {
  /** Rows of a kind are stored together. */
  readonly kind: string
  readonly eventKind: 'event' | 'alert' | 'metric'
  readonly category: readonly string[]
  readonly type: readonly string[] | undefined
  /** `network.protocol` where the record does not bring `app_proto`. */
  readonly protocol: string | undefined
}

const network = ['network'] as const
const web = ['network', 'web'] as const
const isProtocol = ['protocol'] as const
const isInfo = ['info'] as const
const isConnection = ['connection'] as const

const events = (kind: string, type: readonly string[] | undefined, protocol?: string): [string, EventType] => [
  kind,
  { kind, eventKind: 'event', category: network, type, protocol }
]
const protocols = (...kinds: readonly string[]): [string, EventType][] => kinds.map(k => events(k, isProtocol, k))
const webEvents = (kind: string): [string, EventType] => [
  kind,
  { kind, eventKind: 'event', category: web, type: ['access', 'protocol'], protocol: 'http' }
]

const eventTypes: ReadonlyMap<string, EventType> = new Map<string, EventType>([
  [
    'alert',
    {
      kind: 'alert',
      eventKind: 'alert',
      category: ['network', 'intrusion_detection'],
      type: undefined,
      protocol: undefined
    }
  ],
  ['stats', { kind: 'stats', eventKind: 'metric', category: network, type: isInfo, protocol: undefined }],
  events('flow', isConnection),
  events('netflow', isConnection),
  webEvents('http'),
  webEvents('http2'),
  events('ftp_data', isProtocol, 'ftp'),
  events('rfb', isProtocol, 'rfb'),
  events('doh2', isProtocol, 'dns'),
  ...protocols('dns', 'ftp', 'ike', 'ikev2', 'krb5', 'mqtt', 'smb', 'smtp', 'snmp', 'ssh', 'tftp', 'tls', 'rdp'),
  ...protocols('dhcp', 'nfs', 'sip', 'sdp', 'rtp', 'dcerpc', 'quic', 'pgsql', 'modbus', 'dnp3', 'enip', 'telnet'),
  ...protocols('websocket', 'ldap', 'pop3', 'imap', 'bittorrent_dht', 'arp', 'mdns', 'llmnr', 'rpc', 'template', 'ntp'),
  events('anomaly', isInfo),
  events('fileinfo', isInfo),
  events('metadata', isInfo),
  events('frame', isInfo),
  events('packet', isInfo),
  events('stream_tcp', isInfo),
  events('engine', isInfo),
  events('drop', ['denied'])
])

const other: EventType = { kind: 'other', eventKind: 'event', category: network, type: isInfo, protocol: undefined }

/** A type that this version does not know is an event of the network; its own name is its kind if it looks like a name. */
export function eventTypeOf(name: string): EventType {
  const known = eventTypes.get(name)
  if (known !== undefined) return known
  if (name.length > 32) return other
  const lower = name.toLowerCase()
  return eventTypes.get(lower) ?? (/^[a-z0-9_-]+$/.test(lower) ? { ...other, kind: lower } : other)
}

export function isKnownType(name: string): boolean {
  return eventTypes.has(name)
}
