/** What the kernel says (Linux 3.10 to 6.x: mm/oom_kill.c, arch/x86/mm/fault.c, drivers/usb/core/hub.c, net/…). */

import type { Phrase } from '../shared/phrases.ts'

export const phrases: readonly Phrase[] = [
  ['Out of memory: Killed process {process.pid=n} ({process.name*}) {_*}', 'oom-killed', 'process', 'end', 'failure'],
  [
    'Out of memory: Kill process {process.pid=n} ({process.name*}) score {_*}',
    'oom-killed',
    'process',
    'end',
    'failure'
  ],
  [
    'Memory cgroup out of memory: Killed process {process.pid=n} ({process.name*}) {_*}',
    'oom-killed',
    'process',
    'end',
    'failure'
  ],
  [
    'Memory cgroup out of memory: Kill process {process.pid=n} ({process.name*}) score {_*}',
    'oom-killed',
    'process',
    'end',
    'failure'
  ],
  ['Killed process {process.pid=n} ({process.name*}) {_*}', 'oom-killed', 'process', 'end', 'failure'],
  ['oom_reaper: reaped process {process.pid=n} ({process.name*}), {_*}', 'oom-reaped', 'process', 'end'],
  ['{process.name*} invoked oom-killer: {event.reason*}', 'oom-invoked', 'process', 'info'],
  [
    '{process.name*}[{process.pid=n}]: segfault at {kernel.address} ip {kernel.ip} sp {kernel.sp} error {kernel.error} in {kernel.object*}',
    'crashed',
    'process',
    'end error',
    'failure',
    { 'event.reason': 'segfault' }
  ],
  [
    '{process.name*}[{process.pid=n}]: segfault at {kernel.address} ip {kernel.ip} sp {kernel.sp} error {kernel.error}',
    'crashed',
    'process',
    'end error',
    'failure',
    { 'event.reason': 'segfault' }
  ],
  [
    'traps: {process.name*}[{process.pid=n}] general protection fault ip:{kernel.ip} sp:{kernel.sp} error:{kernel.error} in {kernel.object*}',
    'crashed',
    'process',
    'end error',
    'failure',
    { 'event.reason': 'general protection fault' }
  ],
  [
    'traps: {process.name*}[{process.pid=n}] trap {event.reason*} ip:{kernel.ip} sp:{kernel.sp} error:{kernel.error} in {kernel.object*}',
    'crashed',
    'process',
    'end error',
    'failure'
  ],
  [
    'INFO: task {process.name>}:{process.pid=n} blocked for more than {kernel.seconds=n} seconds.',
    'process-hung',
    'process',
    'error',
    'failure'
  ],
  [
    'watchdog: BUG: soft lockup - CPU#{kernel.cpu=n} stuck for {_} [{process.name*}:{process.pid=n}]',
    'soft-lockup',
    'host',
    'error',
    'failure'
  ],
  ['Kernel panic - not syncing: {event.reason*}', 'kernel-panic', 'host', 'error end', 'failure'],
  ['BUG: {event.reason*}', 'kernel-bug', 'host', 'error', 'failure'],
  ['Oops: {event.reason*}', 'kernel-oops', 'host', 'error', 'failure'],
  ['general protection fault{event.reason*}', 'kernel-oops', 'host', 'error', 'failure'],
  ['Linux version {host.os.kernel} {_*}', 'kernel-started', 'host', 'start'],
  ['Command line: {kernel.command_line*}', 'kernel-command-line', 'host', 'info'],
  ['Kernel command line: {kernel.command_line*}', 'kernel-command-line', 'host', 'info'],
  ['reboot: {event.reason*}', 'kernel-stopped', 'host', 'end'],
  // Modules
  [
    '{kernel.module}: loading out-of-tree module taints kernel.',
    'module-loaded',
    'driver',
    'start',
    'success',
    { 'event.reason': 'out of tree' }
  ],
  [
    '{kernel.module}: module verification failed: signature and/or required key missing - tainting kernel',
    'module-unsigned',
    'driver',
    'start',
    'failure',
    { 'event.reason': 'signature or key missing' }
  ],
  [
    "{kernel.module}: module license '{kernel.license*}' taints kernel.",
    'module-loaded',
    'driver',
    'start',
    'success',
    { 'event.reason': 'license' }
  ],
  ['Loading of unsigned module is rejected', 'module-refused', 'driver', 'denied', 'failure'],
  [
    'Lockdown: {process.name*}: {event.reason*} is restricted; see man kernel_lockdown.7',
    'lockdown-denied',
    'process',
    'denied',
    'failure'
  ],
  // USB
  [
    'usb {kernel.usb.port}: new {kernel.usb.speed*} USB device number {kernel.usb.number=n} using {kernel.usb.driver}',
    'usb-attached',
    'host',
    'change'
  ],
  [
    'usb {kernel.usb.port}: New USB device found, idVendor={kernel.usb.vendor_id}, idProduct={kernel.usb.product_id}, bcdDevice={_*}',
    'usb-found',
    'host',
    'change'
  ],
  [
    'usb {kernel.usb.port}: New USB device found, idVendor={kernel.usb.vendor_id}, idProduct={kernel.usb.product_id}',
    'usb-found',
    'host',
    'change'
  ],
  ['usb {kernel.usb.port}: Product: {kernel.usb.product*}', 'usb-described', 'host', 'info'],
  ['usb {kernel.usb.port}: Manufacturer: {kernel.usb.manufacturer*}', 'usb-described', 'host', 'info'],
  ['usb {kernel.usb.port}: SerialNumber: {kernel.usb.serial_number*}', 'usb-described', 'host', 'info'],
  ['usb {kernel.usb.port}: USB disconnect, device number {kernel.usb.number=n}', 'usb-detached', 'host', 'change'],
  ['usb-storage {kernel.usb.port}: USB Mass Storage device detected', 'usb-storage-attached', 'host', 'change'],
  ['usb {kernel.usb.port}: Device is not authorized for usage', 'usb-refused', 'host', 'denied', 'failure'],
  // Links
  ['{interface}: NIC Link is Up {kernel.link*}', 'link-up', 'network', 'info'],
  ['{interface}: NIC Link is Down', 'link-down', 'network', 'info'],
  ['{interface}: Link is Up - {kernel.link*}', 'link-up', 'network', 'info'],
  ['{interface}: Link is Down', 'link-down', 'network', 'info'],
  ['{interface}: link up, {kernel.link*}', 'link-up', 'network', 'info'],
  ['{interface}: link down', 'link-down', 'network', 'info'],
  ['{interface}: link becomes ready', 'link-up', 'network', 'info'],
  ['IPv6: ADDRCONF(NETDEV_CHANGE): {interface}: link becomes ready', 'link-up', 'network', 'info'],
  ['device {interface} entered promiscuous mode', 'promiscuous-mode-entered', 'network configuration', 'change'],
  ['device {interface} left promiscuous mode', 'promiscuous-mode-left', 'network configuration', 'change'],
  ['{interface}: entered promiscuous mode', 'promiscuous-mode-entered', 'network configuration', 'change'],
  ['{interface}: left promiscuous mode', 'promiscuous-mode-left', 'network configuration', 'change'],
  // Floods, and addresses that cannot be
  [
    'TCP: request_sock_TCP: Possible SYN flooding on port {destination.address>}:{destination.port}. {event.reason*}',
    'syn-flood',
    'network intrusion_detection',
    'info'
  ],
  [
    'TCP: request_sock_TCP: Possible SYN flooding on port {destination.port}. {event.reason*}',
    'syn-flood',
    'network intrusion_detection',
    'info'
  ],
  [
    'request_sock_TCP: Possible SYN flooding on port {destination.port}. {event.reason*}',
    'syn-flood',
    'network intrusion_detection',
    'info'
  ],
  ['nf_conntrack: nf_conntrack: table full, dropping packet', 'conntrack-full', 'network', 'denied', 'failure'],
  ['nf_conntrack: table full, dropping packet', 'conntrack-full', 'network', 'denied', 'failure'],
  [
    'IPv4: martian source {destination.address} from {source.address}, on dev {interface}',
    'martian-packet',
    'network',
    'denied',
    'failure'
  ],
  [
    'IPv4: martian destination {destination.address} from {source.address}, dev {interface}',
    'martian-packet',
    'network',
    'denied',
    'failure'
  ],
  [
    'ICMPv6: NA: {source.mac} advertised our address {source.address} on {interface}!',
    'address-conflict',
    'network',
    'error',
    'failure'
  ],
  // Disks
  ['EXT4-fs error (device {kernel.device}): {event.reason*}', 'filesystem-error', 'file', 'error', 'failure'],
  ['EXT4-fs ({kernel.device}): mounted filesystem {_*}', 'filesystem-mounted', 'file', 'info'],
  ['XFS ({kernel.device}): Mounting V{_} Filesystem{_*}', 'filesystem-mounted', 'file', 'info'],
  ['XFS ({kernel.device}): Corruption {event.reason*}', 'filesystem-error', 'file', 'error', 'failure'],
  ['blk_update_request: I/O error, dev {kernel.device}, sector {_*}', 'disk-error', 'host', 'error', 'failure'],
  ['I/O error, dev {kernel.device}, sector {_*}', 'disk-error', 'host', 'error', 'failure'],
  ['Buffer I/O error on dev {kernel.device}, {_*}', 'disk-error', 'host', 'error', 'failure'],
  ['mce: [Hardware Error]: {event.reason*}', 'hardware-error', 'host', 'error', 'failure']
]
