/** The daemons of Linux and the BSDs whose syslog messages become events of their own: part of the list in `readers.ts`. */

import { bind } from '../bind/bind.ts'
import { dhcpd } from '../dhcpd/dhcpd.ts'
import { dnsmasq } from '../dnsmasq/dnsmasq.ts'
import { dovecot } from '../dovecot/dovecot.ts'
import { exim } from '../exim/exim.ts'
import { iptables } from '../iptables/iptables.ts'
import { kea } from '../kea/kea.ts'
import { kernel } from '../kernel/kernel.ts'
import { logDaemons } from '../log-daemons/log-daemons.ts'
import { networkManager } from '../network-manager/network-manager.ts'
import { openvpn } from '../openvpn/openvpn.ts'
import { postfix } from '../postfix/postfix.ts'
import { strongswan } from '../strongswan/strongswan.ts'
import { systemd } from '../systemd/systemd.ts'
import { timesync } from '../timesync/timesync.ts'
import { unbound } from '../unbound/unbound.ts'
import { wireguard } from '../wireguard/wireguard.ts'
import type { MessageReader } from './reader.ts'

export const daemons: readonly MessageReader[] = [
  iptables,
  // DNS and DHCP.
  bind,
  unbound,
  dnsmasq,
  dhcpd,
  kea,
  // Mail.
  postfix,
  dovecot,
  exim,
  // VPN.
  openvpn,
  wireguard,
  strongswan,
  // The host itself. WireGuard looks at the kernel's messages before.
  kernel,
  systemd,
  networkManager,
  timesync,
  logDaemons
]
