/**
 * Suricata's configuration for a sensor, as text. JSON strings are YAML strings, so everything from outside is written as one.
 * Every key is explained at docs.suricata.io, "Suricata.yaml". Looks at no file.
 */

import { suricataVars } from './suricata-vars.ts'

export type YamlFor = {
  readonly interfaces: readonly string[]
  readonly homeNet: readonly string[]
  readonly filter: string | undefined
  readonly memoryBytes: number
  /** Whatever it writes is in there, and it may write nowhere else. */
  readonly folder: string
  /** Where the set of rules in force is. */
  readonly rulesFolder: string
  readonly socketFolder: string
  readonly eveSocket: string
  readonly commandSocket: string
  /** Files that come with Suricata: what classes and references of rules mean. */
  readonly classificationFile: string | undefined
  readonly referenceFile: string | undefined
}

/** How often Suricata says how it is. */
export const statsSeconds = 5

/** Event types as they are, without options of ours. */
const plainTypes = [
  'dns',
  'ftp',
  'http2',
  'ike',
  'krb5',
  'mqtt',
  'nfs',
  'quic',
  'rdp',
  'rfb',
  'sip',
  'smb',
  'snmp',
  'ssh',
  'tftp',
  'flow'
]

const text = (value: string): string => JSON.stringify(value)
const megabytes = (bytes: number): string => text(`${Math.max(1, Math.floor(bytes / 1e6))}mb`)

export function suricataYaml(options: YamlFor): string {
  const { interfaces, homeNet, filter, memoryBytes, folder, rulesFolder, socketFolder } = options
  // Suricata refuses a network that nothing is outside of.
  const all = homeNet.some(network => network.endsWith('/0'))
  const captured = interfaces
    .map(
      (name, i) => `  - interface: ${text(name)}
    threads: auto
    cluster-id: ${90 + i}
    cluster-type: cluster_flow
    defrag: yes
    use-mmap: yes
    tpacket-v3: yes
    ring-size: 4096
    block-size: 131072
${filter === undefined ? '' : `    bpf-filter: ${text(filter)}\n`}`
    )
    .join('')
  const file = (key: string, path: string | undefined): string => (path === undefined ? '' : `${key}: ${text(path)}\n`)
  return `%YAML 1.1
---
# Written by Picket at each start: changes are lost. What can be set is in picket.yaml, or on the page.
${suricataVars(all ? 'any' : `[${homeNet.join(',')}]`, all ? 'any' : '!$HOME_NET')}default-log-dir: ${text(folder)}
default-rule-path: ${text(rulesFolder)}
rule-files: ['*.rules']
threshold-file: ${text(`${rulesFolder}/threshold.config`)}
${file('classification-file', options.classificationFile)}${file('reference-config-file', options.referenceFile)}logging:
  default-log-level: notice
  outputs:
    - console:
        enabled: yes
        type: json
stats:
  enabled: yes
  interval: ${statsSeconds}
outputs:
  - eve-log:
      enabled: yes
      filetype: unix_stream
      filename: ${text(options.eveSocket)}
      community-id: true
      types:
        - alert: { payload: no, payload-printable: yes, payload-buffer-size: 4kb, packet: no, metadata: yes, tagged-packets: no }
        - anomaly: { enabled: yes, types: { decode: no, stream: no, applayer: yes } }
        - http: { extended: yes }
        - tls: { extended: yes, session-resumption: yes, ja4: yes }
        - files: { force-magic: no, force-hash: [md5, sha256] }
        - smtp: { extended: yes }
        - dhcp: { enabled: yes, extended: yes }
${plainTypes.map(type => `        - ${type}\n`).join('')}        - stats: { totals: yes, threads: no, deltas: no, null-values: no }
af-packet:
${captured}unix-command:
  enabled: yes
  filename: ${text(options.commandSocket)}
security:
  limit-noproc: true
  landlock:
    enabled: yes
    directories:
      write: [${text(folder)}, ${text(socketFolder)}]
      read: [/usr, /etc, /lib, /proc, /sys, ${text(folder)}]
app-layer:
  protocols:
    tls: { enabled: yes, detection-ports: { dp: 443 }, ja3-fingerprints: yes, ja4-fingerprints: yes }
    quic: { enabled: yes, ja3-fingerprints: yes, ja4-fingerprints: yes }
    ssh: { enabled: yes, hassh: yes }
    http: { enabled: yes, memcap: ${megabytes(memoryBytes / 4)} }
flow: { memcap: ${megabytes(memoryBytes / 8)}, hash-size: 65536, prealloc: 2000, managers: 1, recyclers: 1 }
stream:
  memcap: ${megabytes(memoryBytes / 8)}
  prealloc-sessions: 1000
  checksum-validation: yes
  midstream: false
  inline: no
  reassembly: { memcap: ${megabytes(memoryBytes / 4)}, depth: 1mb }
defrag: { memcap: ${megabytes(memoryBytes / 16)}, hash-size: 16384, trackers: 16384, max-frags: 65535, prealloc: yes, timeout: 60 }
host: { hash-size: 4096, prealloc: 500, memcap: ${megabytes(memoryBytes / 16)} }
ippair: { hash-size: 4096, prealloc: 500, memcap: ${megabytes(memoryBytes / 16)} }
vlan: { use-for-tracking: true }
detect: { profile: medium }
`
}
