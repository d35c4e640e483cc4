/** The page about the kernel's messages. */

import type { FormatDescription } from '../../core/parser.ts'

export const description: FormatDescription = {
  reads:
    'What Linux’s kernel says, in `kern.log`, `messages`, the journal: processes killed for memory, crashes, panics, ' +
    'denials of lockdown, modules without a signature, USB devices, links, promiscuous mode, floods, martian packets, disk and ' +
    'file system errors. Denials of AppArmor and SELinux are read as auditd’s. Everything else is kept as a plain message.',
  from: 'Syslog daemons and the journal collect the kernel’s messages by themselves.',
  specifications: [
    'Linux kernel source: mm/oom_kill.c, arch/x86, drivers/usb/core, net/ipv4',
    'Elastic system integration, data stream syslog'
  ],
  sample:
    'May 28 10:11:12 web1 kernel: [ 9912.338811] Out of memory: Killed process 4711 (java) total-vm:8123456kB, anon-rss:4123456kB, file-rss:0kB',
  mapping: [
    [
      'event.action, event.outcome, event.reason',
      'by message',
      '`oom-killed`, `crashed`, `usb-attached`, `link-down`, `syn-flood` …'
    ],
    ['process.name, process.pid', 'the process concerned', 'not the kernel'],
    ['observer.ingress.interface.name', 'links, martians'],
    ['kernel.usb.*, kernel.*', 'as named']
  ]
}
