/**
 * Suricata over a capture, once: a child with a minimal configuration in a folder of its own, which reads the capture from its standard
 * input and writes its events into that folder. Bounded in time, in what it writes, and in its memory for flows and streams.
 */

import { spawn } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { PicketError } from '../../core/errors.ts'
import { companionFile } from '../sensor/program.ts'
import { suricataVars } from '../sensor/suricata-vars.ts'

export type SuricataRun = {
  readonly program: string
  readonly capture: AsyncIterable<Buffer>
  /** An empty folder, for everything that it writes. */
  readonly folder: string
  /** Files of rules; none: it says what was said, and nothing of attacks. */
  readonly rules: readonly string[]
  readonly signal?: AbortSignal | undefined
  readonly onRead?: ((bytes: number) => void) | undefined
}

const timeMaxMs = 12 * 3_600_000
const writtenBytesMax = 50e9
const saidMax = 4_000

/** The file of its events. Throws `suricata-failed`. */
export async function runSuricata({ program, capture, folder, rules, signal, onRead }: SuricataRun): Promise<string> {
  const [config, events] = [join(folder, 'suricata.yaml'), join(folder, 'eve.json')]
  writeFileSync(config, yaml(folder, rules), { mode: 0o600 })
  const args = ['-r', '/dev/stdin', '-c', config, '-l', folder, '-k', 'none', '--runmode', 'single']
  // What Node gives a child as its input is a socket, which cannot be opened as a file: a pipe can.
  const child = spawn('/bin/sh', ['-c', 'cat | "$@"', 'sh', program, ...args], {
    cwd: folder,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, TZ: 'UTC', LC_ALL: 'C.UTF-8' }
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-saidMax)
    })
  let stopped: string | undefined
  const stop = (why: string): void => {
    stopped ??= why
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended.
    }
  }
  const aborted = (): void => stop('it was told to stop')
  signal?.addEventListener('abort', aborted, { once: true })
  const late = setTimeout(() => stop('it took more than twelve hours'), timeMaxMs)
  const watch = setInterval(() => {
    if ((statSync(events, { throwIfNoEntry: false })?.size ?? 0) > writtenBytesMax)
      stop(`it wrote more than ${writtenBytesMax / 1e9} GB`)
  }, 2_000)
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  try {
    async function* counted(): AsyncGenerator<Buffer> {
      for await (const piece of capture) {
        onRead?.(piece.length)
        yield piece
      }
    }
    // It may end before it has read all: a capture that is damaged.
    const fed = pipeline(Readable.from(counted(), { objectMode: false }), child.stdin).catch(() => {})
    const code = await ended.catch(cause => {
      throw new PicketError('suricata-failed', `${program} cannot be run: ${(cause as Error).message}`, { cause })
    })
    await fed
    signal?.throwIfAborted()
    if (stopped !== undefined || code !== 0) {
      const words = stopped ?? (reasonIn(said) || `it ended with ${code}`)
      throw new PicketError('suricata-failed', `Suricata did not get through the capture: ${words}`)
    }
    return events
  } finally {
    clearTimeout(late)
    clearInterval(watch)
    signal?.removeEventListener('abort', aborted)
  }
}

/** Its last error, without its marks. */
function reasonIn(said: string): string {
  const lines = said.split('\n').filter(line => /^E: |error/i.test(line))
  return (lines.at(-1) ?? '').replace(/^E: /, '').slice(0, 300)
}

const text = (value: string): string => JSON.stringify(value)
const types = ['ftp', 'http2', 'ike', 'krb5', 'mqtt', 'nfs', 'quic', 'rdp', 'rfb', 'sip', 'smb', 'snmp', 'ssh', 'tftp']

const privateNetworks = '[10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10,fc00::/7,fe80::/10]'

/** Whose the addresses in a capture are, nobody has said: private ones are home. */
function yaml(folder: string, rules: readonly string[]): string {
  const file = (key: string, path: string | undefined): string => (path === undefined ? '' : `${key}: ${text(path)}\n`)
  return `%YAML 1.1
---
${suricataVars(privateNetworks, '!$HOME_NET')}default-log-dir: ${text(folder)}
${rules.length === 0 ? 'rule-files: []\n' : `rule-files:\n${rules.map(path => `  - ${text(path)}\n`).join('')}`}${file('classification-file', companionFile('classification.config'))}${file('reference-config-file', companionFile('reference.config'))}logging:
  default-log-level: warning
  outputs:
    - console: { enabled: yes }
stats: { enabled: no }
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      community-id: true
      types:
        - alert: { payload: no, payload-printable: yes, packet: no, metadata: yes }
        - anomaly: { enabled: yes, types: { decode: no, stream: no, applayer: yes } }
        - http: { extended: yes }
        - tls: { extended: yes, session-resumption: yes, ja4: yes }
        - files: { force-magic: no, force-hash: [md5, sha256] }
        - smtp: { extended: yes }
        - dhcp: { enabled: yes, extended: yes }
        - dns
        - flow
${types.map(type => `        - ${type}\n`).join('')}app-layer:
  protocols:
    tls: { enabled: yes, detection-ports: { dp: 443 }, ja3-fingerprints: yes, ja4-fingerprints: yes }
    quic: { enabled: yes, ja3-fingerprints: yes, ja4-fingerprints: yes }
    ssh: { enabled: yes, hassh: yes }
flow: { memcap: 128mb, hash-size: 65536, prealloc: 1000 }
stream: { memcap: 128mb, checksum-validation: no, midstream: true, reassembly: { memcap: 256mb, depth: 1mb } }
defrag: { memcap: 32mb, timeout: 60 }
vlan: { use-for-tracking: true }
detect: { profile: medium }
`
}
