/** The auditd format as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const auditdDescription: FormatDescription = {
  reads:
    'The log of the Linux audit daemon, as it stands in `/var/log/audit/audit.log`, and what `ausearch` prints of it (raw or `-i`). ' +
    'The records of one system call (`SYSCALL`, `EXECVE`, `CWD`, `PATH`, `SOCKADDR`, `PROCTITLE` …) follow one another with the same ' +
    'serial and become one event; every other record is an event of its own. Hex is decoded, names that auditd looked up ' +
    '(`log_format = ENRICHED`) are used. Records inside syslog are read as well: those of `audispd` and of the kernel. ' +
    'Where lines of two events are mixed, each run of lines is an event, with the same `auditd.log.sequence`.',
  from:
    'The file itself; `ausearch --raw > audit.log` for a part of it. Rules (`auditctl -l`) decide which system calls are in it. ' +
    'For names beside numbers set `log_format = ENRICHED` in `/etc/audit/auditd.conf`.',
  specifications: [
    'https://github.com/linux-audit/audit-documentation/wiki (SPEC Audit Event Enrichment, field dictionary, message dictionary)',
    'auditd.conf(5), ausearch(8), include/uapi/linux/audit.h'
  ],
  sample:
    'type=SYSCALL msg=audit(1735689600.123:4711): arch=c000003e syscall=59 success=yes exit=0 ppid=2100 pid=2101 auid=1000 uid=0 ' +
    'gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="id" exe="/usr/bin/id" key="exec"\n' +
    'type=EXECVE msg=audit(1735689600.123:4711): argc=2 a0="id" a1="-u"\n' +
    'type=PROCTITLE msg=audit(1735689600.123:4711): proctitle=6964002D75',
  mapping: [
    [
      'event.action',
      'system call, record type',
      'go-libaudit’s words: `executed`, `logged-in`; else the type in lower case'
    ],
    ['event.category, event.type', 'system call, record type'],
    ['event.outcome', '`res`, `result`, `success`, AVC `denied`'],
    ['auditd.log.*', 'every field without a place in ECS, by its own name'],
    ['auditd.log.record_type, auditd.record_types', '`type`', 'of the first record; of all of the event'],
    ['auditd.log.sequence', 'serial'],
    ['auditd.data.syscall', '`syscall`', 'the system call’s name'],
    ['auditd.summary.*', 'who did it, to what, how', 'events of system calls'],
    ['auditd.paths', 'PATH records', 'all of them'],
    [
      'user.id, user.group.id',
      '`uid`, `gid`',
      '`auid` instead, where the record is about somebody logging in or an account'
    ],
    ['user.audit, effective, saved, filesystem, owner', '`auid`, `euid`, `suid`, `fsuid`, `ouid`', 'groups likewise'],
    ['user.name, user.effective.name, user.target', '`acct`, `id`', 'by the record’s type'],
    ['user.terminal', '`terminal`'],
    ['process.name, process.executable', '`comm`, `exe`'],
    ['process.pid, process.parent.pid, process.exit_code', '`pid`, `ppid`, `exit`'],
    ['process.args, process.command_line', '`a0` … of EXECVE, `cmd`'],
    ['process.working_directory, process.title', '`cwd`, `proctitle`'],
    ['file.*', 'the PATH record that the call is about', 'a relative path is joined to `cwd`'],
    ['source.*, destination.*', '`addr`, `src`, `dst`, `saddr`'],
    ['host.architecture', '`arch`'],
    ['host.name', '`node`']
  ]
}
