/** systemd's journal as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const journaldDescription: FormatDescription = {
  reads:
    'Entries of systemd’s journal as JSON (`-o json`, `json-pretty`, `json-seq`, `json-sse`) and in the export format (`-o export`, binary ' +
    'fields included). The message is read as it would be in syslog: sshd, sudo, the kernel’s firewall and audit messages and all other ' +
    'programs that Picket knows. The entry’s cursor is its identity: reading it twice stores it once. ' +
    'The binary files in `/var/log/journal` are not read: export them.',
  from:
    '`journalctl -o json --no-pager > journal.json`, or of files of another machine `journalctl -D /mnt/var/log/journal -o export`. ' +
    '`--all` keeps fields longer than 4,096 bytes.',
  specifications: [
    'systemd.journal-fields(7), journalctl(1)',
    'https://systemd.io/JOURNAL_EXPORT_FORMATS/',
    'RFC 7464 (json-seq)'
  ],
  sample:
    '{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1735689600123456","_HOSTNAME":"web1","_BOOT_ID":"fa3c2e3080dc4cd5be5cb5a43e140d51",' +
    '"_MACHINE_ID":"505afdafda3b4f33a63749ae39284742","PRIORITY":"6","SYSLOG_FACILITY":"4","SYSLOG_IDENTIFIER":"sshd","_PID":"811",' +
    '"_SYSTEMD_UNIT":"ssh.service","MESSAGE":"Accepted publickey for alice from 192.0.2.10 port 50122 ssh2"}',
  mapping: [
    ['@timestamp', '`_SOURCE_REALTIME_TIMESTAMP`, else `__REALTIME_TIMESTAMP`'],
    ['message, event.*, source.*, user.* …', '`MESSAGE`', 'as in syslog'],
    ['log.level, log.syslog.*', '`PRIORITY`, `SYSLOG_FACILITY`, `SYSLOG_IDENTIFIER`'],
    ['host.name, host.id', '`_HOSTNAME`, `_MACHINE_ID`'],
    ['process.*', '`_PID`, `_EXE`, `_CMDLINE`, `_CAP_EFFECTIVE`', 'unless the message is about another process'],
    ['user.id, user.group.id', '`_UID`, `_GID`, `_AUDIT_LOGINUID`', 'unless the message is about somebody'],
    ['event.code', '`MESSAGE_ID`'],
    ['systemd.*', '`_SYSTEMD_UNIT`, `_SYSTEMD_SLICE`, `_TRANSPORT` …'],
    ['container.*', '`CONTAINER_ID_FULL`, `CONTAINER_NAME`, `IMAGE_NAME` …'],
    ['journald.*', 'trusted fields', '`journald.uid`, `journald.code.file`, `journald.host.boot_id` …'],
    ['journald.custom.*', 'all other fields', 'in lower case']
  ]
}
