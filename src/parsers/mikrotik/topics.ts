/** The topics in front of a RouterOS message: words that are known as such, parted by commas, at least two of them. */

const known: ReadonlySet<string> = new Set(
  (
    'account async backup bfd bgp bridge calc caps certificate container critical ddns debug dhcp dns dot1x dude e-mail error event evpn ' +
    'fetch firewall gps gsm health hotspot igmp-proxy info interface iot ipsec iscsi isis kvm l2tp lora ldp lte manager mme mpls mqtt ' +
    'natpmp netinstall netwatch ntp ospf ovpn packet pim poe-out ppp pppoe pptp ptp queue radius radvd raw read rip route rpki rsvp script ' +
    'simulator smb snmp ssh ssl sstp state store stp system telephony tftp timer tr069 update upnp ups vpls vrrp warning watchdog ' +
    'web-proxy wifi wireguard wireless write zerotier'
  ).split(' ')
)

export type Topics = { readonly topics: readonly string[]; readonly end: number; readonly host: string | undefined }

export function scanTopics(body: string): Topics | undefined {
  const direct = topicsAt(body, 0)
  if (direct !== undefined) return direct
  // A host in front, where syslog could not tell it from the message.
  const space = body.indexOf(' ')
  if (space < 1 || space > 64) return undefined
  const behind = topicsAt(body, space + 1)
  return behind === undefined ? undefined : { ...behind, host: body.slice(0, space) }
}

function topicsAt(body: string, at: number): Topics | undefined {
  const c = body.charCodeAt(at)
  if (c < 97 || c > 122) return undefined
  const space = body.indexOf(' ', at)
  const end = space < 0 ? body.length : space
  if (end - at > 64) return undefined
  const comma = body.indexOf(',', at)
  if (comma < 0 || comma > end) return undefined
  const topics = body.slice(at, end).split(',')
  for (const topic of topics) if (!known.has(topic)) return undefined
  return { topics, end: space < 0 ? end : end + 1, host: undefined }
}
