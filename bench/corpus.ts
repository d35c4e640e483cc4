/**
 * The corpora that the benchmarks run on: Suricata EVE as a sensor in an office of 300 machines writes it, and VPC flow logs of the
 * same kind of traffic. Seeded, so the same call gives the same bytes: `node bench/corpus.ts eve 1000000 > eve.json`.
 */

import { createHash } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** A small, fast, seeded generator (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const syllables =
  'ba be bi co da de do fa fi ga go ha jo ka ki la le lo ma me mi mo na ne no pa pi ra re ri ro sa se si so ta te ti to va vi wa zo'.split(
    ' '
  )
const tlds = ['com', 'com', 'com', 'net', 'org', 'io', 'de', 'co.uk', 'cloud', 'dev']
const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Microsoft-CryptoAPI/10.0',
  'Debian APT-HTTP/1.3 (2.6.1)',
  'curl/7.88.1',
  'Microsoft-Delivery-Optimization/10.1'
]
const signatures = [
  [2013028, 'ET POLICY curl User-Agent Outbound', 'Attempted Information Leak', 2],
  [2027865, 'ET INFO Observed DNS Query to .cloud TLD', 'Potentially Bad Traffic', 2],
  [2210054, 'SURICATA STREAM excessive retransmissions', 'Generic Protocol Command Decode', 3],
  [2001219, 'ET SCAN Potential SSH Scan', 'Attempted Information Leak', 2],
  [2024897, 'ET USER_AGENTS Go HTTP Client User-Agent', 'Misc activity', 3],
  [2402000, 'ET DROP Dshield Block Listed Source group 1', 'Misc Attack', 2]
] as const
const mimes = [
  'text/html',
  'application/json',
  'application/octet-stream',
  'image/png',
  'text/plain',
  'application/pkix-crl'
]

/** Lines of EVE JSON, in the order of time, without end. */
export function* eveLines(seed = 1, startMs = Date.UTC(2026, 5, 1, 8)): Generator<string> {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  /** A skewed index: few are frequent. */
  const skewed = (count: number): number => Math.floor(count * random() ** 3)
  const hosts = Array.from({ length: 300 }, (_, i) => `10.20.${1 + (i >> 7)}.${10 + (i & 127)}`)
  const servers = Array.from(
    { length: 4000 },
    () =>
      `${20 + Math.floor(random() * 180)}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.${1 + Math.floor(random() * 254)}`
  )
  const names = servers.map((_, i) => {
    const word = () => Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables)).join('')
    return `${i % 3 === 0 ? 'www' : i % 3 === 1 ? word() : 'cdn' + (i % 10)}.${word()}.${pick(tlds)}`
  })
  const ja3s = Array.from({ length: 40 }, () => hex(random, 32))
  const fingerprints = servers.map(() => hex(random, 40).replace(/(..)(?!$)/g, '$1:'))
  const serials = servers.map(() =>
    hex(random, 32)
      .toUpperCase()
      .replace(/(..)(?!$)/g, '$1:')
  )
  let nowUs = startMs * 1000
  const stamp = (us: number): string => {
    const ms = Math.floor(us / 1000)
    return new Date(ms).toISOString().slice(0, 19) + '.' + String(us % 1_000_000).padStart(6, '0') + '+0000'
  }
  const line = (value: unknown): string => JSON.stringify(value)
  const number = (max: number): number => Math.floor(random() * max)

  for (;;) {
    nowUs += 1 + Math.floor(-Math.log(1 - random()) * 30_000)
    const host = hosts[skewed(hosts.length)]!
    const which = skewed(servers.length)
    const server = servers[which]!
    const name = names[which]!
    const flowId = Math.floor(random() * 2 ** 51)
    const dice = random()
    const port = 32768 + number(28000)
    const head = (type: string, us: number, destPort: number, proto: string, dest = server) => ({
      timestamp: stamp(us),
      flow_id: flowId,
      in_iface: 'eth1',
      event_type: type,
      src_ip: host,
      src_port: port,
      dest_ip: dest,
      dest_port: destPort,
      proto
    })
    const flow = (us: number, destPort: number, proto: string, app: string | undefined, dest = server) => {
      const toServer = 1 + number(40)
      const toClient = number(60)
      const tcp = proto === 'TCP'
      return line({
        ...head('flow', us, destPort, proto, dest),
        ...(app === undefined ? {} : { app_proto: app }),
        flow: {
          pkts_toserver: toServer,
          pkts_toclient: toClient,
          bytes_toserver: toServer * (60 + number(300)),
          bytes_toclient: toClient * (60 + number(1200)),
          start: stamp(us - number(60_000_000)),
          end: stamp(us - number(1_000_000)),
          age: number(60),
          state: toClient === 0 ? 'new' : 'closed',
          reason: tcp ? 'timeout' : 'timeout',
          alerted: false
        },
        ...(tcp
          ? {
              tcp: {
                tcp_flags: '1b',
                tcp_flags_ts: '1b',
                tcp_flags_tc: '1b',
                syn: true,
                fin: true,
                psh: true,
                ack: true,
                state: 'closed',
                ts_max_regions: 1,
                tc_max_regions: 1
              }
            }
          : {})
      })
    }
    if (dice < 0.5) {
      const id = number(65536)
      const dns = '10.20.0.53'
      // Machines with two stacks ask for both kinds of address, and most names have one.
      const both = random() < 0.6
      yield line({
        ...head('dns', nowUs, 53, 'UDP', dns),
        dns: { type: 'query', id, rrname: name, rrtype: 'A', tx_id: 0, opcode: 0 }
      })
      if (both)
        yield line({
          ...head('dns', nowUs + 40, 53, 'UDP', dns),
          dns: { type: 'query', id: id ^ 1, rrname: name, rrtype: 'AAAA', tx_id: 1, opcode: 0 }
        })
      const answers = Array.from({ length: 1 + number(3) }, (_, i) => ({
        rrname: name,
        rrtype: 'A',
        ttl: 30 + number(10) * 30,
        rdata: servers[(which + i) % servers.length]
      }))
      yield line({
        ...head('dns', nowUs + 100 + number(40_000), 53, 'UDP', dns),
        dns: {
          version: 2,
          type: 'answer',
          id,
          flags: '8180',
          qr: true,
          rd: true,
          ra: true,
          opcode: 0,
          rrname: name,
          rrtype: 'A',
          rcode: 'NOERROR',
          answers,
          grouped: { A: answers.map(a => a.rdata) }
        }
      })
      if (both)
        yield line({
          ...head('dns', nowUs + 200 + number(40_000), 53, 'UDP', dns),
          dns: {
            version: 2,
            type: 'answer',
            id: id ^ 1,
            flags: '8180',
            qr: true,
            rd: true,
            ra: true,
            opcode: 0,
            rrname: name,
            rrtype: 'AAAA',
            rcode: 'NOERROR'
          }
        })
      yield flow(nowUs + 60_000, 53, 'UDP', 'dns', dns)
    } else if (dice < 0.76) {
      const ja3 = random() < 0.5 && {
        ja3: { hash: ja3s[skewed(ja3s.length)], string: '771,4865-4866-4867,0-23-65281,29-23-24,0' }
      }
      // TLS 1.3 sends its certificates encrypted: nobody on the way sees them.
      yield line({
        ...head('tls', nowUs, 443, 'TCP'),
        tls:
          random() < 0.7
            ? { sni: name, version: 'TLS 1.3', ...ja3 }
            : {
                subject: `CN=${name}`,
                issuerdn: "C=US, O=Let's Encrypt, CN=R3",
                serial: serials[which],
                fingerprint: fingerprints[which],
                sni: name,
                version: 'TLS 1.2',
                notbefore: '2026-05-01T00:00:00',
                notafter: '2026-07-30T23:59:59',
                ...ja3
              }
      })
      yield flow(nowUs + number(30_000), 443, 'TCP', 'tls')
    } else if (dice < 0.84) {
      const path = `/${pick(syllables)}${pick(syllables)}/${pick(syllables)}${number(500)}${random() < 0.3 ? `?id=${number(100000)}` : ''}`
      const length = number(40_000)
      const http = {
        hostname: name,
        url: path,
        http_user_agent: agents[skewed(agents.length)],
        http_content_type: pick(mimes),
        http_method: random() < 0.85 ? 'GET' : 'POST',
        protocol: 'HTTP/1.1',
        status: random() < 0.9 ? 200 : pick([301, 304, 404, 500]),
        length
      }
      yield line({ ...head('http', nowUs, 80, 'TCP'), tx_id: 0, http })
      if (random() < 0.4)
        yield line({
          ...head('fileinfo', nowUs + 2_000, 80, 'TCP'),
          http,
          app_proto: 'http',
          fileinfo: { filename: path, gaps: false, state: 'CLOSED', stored: false, size: length, tx_id: 0 }
        })
      yield flow(nowUs + 20_000, 80, 'TCP', 'http')
    } else if (dice < 0.86) {
      const [id, signature, category, severity] = signatures[skewed(signatures.length)]!
      yield line({
        ...head('alert', nowUs, 80, 'TCP'),
        tx_id: 0,
        alert: { action: 'allowed', gid: 1, signature_id: id, rev: 1 + (id % 7), signature, category, severity },
        http: {
          hostname: name,
          url: '/',
          http_user_agent: pick(agents),
          http_method: 'GET',
          protocol: 'HTTP/1.1',
          length: 0
        },
        app_proto: 'http',
        direction: 'to_server',
        flow: {
          pkts_toserver: 3,
          pkts_toclient: 2,
          bytes_toserver: 200 + number(400),
          bytes_toclient: 120,
          start: stamp(nowUs - number(500_000))
        }
      })
    } else if (dice < 0.87) {
      yield line({
        ...head('ssh', nowUs, 22, 'TCP', pick(hosts)),
        ssh: {
          client: { proto_version: '2.0', software_version: 'OpenSSH_9.2p1' },
          server: { proto_version: '2.0', software_version: 'OpenSSH_8.9p1' }
        }
      })
    } else if (dice < 0.88) {
      yield line({
        ...head('anomaly', nowUs, 443, 'TCP'),
        anomaly: { type: 'stream', event: 'stream.pkt_invalid_timestamp' }
      })
    } else yield flow(nowUs, pick([443, 123, 8080, 445, 3389]), random() < 0.7 ? 'TCP' : 'UDP', undefined)
  }
}

/** Lines of VPC flow logs in the default format (version 2), without end. */
export function* vpcFlowLines(seed = 2, startMs = Date.UTC(2026, 5, 1, 8)): Generator<string> {
  const random = seeded(seed)
  const interfaces = Array.from({ length: 40 }, () => `eni-${hex(random, 17)}`)
  let now = Math.floor(startMs / 1000)
  for (;;) {
    if (random() < 0.02) now++
    const own = `172.31.${Math.floor(random() * 16)}.${4 + Math.floor(random() * 200)}`
    const peer = `${20 + Math.floor(180 * random() ** 2)}.${Math.floor(random() * 256)}.${Math.floor(random() * 256)}.${1 + Math.floor(random() * 254)}`
    const inbound = random() < 0.5
    const service = [443, 443, 443, 80, 22, 53, 3306, 8080][Math.floor(random() * 8)]!
    const client = 32768 + Math.floor(random() * 28000)
    const packets = 1 + Math.floor(40 * random() ** 2)
    const start = now - Math.floor(random() * 60)
    yield `2 123456789012 ${interfaces[Math.floor(interfaces.length * random())]} ${inbound ? peer : own} ${inbound ? own : peer} ${inbound ? client : service} ${inbound ? service : client} ${service === 53 ? 17 : 6} ${packets} ${packets * (52 + Math.floor(random() * 800))} ${start} ${start + 30 + Math.floor(random() * 30)} ${random() < 0.85 ? 'ACCEPT' : 'REJECT'} OK`
  }
}

function hex(random: () => number, length: number): string {
  let text = ''
  while (text.length < length) text += Math.floor(random() * 16).toString(16)
  return text
}

/** Writes `count` lines to a file; returns its size and SHA-256. */
export function writeCorpus(
  lines: Generator<string>,
  count: number,
  file: string | number
): { bytes: number; sha256: string } {
  const hash = createHash('sha256')
  const out = typeof file === 'number' ? file : openSync(file, 'w')
  let bytes = 0
  let parts: string[] = []
  const flush = (): void => {
    const buffer = Buffer.from(parts.join(''))
    hash.update(buffer)
    for (let at = 0; at < buffer.length; ) at += writeSync(out, buffer, at)
    bytes += buffer.length
    parts = []
  }
  for (let i = 0; i < count; i++) {
    parts.push(lines.next().value + '\n')
    if (parts.length === 5000) flush()
  }
  flush()
  if (typeof file !== 'number') closeSync(out)
  return { bytes, sha256: hash.digest('hex') }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [kind, count] = process.argv.slice(2)
  if ((kind !== 'eve' && kind !== 'vpc') || !(Number(count) > 0)) {
    console.error('usage: node bench/corpus.ts eve|vpc COUNT > FILE')
    process.exit(1)
  }
  const written = writeCorpus(kind === 'eve' ? eveLines() : vpcFlowLines(), Number(count), 1)
  console.error(`${count} lines, ${written.bytes} bytes, sha256 ${written.sha256}`)
}
