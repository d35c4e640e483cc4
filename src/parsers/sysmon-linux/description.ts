/** Sysmon for Linux as people read about it. */

import type { FormatDescription } from '../../core/parser.ts'

export const sysmonLinuxDescription: FormatDescription = {
  reads:
    'Events of Sysmon for Linux (ProcessCreate, NetworkConnect, FileCreate, FileDelete, ProcessTerminate, configuration and state ' +
    'changes …): the XML that it writes to syslog, and documents that Filebeat has made of it (`winlog.*`).',
  from: 'Sysmon for Linux writes to syslog: `/var/log/syslog` or `/var/log/messages`, or `journalctl -t sysmon -o json`.',
  specifications: ['https://github.com/microsoft/SysmonForLinux'],
  sample:
    '{"@timestamp":"2025-01-01T00:00:00.000Z","winlog":{"provider_name":"Linux-Sysmon","channel":"Linux-Sysmon/Operational",' +
    '"event_id":"1","event_data":{"Image":"/usr/bin/id","CommandLine":"id -u","ProcessId":"2101","User":"root"}}}',
  mapping: [
    ['event.code, event.category, event.type', '`EventID`'],
    ['process.*', '`Image`, `CommandLine`, `ProcessId`, `ProcessGuid`, `CurrentDirectory`, `Hashes`'],
    ['process.parent.*', '`ParentImage`, `ParentCommandLine`, `ParentProcessId` …'],
    ['file.*', '`TargetFilename`, `Device`'],
    ['source.*, destination.*, network.*', '`SourceIp`, `DestinationIp`, `Protocol`, `Initiated`'],
    ['user.name', '`User`', '`user.id` is whom Sysmon runs as'],
    ['rule.name', '`RuleName`'],
    ['winlog.*', '`System`', 'and the rest of `EventData` below `winlog.event_data`']
  ]
}
