/** Falco's alerts as people read about them. */

import type { FormatDescription } from '../../core/parser.ts'

export const falcoDescription: FormatDescription = {
  reads:
    'Falco’s alerts as JSON, from its file or standard output, from falcosidekick, and inside syslog. Alerts in plain text stay as they ' +
    'are: set `json_output: true`.',
  from: 'In `falco.yaml`: `json_output: true`, `json_include_output_property: true`, and `file_output` or `syslog_output`.',
  specifications: ['https://falco.org/docs/outputs/', 'https://falco.org/docs/reference/rules/supported-fields/'],
  sample:
    '{"hostname":"node1","output":"Notice A shell was spawned in a container","priority":"Notice","rule":"Terminal shell in container",' +
    '"source":"syscall","tags":["T1059","container"],"time":"2025-01-01T00:00:00.123456789Z",' +
    '"output_fields":{"evt.type":"execve","proc.name":"sh","proc.cmdline":"sh -c id","user.name":"root","container.id":"2ae6a7f15b6e"}}',
  mapping: [
    ['event.category, event.type', '`evt.category`, `evt.type`'],
    ['event.severity, log.level', '`priority`', 'Debug is 0, Emergency 7'],
    ['event.provider', '`source`'],
    ['rule.name', '`rule`'],
    ['threat.technique.id, threat.technique.subtechnique.id', '`tags`'],
    ['process.*', '`proc.*`, `thread.*`'],
    ['process.user.*, user.*', '`user.uid`, `user.name`'],
    ['file.*', '`fd.name`, `fd.directory`, `fd.filename`'],
    ['client, server, source, destination', '`fd.cip`, `fd.sip`, `fd.lip`, `fd.rip` and their ports'],
    ['container.*, orchestrator.*', '`container.*`, `k8s.*`'],
    ['observer.hostname', '`hostname`'],
    ['falco.*', 'the whole alert', 'fields below `falco.output_fields`']
  ]
}
