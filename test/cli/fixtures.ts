/** A folder of small files of every format and container, written for the tests of the commands. Their records are ours. */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import tar from 'tar-stream'
import { eveLines, vpcFlowLines } from '../../bench/corpus.ts'
import { zipOf } from '../../src/sources/files/zip-writer.ts'

const lines = (source: Iterator<string>, count: number): string[] =>
  Array.from({ length: count }, () => source.next().value as string)
const text = (all: readonly string[]): string => all.join('\n') + '\n'

const eve = lines(eveLines(5), 40)
const blocked = {
  timestamp: '2026-06-01T08:30:00.123456+0000',
  flow_id: 77,
  event_type: 'alert',
  src_ip: '10.20.1.99',
  src_port: 51000,
  dest_ip: '203.0.113.66',
  dest_port: 22,
  proto: 'TCP',
  alert: {
    action: 'blocked',
    gid: 1,
    signature_id: 2001219,
    rev: 20,
    signature: 'ET SCAN Potential SSH Scan',
    category: 'Attempted Information Leak',
    severity: 2
  }
}
const trail = {
  Records: ['ConsoleLogin', 'CreateUser', 'DeleteTrail'].map((eventName, i) => ({
    eventVersion: '1.08',
    eventID: `00000000-0000-4000-8000-00000000000${i}`,
    eventTime: `2026-06-01T09:0${i}:00Z`,
    eventSource: 'iam.amazonaws.com',
    eventName,
    awsRegion: 'eu-central-1',
    sourceIPAddress: '198.51.100.7',
    userAgent: 'console.amazonaws.com',
    eventType: 'AwsApiCall',
    recipientAccountId: '123456789012',
    userIdentity: { type: 'IAMUser', userName: 'alice', accountId: '123456789012' }
  }))
}
const conn = [
  '#separator \\x09',
  '#set_separator\t,',
  '#empty_field\t(empty)',
  '#unset_field\t-',
  '#path\tconn',
  '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state',
  '#types\ttime\tstring\taddr\tport\taddr\tport\tenum\tstring\tinterval\tcount\tcount\tstring',
  '1780300800.100000\tCa1\t10.20.1.10\t50000\t203.0.113.5\t443\ttcp\tssl\t1.5\t100\t200\tSF',
  '1780300801.200000\tCa2\t10.20.1.11\t50001\t203.0.113.6\t53\tudp\tdns\t0.1\t40\t80\tSF'
]
const weird = [
  {
    ts: 1780300900.5,
    uid: 'Cw1',
    'id.orig_h': '10.20.1.12',
    'id.orig_p': 1,
    'id.resp_h': '203.0.113.7',
    'id.resp_p': 2,
    proto: 'tcp',
    conn_state: 'S0',
    _path: 'conn'
  },
  {
    ts: 1780300901.5,
    uid: 'Cw2',
    'id.orig_h': '10.20.1.13',
    'id.orig_p': 1,
    'id.resp_h': '203.0.113.7',
    'id.resp_p': 2,
    proto: 'tcp',
    conn_state: 'S0',
    _path: 'conn'
  }
].map(record => JSON.stringify(record))
const auth = [
  '<86>1 2026-06-01T10:00:00Z bastion sshd 4711 - - Failed password for invalid user oracle from 198.51.100.23 port 40022 ssh2',
  '<86>1 2026-06-01T10:00:05Z bastion sshd 4712 - - Accepted publickey for deploy from 10.20.1.50 port 40100 ssh2',
  '<86>1 2026-06-01T10:00:09Z bastion sudo 4713 - - deploy : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/id'
]
const applications = [
  '{"time":"2026-06-01T11:00:00Z","level":"error","message":"Payment gateway refused card","user":"bob","trace":"a1"}',
  '{"time":"2026-06-01T11:00:01Z","level":"info","message":"Report finished","user":"carol","trace":"a2"}',
  'this line is no JSON',
  '{"time":"2026-06-01T11:00:02Z","level":"info","message":"Good night","user":"carol","trace":"a3"}'
]
const firewall = [
  'time,src_ip,src_port,dst_ip,dst_port,proto,action',
  '2026-06-01T12:00:00Z,10.20.1.77,40000,203.0.113.9,445,tcp,deny',
  '2026-06-01T12:00:01Z,10.20.1.78,40001,203.0.113.9,443,tcp,allow'
]
const notes = ['Somebody wrote this down by hand.', 'And this, too: the door was open.']

/** What lies in the folder: how many records of each stream, by the end of its name. */
export const streams: Readonly<Record<string, { format: string; received: number; dead: number }>> = {
  'eve.json': { format: 'suricata', received: 41, dead: 0 },
  'flows.log.zst': { format: 'vpc-flow', received: 30, dead: 0 },
  'trail.json.gz': { format: 'cloudtrail', received: 3, dead: 0 },
  'logs.zip!auth.log': { format: 'syslog', received: 3, dead: 0 },
  'logs.zip!sub/firewall.csv': { format: 'csv', received: 2, dead: 0 },
  'zeek.tar.gz!conn.log': { format: 'zeek-tsv', received: 2, dead: 0 },
  'zeek.tar.gz!json/conn.log': { format: 'zeek-json', received: 2, dead: 0 },
  'applications.ndjson': { format: 'ndjson', received: 4, dead: 1 },
  'notes.txt': { format: 'text', received: 2, dead: 0 }
}
const all = Object.values(streams)
export const received: number = all.reduce((total, stream) => total + stream.received, 0)
export const dead: number = all.reduce((total, stream) => total + stream.dead, 0)

export async function writeMixedFolder(folder: string): Promise<void> {
  mkdirSync(join(folder, 'sub'), { recursive: true })
  const write = (name: string, content: string | Buffer): void => writeFileSync(join(folder, name), content)
  write('eve.json', text([...eve, JSON.stringify(blocked)]))
  write('sub/flows.log.zst', zstdCompressSync(text(lines(vpcFlowLines(5), 30))))
  write('trail.json.gz', gzipSync(JSON.stringify(trail)))
  write(
    'logs.zip',
    zipOf([
      { name: 'auth.log', content: Buffer.from(text(auth)) },
      { name: 'sub/firewall.csv', content: Buffer.from(text(firewall)) }
    ])
  )
  const pack = tar.pack()
  pack.entry({ name: 'conn.log' }, text(conn))
  pack.entry({ name: 'json/conn.log' }, text(weird))
  pack.finalize()
  const parts: Buffer[] = []
  for await (const part of pack) parts.push(part as Buffer)
  write('zeek.tar.gz', gzipSync(Buffer.concat(parts)))
  write('applications.ndjson', text(applications))
  write('sub/notes.txt', text(notes))
}
