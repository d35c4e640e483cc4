/** IANA's numbers of protocols to `network.transport`, those that Elastic's integrations of firewalls name. */
export const transports: Readonly<Record<string, string>> = {
  0: 'hopopt',
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  8: 'egp',
  17: 'udp',
  47: 'gre',
  50: 'esp',
  58: 'ipv6-icmp',
  112: 'vrrp',
  132: 'sctp'
}
